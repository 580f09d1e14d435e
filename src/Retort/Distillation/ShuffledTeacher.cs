using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>A negative control: answers each sample with what a teacher says to another sample of the batch.</summary>
/// <remarks>
/// The rows of the output and of all taps are put into one random order, drawn anew at each step from libtorch's generator, so
/// statistics over the batch stay as they were and only the link between sample and answer is lost. What a student still gains
/// is not the teacher's knowledge of the sample. A tensor whose first dimension is not the batch stays as it is.
/// </remarks>
/// <param name="teacher">The teacher that is asked; disposed of with this one.</param>
public sealed class ShuffledTeacher(ITeacher teacher) : ITeacher
{
    private readonly ITeacher _teacher = teacher ?? throw new ArgumentNullException(nameof(teacher));

    /// <inheritdoc/>
    public string Name => _teacher.Name;

    /// <inheritdoc/>
    public RoleSignals Run(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RoleSignals matched = _teacher.Run(batch);
        using GradMode off = Autograd.NoGrad();
        long rows = batch.Input.Size(0);
        Tensor order = Ops.Randperm(rows, generator: null).To(matched.Output.Device);
        return matched.Select(t => t.Shape.Length > 0 && t.Size(0) == rows ? t.IndexSelect(0, order) : t);
    }

    /// <summary>Disposes of the teacher that is asked.</summary>
    public void Dispose() => _teacher.Dispose();
}
