using Retort.Torch;

namespace Retort.Synthesis;

/// <summary>What a synthesizer works on, for the whole of a stage.</summary>
public sealed record SynthesisSetup
{
    /// <summary>The samples, [K · n, C, H, W] as models get them, class after class: a leaf that requires a gradient.</summary>
    public required Tensor Images { get; init; }

    /// <summary>Their labels, [K · n] int64.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>K, how many classes there are.</summary>
    public required int Classes { get; init; }

    /// <summary>n, samples of each class.</summary>
    public required int PerClass { get; init; }

    /// <summary>How many steps the stage takes.</summary>
    public required long Steps { get; init; }

    /// <summary>Where a step's randomness that is no tensor comes from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The real data.</summary>
    public required RealSamples Real { get; init; }

    /// <summary>Least and greatest value of a pixel as models get it, a channel each or one for all, [1, C, 1, 1].</summary>
    public required (Tensor Least, Tensor Greatest) Range { get; init; }

    /// <summary>Networks that were trained before, frozen and in evaluation mode.</summary>
    public IReadOnlyList<Surrogate> Teachers { get; init; } = [];

    /// <summary>The role's network, or null where the stage names none.</summary>
    public Surrogate? Network { get; init; }

    /// <summary>Weights that a network went through in its training, by run and epoch; empty where the stage names
    /// none.</summary>
    public IReadOnlyList<Trajectory> Trajectories { get; init; } = [];

    /// <summary>The samples of a class, [n, C, H, W]; gradients flow through.</summary>
    public Tensor ImagesOf(int label) => Images.Narrow(0, (long)label * PerClass, PerClass);

    /// <summary>The label of a class so many times.</summary>
    public Tensor Repeated(int label, long count) => Tensor.Full([count], label, DType.Int64).To(Images.Device);
}
