using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Features;

/// <summary>The loss of ACM: small learners whose outputs add up replace a module, and every partial sum should be its
/// output.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wójcik et al., "Adaptive Computation Modules: Granular Conditional Computation For Efficient
/// Inference", AAAI 2025, arXiv:2312.10193.</para>
/// <para><b>Equation.</b> h_0 = b_0, h_k = h_{k−1} + gelu(x W1_k + b1_k) W2_k + b2_k; the loss is the mean over samples, k = 0
/// … n and the
/// width of (h_k − y)². How many learners a token is given: 1 + the first j with ‖h_j − y‖ / ‖h_{j+1} − y‖ below a factor, n
/// where there
/// is none or j is 0.</para>
/// <para><b>Needs.</b> The replaced module's inputs and outputs, [N, D] and [N, D′].</para>
/// </remarks>
public static class AdaptiveComputation
{
    /// <summary>Every partial sum of the learners, [N, n + 1, D′].</summary>
    /// <param name="input">x, [N, D].</param>
    /// <param name="weight1">W1 of the learners side by side, [D, n·width]. Gradients flow here.</param>
    /// <param name="bias1">b1 of the learners, [n·width]. Gradients flow here.</param>
    /// <param name="weight2">W2 of the learners one below the other, [n·width, D′]. Gradients flow here.</param>
    /// <param name="bias2">b2 of h_0 and of the learners, [(n + 1)·D′]. Gradients flow here.</param>
    /// <param name="learners">n.</param>
    /// <param name="greedy">Whether a learner's gradient stops at the sum before it.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Outputs(
        Tensor input, Tensor weight1, Tensor bias1, Tensor weight2, Tensor bias2, int learners, bool greedy = false)
    {
        Shapes.RequireDimensions(input, 2);
        Shapes.RequireDimensions(weight1, 2);
        Shapes.RequireDimensions(weight2, 2);
        long width = weight1.Size(1) / Math.Max(1, learners), output = weight2.Size(1);
        bool fits = learners >= 1 && width * learners == weight1.Size(1) && weight2.Size(0) == weight1.Size(1)
            && bias2.NumElements == output * (learners + 1);
        if (!fits)
        {
            throw new ShapeException(
                $"'weight1' {Shapes.Text(weight1)}, 'weight2' {Shapes.Text(weight2)} and 'bias2' {Shapes.Text(bias2)} "
                + $"do not fit {learners} learners.");
        }

        using var scope = new TensorScope();
        Tensor hidden = (input.MatMul(weight1) + bias1).Gelu();
        Tensor sum = bias2.Narrow(0, 0, output).Expand([input.Size(0), output]);
        var sums = new List<Tensor> { sum };
        for (int k = 0; k < learners; k++)
        {
            Tensor own = hidden.Narrow(1, k * width, width).MatMul(weight2.Narrow(0, k * width, width))
                + bias2.Narrow(0, (k + 1) * output, output);
            sum = (greedy ? sum.Detach() : sum) + own;
            sums.Add(sum);
        }

        return scope.Keep(Ops.Stack([.. sums], 1));
    }

    /// <summary>The loss itself, as a function of tensors alone.</summary>
    /// <param name="outputs">The partial sums, [N, n + 1, D′]. Gradients flow here.</param>
    /// <param name="target">y, [N, D′]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor outputs, Tensor target)
    {
        Shapes.RequireDimensions(outputs, 3);
        Shapes.RequireDimensions(target, 2);
        Shapes.RequireSameBatch(outputs, target);
        using var scope = new TensorScope();
        return scope.Keep((outputs.AtLeastFloat32() - target.AsTarget().Unsqueeze(1)).Square().Mean());
    }

    /// <summary>How many learners each sample is given, [N]: where one more stops helping.</summary>
    /// <param name="outputs">The partial sums, [N, n + 1, D′]. No gradient flows.</param>
    /// <param name="target">y, [N, D′].</param>
    /// <param name="factor">By how much a learner must reduce the error to be worth it; 1.2 in the paper.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor GateLabels(Tensor outputs, Tensor target, double factor = 1.2)
    {
        Shapes.RequireDimensions(outputs, 3);
        Shapes.RequireSameBatch(outputs, target);
        using var scope = new TensorScope();
        Tensor errors = (outputs.AsTarget() - target.AsTarget().Unsqueeze(1)).Norm(p: 2, dim: 2);   // [N, n + 1]
        long learners = errors.Size(1) - 1;
        Tensor enough = (errors.Narrow(1, 0, learners) / errors.Narrow(1, 1, learners)).Lt(factor);
        Tensor first = enough.To(DType.Int64).Argmax(1);
        return scope.Keep(Ops.Where(enough.Any(1).LogicalAnd(first.Gt(0)), first + 1, (Scalar)learners).To(DType.Int64));
    }

    [Golden("acm")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor target = vector["target"];
        Tensor outputs = Outputs(
            vector["x"], vector["w1"], vector["b1"], vector["w2"], vector["b2"], vector.Integer("num_learners"),
            vector.Text("detach_mode", "no_detach") == "detach");
        return new GoldenOutputs
        {
            ["outputs"] = outputs,
            ["loss"] = Loss(outputs, target),
            ["gate_labels"] = GateLabels(outputs, target, vector.Number("gating_error_factor")).Unsqueeze(0),
        };
    }
}
