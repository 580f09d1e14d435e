using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class TrajectoryTests
{
    public static TheoryData<string> Recorded => [.. RecordedCases.Trajectories.Select(RecordedCases.NameOf)];

    [Theory, MemberData(nameof(Recorded))]
    public void A_hundred_steps_equal_the_recorded_ones(string name)
    {
        JsonElement recorded = RecordedCases.Trajectory(name);
        bool wide = recorded.GetProperty("dtype").GetString() == "float64";
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(wide ? DType.Float64 : DType.Float32);
        using Optimizer optimizer = RecordedCases.MakeOptimizer(recorded, problem.Parameters);
        double clip = RecordedCases.Number(recorded.GetProperty("options"), "clip", 0);
        for (int step = 1; step <= 100; step++)
        {
            int now = step;
            optimizer.Step(() =>
            {
                problem.ComputeGradients(now);
                if (clip > 0)
                    Gradients.ClipNorm(problem.Parameters, clip);
            });
            if (recorded.GetProperty("steps").TryGetProperty(step.ToString(System.Globalization.CultureInfo.InvariantCulture), out JsonElement expected))
                AssertClose(expected, problem.Values(), wide ? 1e-13 : 2e-6, $"{name}, step {step}");
        }

        Assert.Equal(100, optimizer.StepCount);
    }

    private static void AssertClose(JsonElement expected, double[][] actual, double tolerance, string where)
    {
        for (int k = 0; k < actual.Length; k++)
        {
            for (int e = 0; e < actual[k].Length; e++)
            {
                double wanted = expected[k][e].GetDouble();
                Assert.True(
                    Math.Abs(actual[k][e] - wanted) <= tolerance * Math.Max(1, Math.Abs(wanted)),
                    $"{where}: parameter {k}, element {e} is {actual[k][e]:R}, recorded {wanted:R}");
            }
        }
    }
}
