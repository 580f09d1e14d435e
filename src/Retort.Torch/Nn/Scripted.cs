namespace Retort.Torch.Nn;

/// <summary>A TorchScript module among our own: weights under their names, sub-modules that can be tapped.</summary>
/// <remarks>
/// <para>This is how a network from PyTorch joins a run: <c>torch.jit.save(torch.jit.trace(model, example), path)</c> there,
/// <see cref="Load"/> here. It takes one tensor.</para>
/// <para>Hooks on its sub-modules see inputs and outputs but cannot replace them. What can be tapped is what the file still
/// calls as a sub-module; see <see cref="ScriptModule.WithTaps"/>.</para>
/// <para>Weights put into its slots (a state dict, another device, <see cref="Module.WithParameters"/>) reach the script at
/// the next call.</para>
/// </remarks>
public sealed class Scripted : Module
{
    private readonly Variant _plain;
    private readonly Dictionary<string, Variant> _tapped = [];
    private readonly List<(string Name, Slot Slot)> _state = [];

    /// <summary>Wraps a script, which it owns from now on.</summary>
    public Scripted(ScriptModule script)
    {
        ArgumentNullException.ThrowIfNull(script);
        var parts = new Dictionary<string, Part>();
        foreach (string path in script.ModulePaths())
        {
            int dot = path.LastIndexOf('.');
            var part = new Part(path);
            parts[path] = dot < 0 ? Child(path, part) : parts[path[..dot]].Add(path[(dot + 1)..], part);
        }

        using var scope = new TensorScope();
        foreach ((string name, Tensor value, bool isBuffer) in script.NamedState())
        {
            int dot = name.LastIndexOf('.');
            Module owner = dot < 0 ? this : parts[name[..dot]];
            _state.Add((name, owner.Adopt(name[(dot + 1)..], value, isBuffer)));
        }

        _plain = new Variant(script, [], _state.Select(s => s.Slot.Value));
        Train(script.IsTraining);
    }

    /// <summary>Which of several tensors that the script gives is the output; null where it gives one.</summary>
    public int? Output { get; init; }

    /// <summary>Loads a file that <c>torch.jit.save</c> wrote.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="TorchException">The file is no TorchScript archive.</exception>
    public static Scripted Load(string path) => new(ScriptModule.Load(path));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        Part[] inputs = Hooked(p => p.HasInputHooks), outputs = Hooked(p => p.HasOutputHooks);
        Variant variant = inputs.Length + outputs.Length == 0 ? _plain : Tapped(outputs, inputs);
        variant.Follow(_state, Training);
        Tensor[] results = variant.Script.Call(input);
        int own = results.Length - variant.Parts.Count;
        for (int k = 0; k < variant.Parts.Count; k++)
        {
            Tensor seen = results[own + k];
            Part part = variant.Parts[k];
            if (!ReferenceEquals(k < outputs.Length ? part.RunOutputHooks(seen) : part.RunInputHooks(seen), seen))
                throw new NotSupportedException(
                    $"'{part.Path}' is part of a TorchScript module: a hook can see its tensors but not replace them.");
        }

        return Output is { } chosen && chosen >= 0 && chosen < own ? results[chosen]
            : Output is null && own == 1 ? results[0]
            : throw new InvalidOperationException(
                $"the script gives {own} tensors and {nameof(Output)} is {Output?.ToString() ?? "null"}: "
                + $"name one from 0 to {own - 1}.");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        _plain.Script.Dispose();
        foreach (Variant variant in _tapped.Values)
            variant.Script.Dispose();
    }

    private Part[] Hooked(Func<Part, bool> which) => [.. NamedModules().Select(m => m.Value).OfType<Part>().Where(which)];

    private Variant Tapped(Part[] outputs, Part[] inputs)
    {
        string key = $"{string.Join(' ', outputs.Select(p => p.Path))}|{string.Join(' ', inputs.Select(p => p.Path))}";
        if (_tapped.TryGetValue(key, out Variant? known))
            return known;
        ScriptModule script = _plain.Script.WithTaps(
            Array.ConvertAll(outputs, p => p.Path), Array.ConvertAll(inputs, p => p.Path));
        return _tapped[key] = new Variant(script, [.. outputs, .. inputs], _plain.Held);
    }

    /// <summary>A sub-module of the script: a name to tap and a place for weights.</summary>
    private sealed class Part(string path) : Module
    {
        public string Path { get; } = path;

        public Part Add(string name, Part part) => Child(name, part);

        protected override Tensor Forward(Tensor input) =>
            throw new NotSupportedException($"'{Path}' is part of a TorchScript module and cannot run by itself.");
    }

    /// <summary>The script with some taps, and which tensors and mode it was last given.</summary>
    private sealed class Variant(ScriptModule script, IReadOnlyList<Part> parts, IEnumerable<Tensor> held)
    {
        private bool? _training;

        public ScriptModule Script { get; } = script;

        public IReadOnlyList<Part> Parts { get; } = parts;

        public Tensor[] Held { get; } = [.. held];

        public void Follow(List<(string Name, Slot Slot)> state, bool training)
        {
            for (int k = 0; k < Held.Length; k++)
            {
                Tensor now = state[k].Slot.Value;
                if (ReferenceEquals(now, Held[k]))
                    continue;
                Script.Set(state[k].Name, now);
                Held[k] = now;
            }

            if (_training == training)
                return;
            _training = training;
            Script.Train(training);
        }
    }
}
