using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Retort.Evaluation;
using Retort.Training;

namespace Retort.Atlas;

/// <summary>One inequality of a claim: a figure against another one, paired by seed, or against a number.</summary>
/// <remarks>A figure is <c>MODEL/METRIC</c> on the test split, or <c>MODEL/SPLIT/METRIC</c>, as <c>summary.json</c> names them.
/// Fractions stay fractions: a point of accuracy is 0.01.</remarks>
[Noun("inequality")]
public sealed record AtlasInequality : IValidatable
{
    /// <summary>The figure that the claim is about.</summary>
    public required string Figure { get; init; }

    /// <summary>The figure that it must exceed, in the mean over the seeds, by more than <see cref="By"/>.</summary>
    public string? Above { get; init; }

    /// <summary>The figure that it must stay below, in the mean over the seeds, by more than <see cref="By"/>.</summary>
    public string? Below { get; init; }

    /// <summary>The number that its mean must reach.</summary>
    public double? AtLeast { get; init; }

    /// <summary>The number that its mean must not exceed.</summary>
    public double? AtMost { get; init; }

    /// <summary>The margin beside <see cref="Above"/> or <see cref="Below"/>; below 0 it is what may be lacking.</summary>
    public double By { get; init; }

    /// <summary>What the other figure is multiplied by first: 2 beside <see cref="Below"/> asks for less than twice
    /// it.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true)]
    public double Times { get; init; } = 1;

    /// <summary>The other figure, or null where the inequality compares with a number.</summary>
    public string? Other => Above ?? Below;

    /// <summary>Completes a figure's name: <c>at/accuracy</c> is <c>at/test/accuracy</c>.</summary>
    public static string FullName(string figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        // The name of a model may hold a slash itself: a stage that trains several calls them STAGE/ROLE.
        string[] parts = figure.Split('/');
        return parts.Length < 2 || (parts.Length > 2 && parts[^2] is "train" or "validation" or "test" or WeightsOptions.Split)
            ? figure
            : $"{string.Join('/', parts[..^1])}/test/{parts[^1]}";
    }

    /// <inheritdoc/>
    public IEnumerable<Problem> Validate()
    {
        int kinds = (Above is null ? 0 : 1) + (Below is null ? 0 : 1) + (AtLeast is null ? 0 : 1) + (AtMost is null ? 0 : 1);
        if (kinds != 1)
        {
            yield return new Problem(nameof(Figure), $"the inequality has {kinds} sides to compare with")
            {
                Expected = "exactly one of: above, below, at_least, at_most",
            };
        }

        if (By != 0 && Other is null)
            yield return new Problem(nameof(By), "a margin stands beside 'above' or 'below' only");
        if (Times != 1 && Other is null)
            yield return new Problem(nameof(Times), "a factor stands beside 'above' or 'below' only");
    }

    /// <summary>Decides the inequality from measured figures.</summary>
    /// <param name="figures">Values by full name, one a seed, in the same order of seeds.</param>
    /// <exception cref="KeyNotFoundException">A figure was not measured.</exception>
    public AtlasCheck Check(IReadOnlyDictionary<string, IReadOnlyList<double>> figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        double[] values = [.. figures[FullName(Figure)]];
        MeanAndSpread own = MeanAndSpread.Of(values);
        if (Other is not { } other)
        {
            double bound = AtLeast ?? AtMost ?? double.NaN;
            double from = own.Mean - bound;
            return new AtlasCheck(ToString(), own.Mean, bound, from, own.StandardError, AtLeast is null ? from <= 0 : from >= 0);
        }

        double[] others = [.. figures[FullName(other)].Select(value => value * Times)];
        PairedTest pairs = PairedTest.Of(values, others);
        double gain = Above is null ? -pairs.MeanDifference : pairs.MeanDifference;
        return new AtlasCheck(
            ToString(), own.Mean, MeanAndSpread.Of(others).Mean, pairs.MeanDifference, pairs.StandardError, gain > By);
    }

    /// <summary>How far an outcome lies beyond what the inequality asks for; below 0 where it falls short.</summary>
    internal double Slack(AtlasCheck check)
    {
        double gain = Above is null && AtLeast is null ? -check.Difference : check.Difference;
        return gain - By;
    }

    /// <summary>Returns the inequality as people write it, such as <c>at/accuracy &gt; ce/accuracy + 0.01</c>.</summary>
    public override string ToString()
    {
        string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
        if (Other is null)
            return AtLeast is { } least ? $"{Figure} ≥ {Number(least)}" : $"{Figure} ≤ {Number(AtMost ?? double.NaN)}";
        // A figure below another by 0.01 is a figure below the other less 0.01.
        double shift = Above is null ? -By : By;
        string margin = shift == 0 ? string.Empty : shift > 0 ? $" + {Number(shift)}" : $" − {Number(-shift)}";
        string factor = Times == 1 ? string.Empty : $"{Number(Times)} × ";
        return $"{Figure} {(Above is null ? '<' : '>')} {factor}{Other}{margin}";
    }
}
