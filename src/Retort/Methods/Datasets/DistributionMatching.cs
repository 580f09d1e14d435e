using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Golden;
using Retort.Synthesis;
using Retort.Torch;

namespace Retort.Methods.Datasets;

/// <summary>Samples whose mean feature in randomly drawn networks is that of the real samples of their class.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao and Bilen, "Dataset Condensation with Distribution Matching", WACV 2023,
/// arXiv:2110.04181, equation 5.</para>
/// <para><b>Equation.</b> Σ_c ‖mean ψ(A_ω(R_c)) − mean ψ(A_ω(S_c))‖², ψ the last feature, flattened, of a network that is drawn
/// anew at every step and never trained; the sum runs over its dimensions. A_ω as in <c>dsa</c>, one change a class
/// and step.</para>
/// <para><b>Needs.</b> A role's network, and labelled data. First-order gradients alone, so steps are cheap.</para>
/// <para><b>Variants.</b> Since the sum grows with the feature's width, so does the learning rate that fits: 1 for
/// a ConvNet-3/128. All classes go through the network at once, so that batch norms see the mixture.</para>
/// </remarks>
[Method("dm", Title = "Distribution matching", Family = MethodFamily.Dataset, Year = 2021, Paper = "arXiv:2110.04181",
    Recipe = "methods/condensation.yaml")]
public class DistributionMatching(DistributionMatchingOptions options) : Synthesizer
{
    private readonly DistributionMatchingOptions _options = options;
    private readonly SiameseAugmentation _augmentation = new(options.Augment);

    /// <inheritdoc/>
    protected override void Prepare() => Setup.Network!.Tap(TapPath.LastFeature);

    /// <inheritdoc/>
    public override Tensor Backward(long step)
    {
        Surrogate network = Setup.Network!;
        network.Renew();
        network.SetTrainable(false);
        RandomStream random = RandomStream.Derive(Setup.Seed, 0xD3, (ulong)step);
        var real = new List<Tensor>();
        var made = new List<Tensor>();
        for (int label = 0; label < Setup.Classes; label++)
        {
            Tensor drawn = Setup.Real.Draw(label, _options.RealBatch, random);
            Func<Tensor, Tensor> change = _augmentation.Draw(random);
            real.Add(change(drawn));
            made.Add(change(Setup.ImagesOf(label)));
        }

        RoleSignals wanted;
        using (Autograd.NoGrad())
            wanted = network.Run(Ops.Cat([.. real]));
        Tensor loss = Loss(
            network.Run(Ops.Cat([.. made])), wanted, [.. made.Select(m => m.Size(0))], [.. real.Select(r => r.Size(0))]);
        Accumulate(loss);
        return loss.Detach();
    }

    /// <summary>The loss of a step.</summary>
    /// <param name="made">What the network gave for the samples that were made, class after class. Gradients flow here.</param>
    /// <param name="real">What it gave for real samples, class after class. No gradient flows here.</param>
    /// <param name="madeSizes">Samples of each class that were made.</param>
    /// <param name="realSizes">Real samples of each class.</param>
    protected virtual Tensor Loss(RoleSignals made, RoleSignals real, long[] madeSizes, long[] realSizes)
    {
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(real);
        return MeanDistance(made.Tap(TapPath.LastFeature), real.Tap(TapPath.LastFeature), madeSizes, realSizes);
    }

    /// <summary>Σ_c ‖mean of class c of the one − mean of class c of the other‖².</summary>
    /// <param name="made">[ΣM_c, …], class after class, any floating dtype. Gradients flow here.</param>
    /// <param name="real">[ΣN_c, …]. No gradient flows here.</param>
    /// <param name="madeSizes">M_c, as many as classes.</param>
    /// <param name="realSizes">N_c, as many.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The sizes do not add up to the rows, or rows differ in size.</exception>
    public static Tensor MeanDistance(Tensor made, Tensor real, long[] madeSizes, long[] realSizes)
    {
        ArgumentNullException.ThrowIfNull(made);
        ArgumentNullException.ThrowIfNull(real);
        ArgumentNullException.ThrowIfNull(madeSizes);
        ArgumentNullException.ThrowIfNull(realSizes);
        Shapes.RequireBatched(made, atLeast: 2);
        Shapes.RequireBatched(real, atLeast: 2);
        if (madeSizes.Length != realSizes.Length || madeSizes.Sum() != made.Size(0) || realSizes.Sum() != real.Size(0)
            || made.NumElements * real.Size(0) != real.NumElements * made.Size(0))
        {
            throw new ShapeException(
                $"'made' {Shapes.Text(made)} and 'real' {Shapes.Text(real)} must have rows of one size, as many as the samples "
                + $"of {madeSizes.Length} and {realSizes.Length} classes: {madeSizes.Sum()} and {realSizes.Sum()}.");
        }

        using var scope = new TensorScope();
        Tensor difference = Means(made, madeSizes) - Means(real.Detach(), realSizes);   // [K, D]
        return scope.Keep(difference.Square().Sum());
    }

    private static Tensor Means(Tensor rows, long[] sizes)
    {
        Tensor flat = rows.AtLeastFloat32().Flatten(startDim: 1);
        long at = 0;
        return Ops.Stack([.. sizes.Select(size => flat.Narrow(0, (at += size) - size, size).Mean([0]))]);
    }

    [Golden("dm")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        int classes = vector.Integer("num_classes");
        using Surrogate network = GoldenNetworks.Bound(vector, vector["syn"], classes);
        network.Tap(TapPath.LastFeature);
        return MeanDistance(
            network.Run(vector["syn"]).Tap(TapPath.LastFeature), network.Run(vector["real"]).Tap(TapPath.LastFeature),
            Equal(vector["syn"], classes), Equal(vector["real"], classes));
    }

    private protected static long[] Equal(Tensor rows, int classes) => [.. Enumerable.Repeat(rows.Size(0) / classes, classes)];
}

/// <summary>What a recipe may write under <c>dm:</c>.</summary>
public record DistributionMatchingOptions : SynthesizerOptions
{
    /// <summary>Real samples of each class in a step.</summary>
    [Range(1, 1 << 16)]
    public int RealBatch { get; init; } = 256;

    /// <summary>Changes of which one at a time is done alike to the real and the made samples of a class. Digits have no use for
    /// <c>flip</c>; none for pictures as they are.</summary>
    public IReadOnlyList<AugmentationGroup> Augment { get; init; } = Enum.GetValues<AugmentationGroup>();
}
