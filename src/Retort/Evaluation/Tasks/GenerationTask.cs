using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Diffusion;
using Retort.Diffusion.Samplers;
using Retort.Models.Generative;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>Samples like the data's: distances of distributions, coverage, and what a sample costs.</summary>
/// <remarks>
/// <para>One half of the split is what generated samples are compared with; the other says how far real samples are from it
/// (<c>floor</c>), which no generator can be asked to fall below. <c>sw2</c>: sliced Wasserstein distance, the figure of
/// comparisons; <c>mean_error</c>, the distance of the means, and <c>spread</c>, the samples' total variance over that of real
/// ones, which a collapse takes to 0; <c>mmd</c>, <c>precision</c> and <c>recall</c>, of at most 1000 samples; <c>modes</c> and
/// <c>good</c>, where the data are labelled points (<see cref="SampleQuality"/>); <c>straightness</c>, mean squared change of a
/// flow's velocity along its path; <c>nfe</c>, evaluations of the network a sample.</para>
/// <para>With <c>features</c> the figure of comparisons is <c>fd</c>, the Fréchet distance of a trained network's features, with
/// its <c>fd_floor</c>, and precision and recall are those of features too: for pictures, where distances of pixels say
/// little.</para>
/// <para>Every model is given the same noise, and one that takes conditions the labels of the samples that it is compared with.
/// Pictures are held within the range of pixels before they are measured, as a file would hold them.</para>
/// </remarks>
[Named("generation")]
public sealed record GenerationTask : EvaluationTask
{
    private const int MostForNeighbours = 1000;
    private const int StraightnessSteps = 16;
    private const int Shown = 40;

    /// <summary>How noise becomes samples.</summary>
    public SamplerOptions Sampler { get; init; } = new JumpSampler();

    /// <summary>Samples to generate, at most half the split.</summary>
    [Range(2, 10_000_000)]
    public int Samples { get; init; } = 4000;

    /// <summary>Decides the noise.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>Whose features samples are compared by. The default compares the samples themselves.</summary>
    public FeatureSource? Features { get; init; }

    /// <summary>Whether to follow the model's flow from the same noise and measure how straight its paths are.</summary>
    public bool Straightness { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<string> Reads => Features is null ? [] : [Features.Model];

    /// <inheritdoc/>
    public override void Check(RecipePlan plan) => Features?.Check(plan);

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device) =>
        Evaluate(model, loader, device, EvaluationSurroundings.None);

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(
        Module model, Loader loader, Device device, EvaluationSurroundings around)
    {
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(around);
        if (model is not SampleGenerator generator)
        {
            throw new ArgumentException(
                $"{model?.GetType().Name} does not generate: the task needs a network that makes samples of noise.",
                nameof(model));
        }

        var denoiser = generator as Denoiser;
        if (denoiser is null && (Straightness || Sampler is not JumpSampler { Again.Count: 0 }))
        {
            throw new ArgumentException(
                $"{model.GetType().Name} makes samples in one evaluation alone: its sampler is `jump`, and it has no path.",
                nameof(model));
        }

        generator.Eval();
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (Tensor all, Tensor labels) = ReadAll(loader);
        int count = (int)Math.Min(Samples, all.Size(0) / 2);
        if (count < 2)
        {
            throw new ArgumentException(
                $"the split has {all.Size(0)} samples; at least 4 are needed to compare with.", nameof(loader));
        }

        Tensor real = all.Narrow(0, 0, count), others = all.Narrow(0, count, count);
        (Tensor generated, double? bend) = Generate(generator, labels.Narrow(0, 0, count), loader, device);
        if (loader.Data.SampleShape.Count == 3)
        {
            generated = generated.Clamp(all.Min().ToDouble(), all.Max().ToDouble());
            Show(around, "real", real);
            Show(around, "generated", generated);
        }

        Tensor[] seen = [generated.Flatten(1), real.Flatten(1), others.Flatten(1)];
        Tensor[] judged = Features is { } source
            ? source.Of(around, [generated, real, others], device, loader.BatchSize)
            : seen;
        List<KeyValuePair<string, double>> figures = [];
        if (Features is not null)
        {
            figures.Add(new("fd", SampleQuality.FrechetDistance(judged[0], judged[1])));
            figures.Add(new("fd_floor", SampleQuality.FrechetDistance(judged[2], judged[1])));
        }

        (double apart, double spread) = SampleQuality.CompareMoments(seen[0], seen[1]);
        (double precision, double recall) = SampleQuality.PrecisionAndRecall(Few(judged[0]), Few(judged[1]));
        figures.AddRange(
        [
            new("sw2", SampleQuality.SlicedWasserstein(seen[0], seen[1])),
            new("floor", SampleQuality.SlicedWasserstein(seen[2], seen[1])),
            new("mean_error", apart),
            new("spread", spread),
            new("mmd", SampleQuality.MeanDiscrepancy(Few(seen[0]), Few(seen[1]))),
            new("precision", precision),
            new("recall", recall),
            new("nfe", Sampler.Evaluations),
        ]);
        if (loader.Data.SampleShape.Count == 1 && loader.Data.ClassNames.Count > 0)
        {
            (int covered, double good) = SampleQuality.Modes(
                generated, real, labels.Narrow(0, 0, count), loader.Data.ClassNames.Count);
            figures.AddRange([new("modes", covered), new("good", good)]);
        }

        if (bend is { } found)
            figures.Add(new("straightness", found));
        return figures;
    }

    private (Tensor Samples, double? Bend) Generate(SampleGenerator model, Tensor labels, Loader loader, Device device)
    {
        // Training must not go on differently for having been looked at.
        byte[] before = Generator.Default.State;
        Engine.ManualSeed((ulong)Seed);
        var denoiser = model as Denoiser;
        Tensor noise = Tensor.Randn(null, [labels.Size(0), .. loader.Data.SampleShape]).To(device);
        Tensor given = labels.To(device);
        Tensor generated = noise.InParts(loader.BatchSize, (part, from) =>
        {
            using IDisposable telling = model.Given(given.Narrow(0, from, part.Size(0)));
            return denoiser is null ? model.Generate(part) : Sampler.Sample(denoiser, part);
        }).To(Device.Cpu);
        double? bend = Straightness ? Bend(denoiser!, noise) : null;
        Generator.Default.State = before;
        return (generated, bend);
    }

    private static Tensor Few(Tensor rows) => rows.Narrow(0, 0, Math.Min(rows.Size(0), MostForNeighbours));

    private static void Show(EvaluationSurroundings around, string name, Tensor pictures)
    {
        if (around.Show is null)
            return;
        using var scope = new TensorScope();
        around.Show(name, around.Denormalize(pictures.Narrow(0, 0, Math.Min(Shown, pictures.Size(0)))));
    }

    // Of the path z₁ … z₀ in n Euler steps: mean of (n (z_i − z_{i+1}) − (z₁ − z₀))² (arXiv:2209.03003, equation 5).
    private static double Bend(Denoiser model, Tensor noise)
    {
        using var scope = new TensorScope();
        Tensor state = noise;
        var slopes = new List<Tensor>();
        for (int k = 0; k < StraightnessSteps; k++)
        {
            Tensor slope = model.Velocity(state, Denoiser.LevelsOf(noise, 1 - (double)k / StraightnessSteps));
            slopes.Add(slope);
            state = state - slope / StraightnessSteps;
        }

        Tensor whole = noise - state;
        return slopes.Average(s => (s - whole).Square().Mean().ToDouble());
    }
}
