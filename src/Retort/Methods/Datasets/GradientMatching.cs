using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Golden;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Methods.Datasets;

/// <summary>Samples whose gradient points where that of real samples of their class points, along a training on them.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao, Mopuri and Bilen, "Dataset Condensation with Gradient Matching", ICLR 2021, arXiv:2006.05929,
/// section 3.2 and algorithm 1.</para>
/// <para><b>Equation.</b> Σ_c D(∇_θ CE(f_θ(S_c), c), ∇_θ CE(f_θ(R_c), c)), R_c a batch of real samples of class c, S_c all that
/// were made. D sums 1 − cosine over the rows of every matrix and kernel; the real side is constant. θ is drawn anew every
/// <c>outer_steps</c> steps; between two of them it is trained on the samples for <c>inner_epochs</c> epochs.</para>
/// <para><b>Needs.</b> A role's network without dropout, and labelled data. Gradients of second order.</para>
/// <para><b>Variants.</b> The paper has (outer, inner) of (1, 1) for 1 sample a class, (10, 50) for 10 and (50, 10) for 50;
/// a step of this stage is one update of the samples. <c>mse</c> and <c>cos</c> work on all gradients, biases included.</para>
/// </remarks>
[Method("dc", Title = "Dataset condensation", Family = MethodFamily.Dataset, Year = 2021, Paper = "arXiv:2006.05929",
    Recipe = "methods/condensation.yaml")]
public class GradientMatching(GradientMatchingOptions options) : Synthesizer
{
    private const int SettlingSamples = 16;
    private readonly GradientMatchingOptions _options = options;
    private readonly SiameseAugmentation _augmentation = new(options.Augment);

    /// <inheritdoc/>
    public override Tensor Backward(long step)
    {
        Surrogate network = Setup.Network!;
        RandomStream random = RandomStream.Derive(Setup.Seed, 0xDC, (ulong)step);
        if (step % _options.OuterSteps == 0)
        {
            network.Renew();
            network.Settle(() => Ops.Cat(
                [.. Enumerable.Range(0, Setup.Classes).Select(c => Setup.Real.Draw(c, SettlingSamples, random))]));
        }

        Tensor total = Tensor.Zeros(1);
        for (int label = 0; label < Setup.Classes; label++)
        {
            // One class's graph at a time: memory does not grow with the classes.
            using var scope = new TensorScope();
            Tensor real = Setup.Real.Draw(label, _options.RealBatch, random);
            Func<Tensor, Tensor> change = _augmentation.Draw(random);
            Tensor loss = Loss(network, change(Setup.ImagesOf(label)), change(real), label, _options.Distance);
            Accumulate(loss);
            total.AddInPlace(loss.Detach());
        }

        return total;
    }

    /// <inheritdoc/>
    public override void Moved(long step)
    {
        if (step % _options.OuterSteps == _options.OuterSteps - 1)
            return;
        using var optimizer = new Sgd(Setup.Network!.Weights, new SgdOptions { LearningRate = _options.NetworkLr });
        RandomStream random = RandomStream.Derive(Setup.Seed, 0xDC1, (ulong)step);
        int count = (int)Setup.Labels.Size(0);
        for (int epoch = 0; epoch < _options.InnerEpochs; epoch++)
        {
            foreach (int[] chunk in random.Permutation(count).Chunk(_options.NetworkBatch))
            {
                using var scope = new TensorScope();
                Tensor places = Tensor.From(Array.ConvertAll(chunk, k => (long)k)).To(Setup.Images.Device);
                Tensor samples = _augmentation.Transform(
                    Setup.Images.Detach().IndexSelect(0, places),
                    [.. chunk.Select(k => RandomStream.Derive(random.NextUInt64(), (ulong)k))]);
                optimizer.ZeroGrad();
                Setup.Network.Logits(samples).CrossEntropyLoss(Setup.Labels.IndexSelect(0, places)).Backward();
                optimizer.Step();
            }
        }

        optimizer.ZeroGrad();
    }

    /// <inheritdoc/>
    public override void Load(IReadOnlyDictionary<string, Tensor> state) => Setup.Network!.KeepStatistics();

    /// <summary>The loss of one class.</summary>
    /// <param name="network">Whose gradients are compared.</param>
    /// <param name="synthetic">Samples that were made, [n, C, H, W]. Gradients flow here.</param>
    /// <param name="real">Real samples, [N, C, H, W]. No gradient flows here.</param>
    /// <param name="label">The class of both.</param>
    /// <param name="metric">How gradients are compared.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Loss(Surrogate network, Tensor synthetic, Tensor real, int label, GradientMetric metric)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var scope = new TensorScope();
        Tensor[] wanted = network.Gradients(CrossEntropyOf(network, real.Detach(), label));
        Tensor[] found = network.Gradients(CrossEntropyOf(network, synthetic, label), createGraph: true);
        return scope.Keep(GradientDistance.Loss(found, wanted, metric));
    }

    private static Tensor CrossEntropyOf(Surrogate network, Tensor samples, int label)
    {
        Tensor labels = Tensor.Full([samples.Size(0)], label, DType.Int64).To(samples.Device);
        return network.Logits(samples).CrossEntropyLoss(labels);
    }

    [Golden("dc")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor real = vector["real"], made = vector["syn"];
        int classes = vector.Integer("num_classes");
        using Surrogate network = GoldenNetworks.Bound(vector, made, classes);
        long perReal = real.Size(0) / classes, perMade = made.Size(0) / classes;
        return Enumerable.Range(0, classes)
            .Select(c => Loss(
                network, made.Narrow(0, c * perMade, perMade), real.Narrow(0, c * perReal, perReal), c, GradientMetric.Layerwise))
            .Aggregate((a, b) => a + b);
    }
}

/// <summary>What a recipe may write under <c>dc:</c>.</summary>
public record GradientMatchingOptions : SynthesizerOptions
{
    /// <summary>How the gradients are compared.</summary>
    public GradientMetric Distance { get; init; }

    /// <summary>Real samples of each class in a step.</summary>
    [Range(1, 1 << 16)]
    public int RealBatch { get; init; } = 256;

    /// <summary>Steps before the network's weights are drawn anew.</summary>
    [Range(1, 100_000)]
    public int OuterSteps { get; init; } = 1;

    /// <summary>Epochs on the samples between two steps with the same network.</summary>
    [Range(1, 100_000)]
    public int InnerEpochs { get; init; } = 1;

    /// <summary>The network's learning rate, by plain gradient descent.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double NetworkLr { get; init; } = 0.01;

    /// <summary>Samples in a batch of the network's training.</summary>
    [Range(1, 1 << 16)]
    public int NetworkBatch { get; init; } = 256;

    /// <summary>Changes of which one at a time is done alike to the real and the made samples of a class;
    /// none by default.</summary>
    public virtual IReadOnlyList<AugmentationGroup> Augment { get; init; } = [];
}
