using System.ComponentModel.DataAnnotations;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Trajectory matching whose gradient is taken one inner step at a time, so that memory does not grow
/// with their number.</summary>
/// <remarks>
/// <para><b>Paper.</b> Cui et al., "Scaling Up Dataset Distillation to ImageNet-1K with Constant Memory", ICML 2023,
/// arXiv:2211.10586, section 3.</para>
/// <para><b>Equation.</b> With g_i the gradient of step i and G = Σ g_i, the loss of <c>mtt</c> is
/// ‖θ_0 − αG − θ*‖² / ‖θ_0 − θ*‖². Its gradient in the samples is f Σ_i ∂⟨α(θ* − θ_0) + α²G, g_i⟩ / ‖θ_0 − θ*‖², the bracket and
/// the weights of each step constant.</para>
/// <para><b>Needs.</b> What <c>mtt</c> needs; two passes over the inner steps.</para>
/// <para><b>Variants.</b> f = 2 follows from the loss; the released code has 1, so that its learning rates mean half as much.
/// Since weights count as constants, what a step does to later ones is left out: the gradient is not that of <c>mtt</c>. Labels
/// of a teacher are not part of this.</para>
/// </remarks>
[Method("tesla", Title = "TESLA", Family = MethodFamily.Dataset, Year = 2023, Paper = "arXiv:2211.10586",
    Recipe = "methods/trajectories.yaml")]
public sealed class ConstantMemoryMatching(ConstantMemoryMatchingOptions options) : TrajectoryMatching(options)
{
    private readonly ConstantMemoryMatchingOptions _options = options;

    /// <inheritdoc/>
    protected override Tensor Match(
        IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> target, Tensor rate, Func<int, IReadOnlyList<Tensor>, Tensor> loss)
    {
        (Tensor found, _) = Stepwise(start, target, rate, _options.InnerSteps, _options.Factor, loss, Accumulate);
        Accumulate(found);
        return found.Detach();
    }

    /// <summary>The loss, and its parts that have the samples' gradient, one step's at a time.</summary>
    /// <param name="start">θ_0.</param>
    /// <param name="target">θ*.</param>
    /// <param name="rate">α, a scalar. Its gradient flows through the result.</param>
    /// <param name="steps">N.</param>
    /// <param name="factor">f.</param>
    /// <param name="loss">The loss of step n at given weights; asked for twice, and the same both times.</param>
    /// <param name="use">Gets each step's part, from which the gradient in the samples is taken.</param>
    /// <returns>The loss, as a function of α alone, and G.</returns>
    public static (Tensor Loss, Tensor[] GradientSum) Stepwise(
        IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> target, Tensor rate, int steps, double factor,
        Func<int, IReadOnlyList<Tensor>, Tensor> loss, Action<Tensor> use)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(use);
        Tensor constantRate = rate.Detach();
        var points = new List<Tensor[]>();
        Tensor[] at = [.. start.Select(w => w.Detach().SetRequiresGrad())], sum = [.. start.Select(w => w.Detach().ZerosLike())];
        for (int n = 0; n < steps; n++)
        {
            points.Add(at);
            Tensor[] gradients = Array.ConvertAll(Autograd.Grad(loss(n, at), at), g => g.Detach());
            sum = [.. sum.Zip(gradients, (s, g) => s + g)];
            at = [.. at.Zip(gradients, (w, g) => (w.Detach() - (g * constantRate)).Detach().SetRequiresGrad())];
        }

        Tensor[] gap = [.. target.Zip(start, (t, s) => t.Detach() - s.Detach())];
        Tensor scale = gap.Select(g => g.Square().Sum()).Aggregate((a, b) => a + b);
        Tensor[] bracket = [.. gap.Zip(sum, (g, s) => ((g * constantRate) + (s * constantRate.Square())) / scale)];
        for (int n = 0; n < steps; n++)
        {
            using var scope = new TensorScope();
            Tensor[] gradients = Autograd.Grad(loss(n, points[n]), points[n], createGraph: true);
            use(bracket.Zip(gradients, (b, g) => (b * g).Sum()).Aggregate((a, b) => a + b) * factor);
        }

        return (gap.Zip(sum, (g, s) => (g + (s * rate)).Square().Sum()).Aggregate((a, b) => a + b) / scale, sum);
    }

    [Golden("tesla")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        GoldenOutputs found = [];
        OnVector(vector, (start, target, loss) =>
        {
            // One term a step that is 0 and has the step's gradient, kept beyond the step's scope.
            var parts = new List<Tensor>();
            (Tensor value, Tensor[] sum) = Stepwise(
                start, target, vector["syn_lr"], vector.Integer("syn_steps"), factor: 1, loss,
                part => parts.Add((part - part.Detach()).Persist()));
            found["loss"] = parts.Aggregate(value, (a, b) => a + b);
            found["gradient_sum"] = Ops.Cat([.. sum.Select(s => s.Flatten())]);
        });
        return found;
    }
}

/// <summary>What a recipe may write under <c>tesla:</c>.</summary>
public sealed record ConstantMemoryMatchingOptions : TrajectoryMatchingOptions
{
    /// <summary>f, what the samples' gradient is multiplied by: 2 by derivation, 1 in the released code.</summary>
    [Range(0, 1000, MinimumIsExclusive = true)]
    public double Factor { get; init; } = 2;
}
