using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

/// <summary>The problem and the trajectories that tools/record_trajectories.py wrote.</summary>
internal static class RecordedCases
{
    private static readonly Lazy<JsonElement> TrajectoriesFile = new(() => Read("trajectories.json"));
    private static readonly Lazy<JsonElement> SchedulesFile = new(() => Read("schedules.json"));

    internal static IEnumerable<JsonElement> Trajectories => TrajectoriesFile.Value.GetProperty("cases").EnumerateArray();

    internal static IEnumerable<JsonElement> Schedules => SchedulesFile.Value.GetProperty("cases").EnumerateArray();

    internal static string NameOf(JsonElement trajectory) =>
        $"{trajectory.GetProperty("optimizer").GetString()} {trajectory.GetProperty("name").GetString()} {trajectory.GetProperty("dtype").GetString()}";

    internal static JsonElement Trajectory(string name) => Trajectories.Single(c => NameOf(c) == name);

    internal static JsonElement Schedule(string name) => Schedules.Single(c => c.GetProperty("name").GetString() == name);

    /// <summary>The optimiser that a case describes, over two groups: the first two parameters, and the last.</summary>
    internal static Optimizer MakeOptimizer(JsonElement trajectory, IReadOnlyList<Tensor> parameters)
    {
        JsonElement o = trajectory.GetProperty("options");
        bool own = trajectory.TryGetProperty("group_lr", out JsonElement rate);
        ParameterGroup[] groups =
        [
            new(parameters.Take(2)),
            new(parameters.Skip(2), own ? rate.GetDouble() : null, own ? 0 : null),
        ];
        double rateOfAll = Number(o, "lr", double.NaN), decay = Number(o, "weight_decay", 0);
        var adam = new AdamOptions
        {
            LearningRate = rateOfAll,
            WeightDecay = decay,
            Beta1 = Beta(o, 0, 0.9),
            Beta2 = Beta(o, 1, 0.999),
            Epsilon = Number(o, "eps", 1e-8),
            AmsGrad = Flag(o, "amsgrad"),
        };
        var sgd = new SgdOptions
        {
            LearningRate = rateOfAll,
            WeightDecay = decay,
            Momentum = Number(o, "momentum", 0),
            Dampening = Number(o, "dampening", 0),
            Nesterov = Flag(o, "nesterov"),
        };
        return trajectory.GetProperty("optimizer").GetString() switch
        {
            "sgd" => new Sgd(groups, sgd),
            "sam" => new Sam(new Sgd(groups, sgd), new SamOptions { Rho = Number(o, "rho", 0), Adaptive = Flag(o, "adaptive") }),
            "adam" => new Adam(groups, adam),
            // PyTorch's AdamW decays by 0.01 unless told otherwise.
            "adamw" => new AdamW(groups, adam with { WeightDecay = Number(o, "weight_decay", 0.01) }),
            "rmsprop" => new RmsProp(groups, new RmsPropOptions
            {
                LearningRate = rateOfAll,
                WeightDecay = decay,
                Alpha = Number(o, "alpha", 0.99),
                Epsilon = Number(o, "eps", 1e-8),
                Momentum = Number(o, "momentum", 0),
                Centered = Flag(o, "centered"),
            }),
            "adagrad" => new Adagrad(groups, new AdagradOptions
            {
                LearningRate = rateOfAll,
                WeightDecay = decay,
                LearningRateDecay = Number(o, "lr_decay", 0),
                InitialAccumulator = Number(o, "initial_accumulator_value", 0),
                Epsilon = Number(o, "eps", 1e-10),
            }),
            "lamb" => new Lamb(groups, new LambOptions
            {
                LearningRate = rateOfAll,
                WeightDecay = decay,
                Beta1 = adam.Beta1,
                Beta2 = adam.Beta2,
                Epsilon = Number(o, "eps", 1e-6),
            }),
            var other => throw new InvalidDataException($"unknown optimiser {other}"),
        };
    }

    internal static double Number(JsonElement options, string name, double otherwise) =>
        options.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;

    private static bool Flag(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) && value.GetBoolean();

    private static double Beta(JsonElement options, int index, double otherwise) =>
        options.TryGetProperty("betas", out JsonElement value) ? value[index].GetDouble() : otherwise;

    private static JsonElement Read(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Torch", "Optim", "Fixtures", name);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return document.RootElement.Clone();
    }

    /// <summary>Three parameters with the gradient curvature·(p − target) + 0.05·p³; the last gets none in every third step.</summary>
    internal sealed class Problem
    {
        private readonly Tensor[] _targets;
        private readonly Tensor[] _curvatures;

        internal Problem(DType dtype)
        {
            JsonElement[] triples = [.. TrajectoriesFile.Value.GetProperty("problem").EnumerateArray()];
            Parameters = [.. triples.Select(t => Read(t, "start", dtype).SetRequiresGrad())];
            _targets = [.. triples.Select(t => Read(t, "target", dtype))];
            _curvatures = [.. triples.Select(t => Read(t, "curvature", dtype))];
        }

        internal Tensor[] Parameters { get; }

        internal void ComputeGradients(int step)
        {
            using var noGrad = Autograd.NoGrad();
            for (int k = 0; k < Parameters.Length; k++)
            {
                Tensor p = Parameters[k];
                p.Grad = k == 2 && step % 3 == 0 ? null : _curvatures[k] * (p - _targets[k]) + p * p * p * 0.05;
            }
        }

        internal double[][] Values()
        {
            using var scope = new TensorScope();
            return [.. Parameters.Select(p => p.Detach().To(DType.Float64).ToArray<double>())];
        }

        private static Tensor Read(JsonElement triple, string name, DType dtype)
        {
            float[] values = [.. triple.GetProperty(name).EnumerateArray().Select(v => v.GetSingle())];
            long[] shape = [.. triple.GetProperty("shape").EnumerateArray().Select(v => v.GetInt64())];
            return Tensor.From(values, shape).To(dtype).Clone();
        }
    }
}
