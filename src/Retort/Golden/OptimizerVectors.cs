using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Golden;

/// <summary>Reference vectors of optimisers, which the engine holds and no method has for its own.</summary>
internal static class OptimizerVectors
{
    [Golden("sam-step")]
    private static GoldenOutputs SharpnessAwareStep(GoldenInputs vector)
    {
        if (vector.Number("alpha", 0) != 0)
            throw new GoldenException("a surrogate gap is no part of SAM: 'alpha' must be 0");
        Tensor weight = vector["W"].Detach().Clone().SetRequiresGrad(), bias = vector["b"].Detach().Clone().SetRequiresGrad();
        Tensor? loss = null;
        using var optimizer = new Sam(
            new Sgd([weight, bias], new SgdOptions { LearningRate = vector.Number("lr") }),
            new SamOptions { Rho = vector.Number("rho"), Adaptive = vector.Flag("adaptive") });
        optimizer.Step(() =>
        {
            optimizer.ZeroGrad();
            Tensor found = Ops.Linear(vector["X"], weight, bias).CrossEntropyLoss(vector.Labels("Y"));
            found.Backward();
            loss ??= found;
        });
        return new GoldenOutputs
        {
            ["loss"] = loss!,
            ["W_new"] = weight.Detach(),
            ["b_new"] = bias.Detach(),
            ["final_grad:W"] = weight.Grad!,
            ["final_grad:b"] = bias.Grad!,
        };
    }
}
