using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>The auxiliary networks of one learner: runs them on the signals of a step, so that terms can tap them.</summary>
internal sealed class AuxiliaryNetworks : IDisposable
{
    private readonly IReadOnlyDictionary<string, AuxiliaryOptions> _options;
    private readonly Device _device;
    private readonly Func<string, IReadOnlyDictionary<string, Tensor>>? _parts;
    private readonly ModuleDict _networks = new();

    /// <summary>Prepares networks that <see cref="Prepare"/> makes.</summary>
    /// <param name="options">What the stage says, by name.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="parts">What earlier stages left, by stage; null where none has run yet.</param>
    public AuxiliaryNetworks(
        IReadOnlyDictionary<string, AuxiliaryOptions> options, Device device,
        Func<string, IReadOnlyDictionary<string, Tensor>>? parts = null)
    {
        _options = options;
        _device = device;
        _parts = parts;
    }

    /// <summary>All of them, by name; filled by <see cref="Prepare"/>.</summary>
    public Module Networks => _networks;

    /// <summary>What terms and auxiliary networks tap inside the networks of one kind of role.</summary>
    public static IEnumerable<TapPath> TapsIn(
        IReadOnlyDictionary<string, AuxiliaryOptions> auxiliaries, IEnumerable<Criterion> criteria, Func<TapRole, bool> role) =>
        criteria.SelectMany(c => c.Taps).Where(t => role(t.Role) && t.Path.Auxiliary is null).Select(t => t.Path)
            .Concat(auxiliaries.Values.Where(a => role(a.Role)).Select(a => a.Tap))
            .Distinct();

    /// <summary>Makes the networks from the shapes of a first batch.</summary>
    public void Prepare(Signals signals)
    {
        foreach ((string name, AuxiliaryOptions options) in _options)
        {
            Tensor x = InputOf(options, signals);
            var network = new Sequential();
            foreach (LayerOptions layer in options.Layers)
            {
                Module module;
                try
                {
                    module = layer.Create(x);
                }
                catch (ShapeException e)
                {
                    throw new ArgumentException($"auxiliary '{name}', layer {network.Count}: {e.Message}", e);
                }

                module.To(_device);
                module.Eval();
                x = module.Call(x);
                network.Add(module);
            }

            if (options.PartsFrom is { } stage && _parts is not null)
                Load(name, network, stage, _parts(stage));
            if (options.Role == TapRole.Teacher)
                network.SetTrainable(false);
            _networks.Add(name, network);
        }

        Train();
    }

    /// <summary>Training behaviour for the student's; a teacher's do not change.</summary>
    public void Train()
    {
        foreach ((string name, Module network) in _networks.Children)
            network.Train(_options[name].Role == TapRole.Student);
    }

    /// <summary>The same signals with what the networks make of them.</summary>
    public Signals Extend(Signals signals)
    {
        if (_options.Count == 0)
            return signals;
        RoleSignals student = Extend(signals.Student, _options.Where(a => a.Value.Role == TapRole.Student));
        RoleSignals[] teachers =
        [
            .. signals.Teachers.Select(teacher => Extend(teacher, _options.Where(
                a => a.Value.Role == TapRole.Teacher && (a.Value.From ?? signals.Teachers[0].Name) == teacher.Name))),
        ];
        return new Signals(signals.Batch, signals.Clock, student, teachers);
    }

    public void Dispose() => _networks.Dispose();

    private static Tensor InputOf(AuxiliaryOptions options, Signals signals) => options.Role == TapRole.Student
        ? signals.Student.Tap(options.Tap)
        : (options.From is { } name ? signals.From(name) : signals).Teacher.Tap(options.Tap);

    private RoleSignals Extend(RoleSignals role, IEnumerable<KeyValuePair<string, AuxiliaryOptions>> auxiliaries)
    {
        KeyValuePair<string, AuxiliaryOptions>[] mine = [.. auxiliaries];
        RoleSignals With(RoleSignals found) => found.With(mine.Select(a => new KeyValuePair<TapPath, Tensor>(
            TapPath.OfAuxiliary(a.Key), _networks[a.Key].Call(found.Tap(a.Value.Tap)))));
        return mine.Length == 0 ? role : With(role).With(role.Others.ToDictionary(o => o.Key, o => With(o.Value)));
    }

    private static void Load(string name, Sequential network, string stage, IReadOnlyDictionary<string, Tensor> left)
    {
        string prefix = TapPath.OfAuxiliary(name).Path + "/";
        using var scope = new TensorScope();
        try
        {
            network.LoadStateDict(left.Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(p => p.Key[prefix.Length..], p => p.Value));
        }
        catch (StateDictException e)
        {
            throw new ArgumentException($"auxiliary '{name}' does not fit what stage '{stage}' left: {e.Message}", e);
        }
    }
}
