using Retort.Distillation;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>A criterion on the next-token distributions of both roles, over the positions that have a label.</summary>
/// <remarks>Logits are [N, T, V], labels [N, T] already shifted, −100 where a position does not count.</remarks>
/// <param name="options">Its options.</param>
public abstract class TokenCriterion(CriterionOptions options) : Criterion(options)
{
    /// <inheritdoc/>
    protected sealed override Tensor Compute(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        using var scope = new TensorScope();
        return scope.Keep(Compute(signals, signals.Student.Logits, signals.Teacher.Logits, TokenMath.MaskOf(signals.Labels)));
    }

    /// <summary>Computes the term.</summary>
    /// <param name="signals">The step's signals.</param>
    /// <param name="student">Student logits, [N, T, V].</param>
    /// <param name="teacher">Teacher logits, [N, T, V].</param>
    /// <param name="mask">Which positions count, [N, T].</param>
    protected abstract Tensor Compute(Signals signals, Tensor student, Tensor teacher, Tensor mask);
}
