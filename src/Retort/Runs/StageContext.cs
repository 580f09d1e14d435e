using Retort.Data;
using Retort.Data.Formats;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Models;
using Retort.Models.Composed;
using Retort.Models.Graphs;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;
using Retort.Tracking;

namespace Retort.Runs;

/// <summary>What a stage works with: its seed, the run's folder and data, and what earlier stages made.</summary>
public sealed class StageContext
{
    /// <summary>The file in a stage's folder with what its terms own.</summary>
    internal const string PartsFile = "parts.safetensors";

    private readonly RunSession _session;
    private readonly DataOptions? _data;

    internal StageContext(RunSession session, string stage, long seed, string key, DataOptions? data = null)
    {
        _session = session;
        _data = data;
        Stage = stage;
        Seed = seed;
        Key = key;
        Folder = session.Folder.StageFolder(stage, seed);
    }

    /// <summary>The stage's name.</summary>
    public string Stage { get; }

    /// <summary>The seed.</summary>
    public long Seed { get; }

    /// <summary>Hash of all that the result depends on.</summary>
    public string Key { get; }

    /// <summary>The stage's own folder.</summary>
    public string Folder { get; }

    /// <summary>Where to compute.</summary>
    public Device Device => _session.Device;

    /// <summary>What recipes can name.</summary>
    public ComponentRegistry Registry => _session.Registry;

    /// <summary>Where figures go.</summary>
    public ITracker Tracker => _session.Tracker;

    /// <summary>Told what happens.</summary>
    public IRunProgress Progress => _session.Progress;

    /// <summary>Set when the user asks to stop: finish the step, save, and throw.</summary>
    public CancellationToken Cancellation => _session.Cancellation;

    /// <summary>Whether a checkpoint of an interrupted run should be taken up.</summary>
    public bool Resume => _session.Resume;

    /// <summary>The stage's own data, or else what the recipe gives all stages.</summary>
    /// <exception cref="RunException">Neither has <c>data</c>.</exception>
    public DataProvider Data => _session.Data.For(_data)
        ?? throw new RunException("the recipe has no `data:`, which this stage needs.", isInputWrong: true);

    /// <summary>What the stage's data asks of models.</summary>
    /// <exception cref="RunException">The data names a task that is not known.</exception>
    public EvaluationTask Task => _session.TaskOf(Data.Options.Dataset);

    /// <summary>The data set that an earlier stage made or chose.</summary>
    /// <exception cref="DataFormatException">Its file is missing or damaged.</exception>
    public Dataset Made(string stage) => SampleFile.Read(Path.Combine(FolderOf(stage), Stages.Stage.DataFile), stage);

    /// <summary>The folder of an earlier stage's result under this seed.</summary>
    public string FolderOf(string stage) => _session.Folder.StageFolder(stage, _session.SeedOfStage(stage, Seed));

    /// <summary>What the stage measured, kept in <c>done.json</c> and given to later stages.</summary>
    public IDictionary<string, double> Figures { get; } = new Dictionary<string, double>();

    /// <summary>A fresh network of a role, on the device, its weights drawn from this seed and the role's name.</summary>
    /// <param name="role">The role.</param>
    /// <param name="variant">What tells the weights of several networks of the role apart; null for the role's own.</param>
    /// <remarks>Two stages that train the same role begin with the same weights: a fair pair.</remarks>
    public Role NewRole(string role, string? variant = null)
    {
        RoleOptions options = _session.RoleOptionsOf(role, Seed);
        Engine.ManualSeed(SeedOf(variant is null ? $"weights/{role}" : $"weights/{role}/{variant}"));
        Module model = DrawNetwork(options.Model, role);
        Attach(model, role);
        if (options.Weights is { } weights)
            LoadWeights(model, weights.FullPath);
        return new Role(role, model);
    }

    /// <summary>A network of a role's kind on the device, its weights drawn from the default generator as it stands: for stages
    /// that draw many.</summary>
    public Module DrawNetwork(string role)
    {
        Module model = DrawNetwork(_session.RoleOptionsOf(role, Seed).Model, role);
        Attach(model, role);
        return model;
    }

    /// <summary>The network that a train stage made under this seed, or a role with weights of its own;
    /// in evaluation mode.</summary>
    /// <exception cref="RunException">Nothing of that name has weights.</exception>
    public Role Trained(string name)
    {
        if (_session.RoleTrainedBy(name) is { } role)
        {
            RoleOptions options = _session.RoleOptionsOf(role, _session.SeedFor(name, Seed));
            Module model = DrawNetwork(options.Model, role);
            LoadWeights(model, _session.WeightsOf(name, Seed));
            model.Eval();
            return new Role(name, model) { Until = options.Until };
        }

        if (!_session.RoleOptionsOf(name).IsReady)
        {
            throw new RunException(
                $"'{name}' has no weights: no stage of that name trains a role, and the role names no `weights:`.",
                isInputWrong: true);
        }
        Role pretrained = NewRole(name);
        pretrained.Model.Eval();
        return pretrained with { Until = _session.RoleOptionsOf(name).Until };
    }

    /// <summary>What the terms of an earlier train stage own, as that stage left it under this seed.</summary>
    /// <exception cref="RunException">The stage left nothing, or the file is damaged.</exception>
    public IReadOnlyDictionary<string, Tensor> PartsOf(string stage)
    {
        string path = Path.Combine(Path.GetDirectoryName(_session.WeightsOf(stage, Seed))!, PartsFile);
        if (!File.Exists(path))
        {
            throw new RunException(
                $"the terms of stage '{stage}' own nothing that another could begin with.", isInputWrong: true);
        }

        try
        {
            return SafeTensors.Read(path);
        }
        catch (Exception e) when (e is SafeTensorsException or IOException)
        {
            throw new RunException($"the parts '{path}' cannot be used: {e.Message}", inner: e);
        }
    }

    /// <summary>Where a teacher comes from: its architecture in words, and the file of its weights.</summary>
    internal (string Architecture, string Weights) OriginOf(string name)
    {
        RoleOptions options = RoleOf(name);
        string weights = _session.RoleTrainedBy(name) is not null
            ? _session.WeightsOf(name, Seed)
            : options.Weights?.FullPath ?? throw new RunException($"'{name}' has no weights.", isInputWrong: true);
        string until = options.Until is null ? string.Empty : $" until {options.Until}";
        return (CanonicalJson.Write(options.Model, Registry) + until, weights);
    }

    /// <summary>The options and the folder of a cache that a stage of this name made under this seed; null where none
    /// did.</summary>
    internal (CacheStageOptions Options, string Folder)? CacheCalled(string name)
    {
        if (_session.Plan.Stages.OfType<CacheStage>().FirstOrDefault(s => _session.Plan.NameOf(s) == name) is not { } stage)
            return null;
        long seed = stage.OncePerRun ? _session.Seeds[0] : Seed;
        return ((CacheStageOptions)stage.Options, stage.FolderOf(_session.Folder.StageFolder(name, seed)));
    }

    /// <summary>The options of the role behind a trained model, or of the role itself.</summary>
    internal RoleOptions RoleOf(string model) =>
        _session.RoleOptionsOf(_session.RoleTrainedBy(model) ?? model, _session.SeedFor(model, Seed));

    /// <summary>A role as the recipe writes it, before any search.</summary>
    internal RoleOptions WrittenRole(string role) => _session.RoleOptionsOf(role);

    /// <summary>Whether this is the run's first seed, whose models are exported.</summary>
    internal bool IsFirstSeed => Seed == _session.Seeds[0];

    /// <summary>Where the run keeps an exported model.</summary>
    internal string FolderOfStudent(string model) => _session.Folder.In("students", model);

    /// <summary>A seed for one purpose, the same in every stage of this run.</summary>
    public ulong SeedOf(string purpose) => StageKeys.Seed(Seed, purpose);

    /// <summary>The moment of a step, for trackers.</summary>
    public TrackPoint At(long step, double epoch, double wallSeconds) => new(Stage, Seed, step, epoch, wallSeconds);

    /// <summary>A file in the stage's folder.</summary>
    public string In(string file) => Path.Combine(Folder, file);

    private static void LoadWeights(Module model, string path)
    {
        using var scope = new TensorScope();
        try
        {
            IReadOnlyDictionary<string, Tensor> state = path.EndsWith(".json", StringComparison.Ordinal)
                ? SafeTensors.ReadIndex(path)
                : SafeTensors.Read(path);
            model.LoadStateDict(model is Assembled part ? part.Of(state) : state);
        }
        catch (Exception e) when (e is SafeTensorsException or StateDictException or IOException)
        {
            throw new RunException($"the weights '{path}' cannot be used: {e.Message}", isInputWrong: true, e);
        }
    }

    // What was trained before has its graph among its weights.
    private void Attach(Module model, string role)
    {
        if (model is not INodeGraphReader reader)
            return;
        if (Data.Graph is not { } graph)
        {
            throw new RunException(
                $"role '{role}' classifies the nodes of a graph, and the data of stage '{Stage}' has none.", isInputWrong: true);
        }

        using var scope = new TensorScope();
        Tensor features = Tensor.From<float>([.. graph.Features], graph.Nodes, graph.Width);
        Tensor edges = Tensor.From<long>([.. graph.Edges.SelectMany(e => (long[])[e.First, e.Second])], graph.Edges.Count, 2);
        try
        {
            reader.Attach(features.To(Device), edges.To(Device));
        }
        catch (ArgumentException e)
        {
            throw new RunException($"role '{role}': {e.Message}", isInputWrong: true, e);
        }
    }

    /// <summary>The same of a model that is no role's.</summary>
    /// <param name="options">The model.</param>
    /// <param name="name">What messages call it.</param>
    internal Module DrawNetwork(ModelOptions options, string name)
    {
        try
        {
            Module model = options.Build();
            model.To(Device);
            // A training step takes 0.68 to 1.02 of the time so, by network (docs/decisions/0008).
            if (Device.Type == DeviceType.Cpu)
                model.To(MemoryFormat.ChannelsLast);
            return model;
        }
        catch (ArgumentException e)
        {
            throw new RunException($"role '{name}': {e.Message}", isInputWrong: true, e);
        }
    }
}
