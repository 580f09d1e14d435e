using Retort.Data;
using Retort.Runs;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Optim;
using Retort.Torch.Serialization;

namespace Retort.Stages;

/// <summary>Trains a role's network several times on labels and keeps its weights after every epoch: paths that made data should
/// lead along.</summary>
[Named("trajectories")]
public sealed class TrajectoriesStage(TrajectoriesStageOptions options) : Stage(options)
{
    private const string PointPrefix = "point.", NetworkPrefix = "network.", OptimizerPrefix = "optimizer.";
    private readonly TrajectoriesStageOptions _options = options;

    /// <summary>The role whose network is trained.</summary>
    public string Role => _options.Role;

    /// <inheritdoc/>
    public override bool OncePerRun => _options.Once;

    /// <inheritdoc/>
    public override IEnumerable<string> UsesRoles => [_options.Role];

    /// <inheritdoc/>
    public override IEnumerable<string> Writes => Enumerable.Range(0, _options.Count).Select(Trajectory.FileOf);

    /// <inheritdoc/>
    public override void Check(RecipePlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.RequireRole(_options, nameof(_options.Role), _options.Role);
    }

    /// <inheritdoc/>
    public override void Run(StageContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        using var scope = new TensorScope();
        Engine.ManualSeed(context.SeedOf($"trajectories/{context.Stage}"));
        using var network = new Surrogate(context.NewRole(_options.Role), () => context.DrawNetwork(_options.Role));
        using var points = new Points();
        Optimizer optimizer = _options.Optimizer.Create([new ParameterGroup(network.Weights)]);
        Dataset data = context.Data.EachOnce(context.SeedOf("data"), _options.TrainSamples).Data;
        var loop = new StepLoop(context, (long)_options.Count * _options.Epochs)
        {
            CheckpointEvery = 1,
            ReportEvery = 1,
            UnitsPerStep = data.Count,
            State = () =>
            [
                .. network.State.Select(s => KeyValuePair.Create(NetworkPrefix + s.Key, s.Value)),
                .. optimizer.State().Select(s => KeyValuePair.Create(OptimizerPrefix + s.Key, s.Value)),
                .. points.All.Select(p => KeyValuePair.Create(PointPrefix + p.Key, p.Value)),
            ],
            Load = state =>
            {
                network.Load(Part(state, NetworkPrefix));
                optimizer.Load(Part(state, OptimizerPrefix));
                points.Load(Part(state, PointPrefix));
            },
        };
        loop.Run(step =>
        {
            (int run, int epoch) = ((int)(step / _options.Epochs), (int)(step % _options.Epochs));
            if (epoch == 0)
            {
                network.Renew();
                optimizer.Dispose();
                optimizer = _options.Optimizer.Create([new ParameterGroup(network.Weights)]);
                points.Begin(network.Weights);
            }

            // The order of each training's own; the samples are those that this seed's other stages draw.
            Loader loader = context.Data.Training(
                context.SeedOf(FormattableString.Invariant($"trajectories/{context.Stage}/{run}")),
                batchSize: _options.BatchSize, instead: data);
            double loss = TrainEpoch(context, network, optimizer, loader, epoch);
            points.Add(epoch + 1, network.Weights);
            if (epoch == _options.Epochs - 1)
                SafeTensors.Write(context.In(Trajectory.FileOf(run)), points.All);
            return [new("loss", loss)];
        });
        optimizer.Dispose();
        loop.Finish();
    }

    private static double TrainEpoch(StageContext context, Surrogate network, Optimizer optimizer, Loader loader, int epoch)
    {
        double last = double.NaN;
        using var epochScope = new TensorScope();
        foreach (Batch batch in loader.Epoch(epoch))
        {
            using var scope = new TensorScope();
            Batch there = batch.To(context.Device);
            optimizer.ZeroGrad();
            Tensor loss = network.Logits(there.Input).CrossEntropyLoss(there.Targets ?? there.Labels);
            loss.Backward();
            optimizer.Step();
            last = loss.ToDouble();
        }

        optimizer.ZeroGrad();
        return last;
    }

    private static Dictionary<string, Tensor> Part(IReadOnlyDictionary<string, Tensor> state, string prefix) =>
        state.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(s => s.Key[prefix.Length..], s => s.Value);

    /// <summary>The weights of the training under way, by the names of its file.</summary>
    private sealed class Points : IDisposable
    {
        public Dictionary<string, Tensor> All { get; } = [];

        public void Begin(IReadOnlyList<Tensor> weights)
        {
            Dispose();
            Add(0, weights);
        }

        public void Add(int epoch, IReadOnlyList<Tensor> weights)
        {
            for (int k = 0; k < weights.Count; k++)
                All[Trajectory.KeyOf(epoch, k)] = weights[k].Detach().Clone().Contiguous().Persist();
        }

        public void Load(IReadOnlyDictionary<string, Tensor> state)
        {
            Dispose();
            foreach ((string name, Tensor value) in state)
                All[name] = value.Clone().Persist();
        }

        public void Dispose()
        {
            foreach (Tensor weight in All.Values)
                weight.Dispose();
            All.Clear();
        }
    }
}
