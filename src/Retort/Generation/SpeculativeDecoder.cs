using Retort.Data;
using Retort.Models.Text;
using Retort.Torch;

namespace Retort.Generation;

/// <summary>Writes a target model's text with fewer runs of it: a small draft guesses some tokens, the target checks all at
/// once.</summary>
/// <remarks>
/// <para>Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", ICML 2023, arXiv:2211.17192, algorithm 1.
/// A guess x, drawn from the draft's q, is kept with probability min(1, p(x) / q(x)); the first one that is refused is drawn
/// again from max(0, p − q), scaled to sum to one; where all are kept, one more token is drawn from p. So every token is
/// distributed as the target's own p, whatever the draft is.</para>
/// <para>Both models are in evaluation mode, on the CPU, and have one vocabulary. What was refused is rolled back in their
/// caches.</para>
/// </remarks>
public sealed class SpeculativeDecoder
{
    private readonly ICausalModel _target;
    private readonly ICausalModel _draft;
    private readonly SpeculationOptions _options;

    /// <summary>Puts a draft before a target.</summary>
    /// <exception cref="ArgumentException">The models do not have one vocabulary.</exception>
    public SpeculativeDecoder(ICausalModel target, ICausalModel draft, SpeculationOptions options)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(options);
        if (target.Vocabulary != draft.Vocabulary)
        {
            throw new ArgumentException(
                $"the draft chooses among {draft.Vocabulary} tokens and the target among {target.Vocabulary}: "
                + "they must be the same.",
                nameof(draft));
        }

        (_target, _draft, _options) = (target, draft, options);
    }

    /// <summary>Writes a text on to a length.</summary>
    /// <param name="prompt">How it begins; at least one token.</param>
    /// <param name="length">Its length in the end, prompt included; at most the smaller context and one.</param>
    /// <param name="random">What tokens are drawn with.</param>
    /// <param name="tally">What was counted.</param>
    /// <returns>The whole text.</returns>
    public long[] Write(ReadOnlySpan<long> prompt, int length, RandomStream random, out SpeculationTally tally)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(prompt.Length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Math.Min(_target.Context, _draft.Context) + 1);
        using GradMode off = Autograd.NoGrad();
        using ITokenReader target = _target.Reader(), draft = _draft.Reader();
        List<long> tokens = [.. prompt];
        tally = default;
        while (tokens.Count < length)
        {
            using var scope = new TensorScope();
            tally = tally.And(Round(tokens, target, draft, Math.Min(_options.Guesses, length - tokens.Count - 1), random));
        }

        return [.. tokens];
    }

    /// <summary>The distribution that a refused guess is drawn from anew: max(0, p − q), scaled to sum to one.</summary>
    /// <param name="wanted">p, the target's.</param>
    /// <param name="guessed">q, the draft's.</param>
    public static double[] Remainder(double[] wanted, double[] guessed)
    {
        double[] rest = [.. wanted.Zip(guessed, (p, q) => Math.Max(0, p - q))];
        double sum = rest.Sum();
        // Only rounding can refuse a guess where p and q are the same.
        return sum > 0 ? Array.ConvertAll(rest, r => r / sum) : wanted;
    }

    private SpeculationTally Round(List<long> tokens, ITokenReader target, ITokenReader draft, int guesses, RandomStream random)
    {
        int before = tokens.Count, kept = 0;
        var guessed = new double[guesses][];
        for (int k = 0; k < guesses; k++)
        {
            guessed[k] = Read(draft, tokens, 1)[0];
            tokens.Add(Draw(guessed[k], random));
        }

        double[][] wanted = Read(target, tokens, guesses + 1);
        while (kept < guesses && Keeps(wanted[kept], guessed[kept], (int)tokens[before + kept], random))
            kept++;
        tokens.RemoveRange(before + kept, guesses - kept);
        tokens.Add(Draw(kept == guesses ? wanted[kept] : Remainder(wanted[kept], guessed[kept]), random));
        target.Truncate(before + kept);
        draft.Truncate(Math.Min(draft.Length, before + kept));
        return new SpeculationTally(kept + 1, 1, Math.Min(kept + 1, guesses), kept);
    }

    private bool Keeps(double[] wanted, double[] guessed, int token, RandomStream random) =>
        random.NextDouble() * _options.Lenience * guessed[token] < wanted[token];

    // What the reader has not read yet, and the distributions after the last of it.
    private double[][] Read(ITokenReader reader, List<long> tokens, int last)
    {
        long[] unread = [.. tokens.Skip((int)reader.Length)];
        Tensor logits = reader.Read(Tensor.From(unread, 1, unread.Length))[0];                                  // [T, V]
        Tensor found = _options.Sampling.Probabilities(logits.Narrow(0, unread.Length - last, last).To(DType.Float64));
        double[] flat = found.ToArray<double>();
        int vocabulary = flat.Length / last;
        return [.. Enumerable.Range(0, last).Select(k => flat[(k * vocabulary)..((k + 1) * vocabulary)])];
    }

    private static long Draw(double[] distribution, RandomStream random)
    {
        double left = random.NextDouble();
        int token = 0, likely = 0;
        for (; token < distribution.Length; token++)
        {
            if (distribution[token] <= 0)
                continue;
            likely = token;
            left -= distribution[token];
            if (left < 0)
                return token;
        }

        // Rounding may leave a sliver beyond the last token that can come.
        return likely;
    }
}
