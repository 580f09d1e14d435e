using System.ComponentModel.DataAnnotations;
using Retort.Torch;

namespace Retort.Data.Transforms;

/// <summary>Applies a few operations to each picture, drawn from fourteen, all at one strength.</summary>
/// <remarks>
/// <para>Cubuk et al., "RandAugment", NeurIPS 2020, arXiv:1909.13719: N operations at magnitude M of 30. The operations and their
/// ranges are AutoAugment's as torchvision has them.</para>
/// <para>[N, C, H, W] with values from 0 to 1, the shape stays. With <c>random_magnitude</c> and one operation it is
/// TrivialAugment (Müller and Hutter, ICCV 2021, arXiv:2103.10158), with the ranges of RandAugment.</para>
/// </remarks>
public sealed class RandAugment(RandAugmentOptions options) : SampleTransform
{
    private static readonly AugmentOperation[] Operations = Enum.GetValues<AugmentOperation>();

    /// <inheritdoc/>
    public override Tensor Transform(Tensor input, IReadOnlyList<RandomStream> streams)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(streams);
        Tensor output = input;
        for (int round = 0; round < options.Operations; round++)
        {
            var chosen = new AugmentOperation[streams.Count];
            var strengths = new double[streams.Count];
            for (int k = 0; k < chosen.Length; k++)
            {
                chosen[k] = Operations[streams[k].NextInt(Operations.Length)];
                strengths[k] = options.RandomMagnitude ? streams[k].NextDouble() : options.Magnitude / RandAugmentOptions.Levels;
                strengths[k] *= streams[k].NextBoolean() ? -1 : 1;
            }
            output = Round(output, chosen, strengths);
        }
        return output;
    }

    // Pictures that drew the same operation go through it together.
    private static Tensor Round(Tensor input, AugmentOperation[] chosen, double[] strengths)
    {
        var parts = new List<Tensor>();
        var places = new List<long>();
        foreach (IGrouping<AugmentOperation, int> group in Enumerable.Range(0, chosen.Length)
            .GroupBy(k => chosen[k]).OrderBy(g => g.Key))
        {
            int[] members = [.. group];
            Tensor part = input.IndexSelect(0, Tensor.From(Array.ConvertAll(members, k => (long)k)).To(input.Device));
            parts.Add(AugmentOperations.Apply(group.Key, part, Array.ConvertAll(members, k => strengths[k])));
            places.AddRange(members.Select(k => (long)k));
        }

        var back = new long[places.Count];
        for (int k = 0; k < back.Length; k++)
            back[places[k]] = k;
        return Ops.Cat([.. parts]).IndexSelect(0, Tensor.From(back).To(input.Device));
    }
}

/// <summary>What a recipe may write under <c>rand_augment:</c>.</summary>
[Transform("rand-augment")]
public sealed record RandAugmentOptions : TransformOptions
{
    /// <summary>The highest magnitude.</summary>
    public const double Levels = 30;

    /// <summary>N: operations a picture.</summary>
    [Range(1, 14)]
    public int Operations { get; init; } = 2;

    /// <summary>M: how strong they are, of 30.</summary>
    [Shorthand, Range(0.0, Levels)]
    public double Magnitude { get; init; } = 9;

    /// <summary>Whether each operation has a magnitude of its own, from 0 to 30, in place of M.</summary>
    public bool RandomMagnitude { get; init; }

    /// <inheritdoc/>
    public override IBatchTransform Create(int classes) => new RandAugment(this);
}
