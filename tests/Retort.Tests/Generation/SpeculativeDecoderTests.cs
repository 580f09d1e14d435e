using Retort.Data;
using Retort.Generation;
using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Generation;

[Collection("default generator")]
public sealed class SpeculativeDecoderTests
{
    private const int Texts = 6000, Vocabulary = 3, Written = 3;

    // The χ² quantile of 0.999 with 26 degrees of freedom: 27 texts of three tokens.
    private const double Quantile = 54.05;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Texts_are_distributed_as_the_target_s_own(int guesses)
    {
        using TableModel target = TableModel.Random(1, Vocabulary), draft = TableModel.Random(2, Vocabulary);
        Assert.InRange(ChiSquare(target, draft, new SpeculationOptions { Guesses = guesses }), 0, Quantile);
    }

    // The same measure does see a draft that is trusted too much.
    [Fact]
    public void With_lenience_they_are_not()
    {
        using TableModel target = TableModel.Random(1, Vocabulary), draft = TableModel.Random(2, Vocabulary);
        Assert.True(ChiSquare(target, draft, new SpeculationOptions { Guesses = 2, Lenience = 0.3 }) > 2 * Quantile);
    }

    // What is kept and what is drawn anew add up to p: q(x) min(1, p(x) / q(x)) + P(refused) r(x).
    [Fact]
    public void A_kept_or_replaced_guess_is_distributed_as_the_target_exactly()
    {
        double[] p = [0.5, 0.25, 0.25, 0], q = [0.125, 0.5, 0.25, 0.125];
        double[] remainder = SpeculativeDecoder.Remainder(p, q);
        double refused = q.Zip(p, (guess, want) => Math.Max(0, guess - want)).Sum();
        Assert.Equal(0.375, refused, 1e-12);
        for (int x = 0; x < p.Length; x++)
            Assert.Equal(p[x], Math.Min(q[x], p[x]) + refused * remainder[x], 1e-12);
    }

    [Fact]
    public void Acceptance_is_one_less_the_total_variation_distance_and_gives_the_tokens_of_a_call()
    {
        // Every row is the same, so that guesses are kept independently of each other, as the formula supposes.
        using TableModel target = Same([0.5, 0.3, 0.2]), draft = Same([0.2, 0.3, 0.5]);
        SpeculationTally tally = Tally(target, draft, guesses: 4, texts: 300, length: 60);
        Assert.Equal(0.7, tally.Acceptance, 0.01);
        double expected = (1 - Math.Pow(0.7, 5)) / 0.3;
        Assert.Equal(expected, SpeculationTally.ExpectedTokensPerCall(0.7, 4), 1e-12);
        Assert.InRange(tally.TokensPerCall / expected, 0.97, 1.03);
        Assert.Equal(5, SpeculationTally.ExpectedTokensPerCall(1, 4));
    }

    [Fact]
    public void A_draft_that_is_the_target_is_never_refused()
    {
        using TableModel target = TableModel.Random(3, 5);
        SpeculationTally tally = Tally(target, target, guesses: 4, texts: 20, length: 41);
        Assert.Equal(1, tally.Acceptance);
        Assert.Equal(5, tally.TokensPerCall);
    }

    // Refused guesses are rolled back in both caches: any trace of them would change a later token.
    [Fact]
    public void At_temperature_0_it_writes_to_the_token_what_the_target_writes_alone()
    {
        using Gpt target = Model(seed: 1, width: 12), draft = Model(seed: 2, width: 6);
        var sampling = new SamplingOptions { Temperature = 0 };
        var decoder = new SpeculativeDecoder(target, draft, new SpeculationOptions { Guesses = 3, Sampling = sampling });
        long refused = 0;
        for (long first = 0; first < 11; first++)
        {
            using var scope = new TensorScope();
            long[] found = decoder.Write([first, 5], 33, new RandomStream(4), out SpeculationTally tally);
            long[] alone = SequenceWriter.Write(target, Tensor.From(new[] { first, 5 }, 1, 2), 33, sampling).Tokens.ToArray<long>();
            Assert.Equal(alone, found);
            refused += tally.Examined - tally.Accepted;
        }

        Assert.True(refused > 20, $"only {refused} guesses were refused: the test says little.");
    }

    [Fact]
    public void Models_of_two_vocabularies_are_refused()
    {
        using TableModel target = TableModel.Random(1, 3), draft = TableModel.Random(1, 4);
        ArgumentException error = Assert.Throws<ArgumentException>(() => new SpeculativeDecoder(target, draft, new SpeculationOptions()));
        Assert.Contains("the draft chooses among 4 tokens and the target among 3", error.Message, StringComparison.Ordinal);
    }

    private static double ChiSquare(TableModel target, TableModel draft, SpeculationOptions options)
    {
        var decoder = new SpeculativeDecoder(target, draft, options);
        var counts = new int[(int)Math.Pow(Vocabulary, Written)];
        for (int k = 0; k < Texts; k++)
        {
            long[] text = decoder.Write([0], 1 + Written, RandomStream.Derive(9, (ulong)k), out _);
            counts[(text[1] * Vocabulary + text[2]) * Vocabulary + text[3]]++;
        }

        double sum = 0;
        for (int cell = 0; cell < counts.Length; cell++)
        {
            int a = cell / 9, b = cell / 3 % 3, c = cell % 3;
            double expected = Texts * target.Of(0, a) * target.Of(a, b) * target.Of(b, c);
            sum += (counts[cell] - expected) * (counts[cell] - expected) / expected;
        }

        return sum;
    }

    private static SpeculationTally Tally(TableModel target, TableModel draft, int guesses, int texts, int length)
    {
        var decoder = new SpeculativeDecoder(target, draft, new SpeculationOptions { Guesses = guesses });
        SpeculationTally all = default;
        for (int k = 0; k < texts; k++)
        {
            decoder.Write([0], length, RandomStream.Derive(11, (ulong)k), out SpeculationTally tally);
            all = all.And(tally);
        }

        return all;
    }

    private static TableModel Same(double[] row)
    {
        var table = new double[row.Length, row.Length];
        for (int k = 0; k < row.Length * row.Length; k++)
            table[k / row.Length, k % row.Length] = row[k % row.Length];
        return new TableModel(table);
    }

    private static Gpt Model(ulong seed, int width)
    {
        Engine.ManualSeed(seed);
        var model = (Gpt)new GptOptions { Vocabulary = 11, Context = 32, Width = width, Depth = 2, Heads = 3 }.Build();
        model.To(dtype: DType.Float64);
        // Fresh weights are so small that every distribution is nearly uniform.
        using GradMode off = Autograd.NoGrad();
        foreach (Parameter parameter in model.Parameters())
            parameter.Value.MulInPlace(8);
        return model;
    }
}
