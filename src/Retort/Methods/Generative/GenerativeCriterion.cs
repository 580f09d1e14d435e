using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A term that asks generators about noisy samples which it makes itself.</summary>
/// <param name="options">Its options.</param>
public abstract class GenerativeCriterion(CriterionOptions options) : Criterion(options)
{
    private Denoiser? _student;
    private Denoiser[] _teachers = [];

    /// <inheritdoc/>
    public override bool ReadsInput(TapRole role) => false;

    /// <summary>The network that is trained.</summary>
    protected Denoiser Student => _student ?? throw new InvalidOperationException("the term was not attached to a network.");

    /// <summary>The teachers that the term sees, in the recipe's order.</summary>
    protected IReadOnlyList<Denoiser> Teachers => _teachers;

    /// <summary>The first teacher.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    protected Denoiser Teacher =>
        _teachers.Length > 0 ? _teachers[0] : throw new InvalidOperationException("the term needs a teacher.");

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _student = Of(attachment.Student);
        _teachers = [.. attachment.Teachers.Select(Of)];
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        if (NeedsTeacher && signals.Teachers.Count == 0)
            throw new InvalidOperationException("the term needs a teacher, and the stage names none.");
        return Loss(signals);
    }

    /// <summary>The term for one step, drawn from the default generator where it is random.</summary>
    protected abstract Tensor Loss(Signals signals);

    /// <summary>Clean samples of a step, floating point.</summary>
    protected static Tensor SamplesOf(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return signals.Batch.Input.Detach().AtLeastFloat32();
    }

    private static Denoiser Of(Role role) => role.Model as Denoiser
        ?? throw new ArgumentException(
            $"role '{role.Name}' ({role.Model.GetType().Name}) is no network of noisy samples; one such is 'mlp-denoiser'.");
}
