using Retort.Data;
using Retort.Serving;

namespace Retort.Tests.Serving;

public sealed class TokenChoiceTests
{
    private const int Draws = 20_000;

    // Probabilities 1/2, 1/4, 1/8, 1/8.
    private static readonly float[] Logits = [(float)Math.Log(4), (float)Math.Log(2), 0, 0];

    [Theory]
    [InlineData(1, 1, 0.5, 0.25, 0.125, 0.125)]
    [InlineData(0.5, 1, 16 / 22.0, 4 / 22.0, 1 / 22.0, 1 / 22.0)]
    [InlineData(1, 0.7, 2 / 3.0, 1 / 3.0, 0, 0)]
    [InlineData(1, 1e-9, 1, 0, 0, 0)]
    [InlineData(0, 1, 1, 0, 0, 0)]
    [InlineData(1e-300, 1, 1, 0, 0, 0)]
    public void Tokens_come_as_often_as_temperature_and_share_say(double temperature, double topP, params double[] expected)
    {
        RandomStream chance = RandomStream.Derive(7);
        var counts = new int[Logits.Length];
        for (int k = 0; k < Draws; k++)
            counts[TokenChoice.Draw(Logits, temperature, topP, chance)]++;
        for (int token = 0; token < counts.Length; token++)
        {
            // Five standard deviations.
            double tolerance = 5 * Math.Sqrt(expected[token] * (1 - expected[token]) / Draws);
            Assert.InRange(counts[token] / (double)Draws, expected[token] - tolerance, expected[token] + tolerance);
        }
    }

    [Fact]
    public void Log_probabilities_do_not_overflow() =>
        Assert.Equal([0, -1000, -2000], TokenChoice.LogProbabilities([1e4f, 9e3f, 8e3f]));
}
