using System.ComponentModel.DataAnnotations;
using Retort.Data.Glyphs;

namespace Retort.Data.Sets;

/// <summary>Pictures of two drawn characters side by side, with captions such as <c>K left of 7</c>: made by the
/// program.</summary>
/// <remarks>
/// <para>Pictures are [1, 28, 56]; a batch's <c>caption</c> is [N, 12] byte tokens (<see cref="ByteTokens"/>). Half the captions
/// begin with the right character (<c>7 right of K</c>). No two test pictures show the same two characters.</para>
/// <para>A seed gives the same pairs on every machine.</para>
/// </remarks>
[Dataset("glyph-captions")]
public sealed record GlyphCaptions : DatasetOptions
{
    // The numbers before are those of glyphs.
    private const ulong FirstSplit = 2, Mismatches = 4;
    private const int Pairs = GlyphRenderer.Classes * GlyphRenderer.Classes;

    /// <summary>Pairs of the training split.</summary>
    [Range(1, 1_000_000)]
    public int Train { get; init; } = 5_000;

    /// <summary>Pairs of the test split, of the 36² that there are.</summary>
    [Range(1, Pairs)]
    public int Test { get; init; } = 500;

    /// <summary>Which set is drawn.</summary>
    [Range(0, int.MaxValue)]
    public int Seed { get; init; }

    /// <summary>How hard the characters are to read, as that of <c>glyphs</c>.</summary>
    [Range(0.0, 2.0)]
    public double Difficulty { get; init; } = 1;

    /// <summary>Share of the training pictures that have another one's caption, like those of the web.</summary>
    [Range(0.0, 1.0)]
    public double Mismatched { get; init; }

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override string Task => "retrieval";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual => ([0.257], [0.250]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        (ulong number, int count) = Drawn("glyph-captions", split, Train, Test);
        ulong own = FirstSplit + number;
        RandomStream random = RandomStream.Derive((ulong)Seed, own), order = RandomStream.Derive((ulong)Seed, own, 1);
        bool isTraining = number == 0;
        int[] pairs = isTraining ? Repeated(random, count) : random.Permutation(Pairs)[..count];
        string[] captions = Array.ConvertAll(pairs, pair => Caption(pair, order.NextBoolean()));
        if (isTraining && Mismatched > 0)
            Exchange(captions, Mismatched);
        long[] labels = new long[pairs.Length];
        Array.Fill(labels, Dataset.NoLabel);
        var source = new GlyphCaptionSource((ulong)Seed, own, pairs, captions, GlyphStyle.Of(Difficulty));
        return Dataset.Of("glyph-captions", split, new CachedSource(source), labels, []);
    }

    private static string Caption(int pair, bool fromTheLeft)
    {
        string left = GlyphRenderer.ClassNames[pair / GlyphRenderer.Classes];
        string right = GlyphRenderer.ClassNames[pair % GlyphRenderer.Classes];
        return fromTheLeft ? $"{left} left of {right}" : $"{right} right of {left}";
    }

    private static int[] Repeated(RandomStream random, int count)
    {
        var pairs = new int[count];
        for (int k = 0; k < count; k++)
            pairs[k] = random.NextInt(Pairs);
        return pairs;
    }

    // Each of the chosen takes the next one's caption, so that none keeps its own unless both say the same.
    private void Exchange(string[] captions, double share)
    {
        int count = (int)Math.Round(share * captions.Length);
        int[] chosen = RandomStream.Derive((ulong)Seed, Mismatches).Permutation(captions.Length)[..count];
        if (chosen.Length < 2)
            return;
        string first = captions[chosen[0]];
        for (int k = 0; k + 1 < chosen.Length; k++)
            captions[chosen[k]] = captions[chosen[k + 1]];
        captions[chosen[^1]] = first;
    }
}
