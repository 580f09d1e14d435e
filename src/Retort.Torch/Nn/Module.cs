using System.Reflection;

namespace Retort.Torch.Nn;

/// <summary>A piece of a network: parameters, buffers and children under PyTorch's names, and a forward.</summary>
/// <remarks>
/// <para>Callers use <see cref="Call"/>, which runs hooks; a module implements <see cref="Forward"/> and calls its children
/// with <c>child.Call(x)</c>, so that nothing inside a network escapes a tap.</para>
/// <para>The strings given to <see cref="Child"/> and <see cref="Parameter"/> are the checkpoint's contract: renaming a field
/// never renames a weight.</para>
/// </remarks>
public abstract class Module : IDisposable
{
    private readonly List<KeyValuePair<string, Module>> _children = [];
    private readonly List<Parameter> _parameters = [];
    private readonly List<Buffer> _buffers = [];
    private List<Func<Tensor, Tensor?>>? _inputHooks;
    private List<Func<Tensor, Tensor?>>? _outputHooks;

    /// <summary>Whether it behaves as in training: dropout drops, batch-norm uses the batch's statistics.</summary>
    public bool Training { get; private set; } = true;

    /// <summary>Children by name, in order of registration.</summary>
    public IReadOnlyList<KeyValuePair<string, Module>> Children => _children;

    /// <summary>Its own parameters, without the children's.</summary>
    public IReadOnlyList<Parameter> OwnParameters => _parameters;

    /// <summary>Its own buffers, without the children's.</summary>
    public IReadOnlyList<Buffer> OwnBuffers => _buffers;

    /// <summary>Runs the module and its hooks.</summary>
    public Tensor Call(Tensor input) => Hooked(input, Forward);

    /// <summary>Computes the output; what a kind of module implements.</summary>
    protected abstract Tensor Forward(Tensor input);

    /// <summary>Runs a forward between the hooks; modules with other signatures build their own <c>Call</c> on it.</summary>
    protected Tensor Hooked(Tensor input, Func<Tensor, Tensor> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        return RunOutputHooks(forward(RunInputHooks(input)));
    }

    /// <summary>Whether a function runs on each input.</summary>
    internal bool HasInputHooks => _inputHooks is { Count: > 0 };

    /// <summary>Whether a function runs on each output.</summary>
    internal bool HasOutputHooks => _outputHooks is { Count: > 0 };

    /// <summary>Shows an input to its hooks; gives what they make of it.</summary>
    internal Tensor RunInputHooks(Tensor input) => RunHooks(_inputHooks, input);

    /// <summary>Shows an output to its hooks; gives what they make of it.</summary>
    internal Tensor RunOutputHooks(Tensor output) => RunHooks(_outputHooks, output);

    private static Tensor RunHooks(List<Func<Tensor, Tensor?>>? hooks, Tensor tensor)
    {
        if (hooks is null)
            return tensor;
        foreach (Func<Tensor, Tensor?> hook in hooks.ToArray())
            tensor = hook(tensor) ?? tensor;
        return tensor;
    }

    /// <summary>Registers a child.</summary>
    /// <returns>The child.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    protected T Child<T>(string name, T module)
        where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        RequireFree(name);
        _children.Add(new(name, module));
        return module;
    }

    /// <summary>Registers a trainable tensor.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    protected Parameter Parameter(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        RequireFree(name);
        var parameter = new Parameter(name, value);
        if (value.DType.IsFloatingPoint())
            parameter.Trainable = true;
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Registers a tensor of state that no gradient trains.</summary>
    /// <param name="name">The last part of its dotted name.</param>
    /// <param name="value">Its initial value.</param>
    /// <param name="persistent">Whether it is part of the state dict.</param>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    protected Buffer Buffer(string name, Tensor value, bool persistent = true)
    {
        RequireFree(name);
        var buffer = new Buffer(name, value, persistent);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>Registers a tensor that came from elsewhere, trainable or not as it is.</summary>
    internal Slot Adopt(string name, Tensor value, bool isBuffer)
    {
        if (isBuffer)
            return Buffer(name, value);
        bool trainable = value.RequiresGrad;
        Parameter parameter = Parameter(name, value);
        parameter.Trainable = trainable;
        return parameter;
    }

    /// <summary>Puts another module in a child's place.</summary>
    /// <returns>The module that was there, which the caller now owns.</returns>
    /// <exception cref="ArgumentException">There is no such child, or its field is of another type.</exception>
    public virtual Module ReplaceChild(string name, Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        int index = _children.FindIndex(c => c.Key == name);
        if (index < 0)
        {
            throw new ArgumentException(
                $"there is no child '{name}'; there are: {string.Join(", ", _children.Select(c => c.Key))}.", nameof(name));
        }
        Module before = _children[index].Value;
        // First, since it may refuse: then nothing has changed.
        OnChildReplaced(name, before, module);
        _children[index] = new(name, module);
        return before;
    }

    /// <summary>Renews the fields that a module calls a child through, before the child is replaced.</summary>
    /// <remarks>As it stands it renews every field that holds the child; modules that read their children need nothing.</remarks>
    /// <exception cref="ArgumentException">A field cannot hold the new module, or no field holds the old one.</exception>
    protected virtual void OnChildReplaced(string name, Module before, Module after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var fields = new List<FieldInfo>();
        for (Type type = GetType(); type != typeof(Module); type = type.BaseType!)
        {
            const BindingFlags OfThisType =
                BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly;
            fields.AddRange(type.GetFields(OfThisType).Where(field =>
                typeof(Module).IsAssignableFrom(field.FieldType) && ReferenceEquals(field.GetValue(this), before)));
        }

        if (fields.Count == 0)
            throw new ArgumentException($"{GetType().Name} cannot have its child '{name}' replaced.", nameof(name));
        if (fields.Find(field => !field.FieldType.IsInstanceOfType(after)) is { } unfit)
            throw new ArgumentException(
                $"the child '{name}' of {GetType().Name} must be a {unfit.FieldType.Name}, not a {after.GetType().Name}.",
                nameof(after));
        foreach (FieldInfo field in fields)
            field.SetValue(this, after);
    }

    /// <summary>Runs a function on the input of each call; it may return a replacement.</summary>
    /// <returns>Removes the hook when disposed.</returns>
    public IDisposable OnInput(Func<Tensor, Tensor?> hook) => new HookHandle(_inputHooks ??= [], hook);

    /// <summary>Runs a function on the output of each call; it may return a replacement.</summary>
    /// <returns>Removes the hook when disposed.</returns>
    public IDisposable OnOutput(Func<Tensor, Tensor?> hook) => new HookHandle(_outputHooks ??= [], hook);

    /// <summary>Sets training or evaluation behaviour, children included.</summary>
    public void Train(bool on = true)
    {
        Training = on;
        foreach ((_, Module child) in _children)
            child.Train(on);
    }

    /// <summary>Sets evaluation behaviour, children included.</summary>
    public void Eval() => Train(false);

    /// <summary>This module and all below it with their dotted paths; this one's is empty.</summary>
    public IEnumerable<KeyValuePair<string, Module>> NamedModules(string prefix = "")
    {
        yield return new(prefix, this);
        foreach ((string name, Module child) in _children)
        {
            foreach (KeyValuePair<string, Module> entry in child.NamedModules(Join(prefix, name)))
                yield return entry;
        }
    }

    /// <summary>All parameters with their dotted names, in PyTorch's order; one shared by two modules comes once.</summary>
    public IEnumerable<KeyValuePair<string, Parameter>> NamedParameters()
    {
        var seen = new HashSet<Parameter>();
        foreach ((string path, Module module) in NamedModules())
        {
            foreach (Parameter parameter in module._parameters)
            {
                if (seen.Add(parameter))
                    yield return new(Join(path, parameter.Name), parameter);
            }
        }
    }

    /// <summary>All buffers with their dotted names, in PyTorch's order.</summary>
    public IEnumerable<KeyValuePair<string, Buffer>> NamedBuffers()
    {
        foreach ((string path, Module module) in NamedModules())
        {
            foreach (Buffer buffer in module._buffers)
                yield return new(Join(path, buffer.Name), buffer);
        }
    }

    /// <summary>All parameters, in PyTorch's order.</summary>
    public IEnumerable<Parameter> Parameters() => NamedParameters().Select(p => p.Value);

    /// <summary>How many numbers the parameters hold.</summary>
    public long ParameterCount() => Parameters().Sum(p => p.Value.NumElements);

    /// <summary>The module at a dotted path.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Module Find(string path) =>
        TryFind(path) ?? throw new ArgumentException($"there is no module '{path}'.", nameof(path));

    /// <summary>The module at a dotted path, or null. The empty path is this module.</summary>
    public Module? TryFind(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Module? module = this;
        foreach (string part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            module = module?._children.Find(c => c.Key == part).Value;
        return module;
    }

    /// <summary>Parameters and persistent buffers under PyTorch's names. The tensors are the module's own, not copies.</summary>
    public IReadOnlyDictionary<string, Tensor> StateDict()
    {
        var state = new OrderedDictionary<string, Tensor>();
        foreach ((string path, Module module) in NamedModules())
        {
            foreach (Parameter parameter in module._parameters)
                state[Join(path, parameter.Name)] = parameter.Value;
            foreach (Buffer buffer in module._buffers.Where(b => b.Persistent))
                state[Join(path, buffer.Name)] = buffer.Value;
        }

        return state;
    }

    /// <summary>Copies values into parameters and buffers by name, converting type and device.</summary>
    /// <param name="state">Values by PyTorch's names.</param>
    /// <param name="strict">Refuse missing and unknown names; otherwise they are skipped.</param>
    /// <exception cref="StateDictException">A name is missing or unknown (where strict), or a shape differs;
    /// nothing was copied.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        IReadOnlyDictionary<string, Tensor> own = StateDict();
        StateDictException.ThrowIfUnfit(own, state, strict);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        foreach ((string name, Tensor target) in own)
        {
            if (state.TryGetValue(name, out Tensor? source))
                target.CopyInPlace(source);
        }
    }

    /// <summary>Lets training change the parameters or not, children included.</summary>
    public void SetTrainable(bool on)
    {
        foreach (Parameter parameter in Parameters().Where(p => p.Value.DType.IsFloatingPoint()))
            parameter.Trainable = on;
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGrad()
    {
        foreach (Parameter parameter in Parameters())
            parameter.Value.Grad = null;
    }

    /// <summary>Moves parameters and buffers to a device and floating-point ones to a type, children included.</summary>
    /// <remarks>Make optimisers afterwards: the tensors are new ones.</remarks>
    public void To(Device? device = null, DType? dtype = null) => ConvertSlots(value =>
    {
        if (device is { } place)
            value = value.To(place);
        return dtype is { } type && value.DType.IsFloatingPoint() ? value.To(type) : value;
    });

    /// <summary>Lays parameters and buffers of four dimensions out in a memory format, children included.</summary>
    /// <remarks>Inputs should lie likewise. Make optimisers afterwards: the tensors are new ones.</remarks>
    public void To(MemoryFormat format) =>
        // Copied even where the order of elements stays (one channel, or 1 × 1): the strides tell convolutions the layout.
        ConvertSlots(value => value.Dimensions == 4 ? value.ToCopy(memoryFormat: format) : value);

    /// <summary>Puts other tensors in the place of parameters and buffers until the result is disposed.</summary>
    /// <remarks>
    /// So a network is a function of its parameters: the forward inside the block is recorded as one of these tensors, which
    /// may themselves be results (an inner step of a bilevel method).
    /// </remarks>
    /// <param name="replacements">Tensors by dotted name; names left out keep what they have.</param>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    /// <exception cref="ShapeException">A shape differs from the parameter's.</exception>
    public IDisposable WithParameters(IReadOnlyDictionary<string, Tensor> replacements)
    {
        ArgumentNullException.ThrowIfNull(replacements);
        var slots = new Dictionary<string, Slot>();
        foreach ((string path, Module module) in NamedModules())
        {
            foreach (Slot slot in module._parameters.Concat<Slot>(module._buffers))
                slots[Join(path, slot.Name)] = slot;
        }

        foreach ((string name, Tensor value) in replacements)
        {
            if (!slots.TryGetValue(name, out Slot? slot))
                throw new ArgumentException($"there is no parameter or buffer '{name}'.", nameof(replacements));
            if (!slot.Value.Shape.AsSpan().SequenceEqual(value.Shape))
                throw new ShapeException($"'{name}' has the shape {Shapes.Text(slot.Value)}, not {Shapes.Text(value)}.");
        }

        return new Exchange([.. replacements.Select(r => (slots[r.Key], r.Value))]);
    }

    /// <summary>Frees parameters and buffers, children included.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees parameters and buffers, children included.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        foreach (Slot slot in _parameters.Concat<Slot>(_buffers))
            slot.Value.Dispose();
        foreach ((_, Module child) in _children)
            child.Dispose();
    }

    private void ConvertSlots(Func<Tensor, Tensor> convert)
    {
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        foreach ((_, Module module) in NamedModules())
        {
            foreach (Slot slot in module._parameters.Concat<Slot>(module._buffers))
            {
                Tensor before = slot.Value, after = convert(before);
                if (ReferenceEquals(after, before))
                    continue;
                bool trainable = before.RequiresGrad;
                slot.Value = after;
                after.SetRequiresGrad(trainable);
                before.Dispose();
            }
        }
    }

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    private void RequireFree(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' holds a dot, which separates the parts of a path.", nameof(name));
        if (_children.Exists(c => c.Key == name) || _parameters.Exists(p => p.Name == name)
            || _buffers.Exists(b => b.Name == name))
        {
            throw new ArgumentException($"the name '{name}' is taken.", nameof(name));
        }
    }

    private sealed class Exchange : IDisposable
    {
        private readonly (Slot Slot, Tensor Before)[] _before;
        private bool _disposed;

        public Exchange((Slot Slot, Tensor Value)[] values) =>
            _before = Array.ConvertAll(values, v => (v.Slot, v.Slot.Exchange(v.Value)));

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach ((Slot slot, Tensor before) in _before)
                slot.Exchange(before);
        }
    }
}
