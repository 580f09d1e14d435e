using Retort.Torch.Nn;

namespace Retort.Torch.Optim;

/// <summary>A running average of a module's parameters and buffers: e ← d·e + (1 − d)·p after each step.</summary>
/// <remarks>
/// <para>Floating-point buffers (running means and variances) are averaged like parameters or copied, as the options say; integer
/// ones (counters) are always copied. A tensor shared by two names is kept once.</para>
/// <para>An average of parameters costs one copy of them. Nothing is recorded for gradients.</para>
/// </remarks>
public sealed class Ema : IDisposable
{
    private readonly Module _module;
    private readonly EmaOptions _options;
    private readonly OrderedDictionary<string, Tensor> _averages = new();
    private readonly string[] _averaged;
    private readonly string[] _copied;

    /// <summary>Starts from the module's present values.</summary>
    /// <param name="module">Whose values are followed; it stays the caller's.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The decay is not in [0, 1).</exception>
    public Ema(Module module, EmaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        _module = module;
        _options = options ?? new EmaOptions();
        Require.Fraction(_options.Decay);
        var averaged = new List<string>();
        var copied = new List<string>();
        using var noGrad = Autograd.NoGrad();
        foreach ((string name, Tensor value, bool isParameter) in Slots())
        {
            _averages[name] = value.Detach().Clone().Persist();
            (value.DType.IsFloatingPoint() && (isParameter || _options.AverageBuffers) ? averaged : copied).Add(name);
        }

        _averaged = [.. averaged];
        _copied = [.. copied];
    }

    /// <summary>How many updates there were, those before a resumed checkpoint included.</summary>
    public long UpdateCount { get; private set; }

    /// <summary>The averages by dotted name, live; they may be saved as a state dict of the module.</summary>
    public IReadOnlyDictionary<string, Tensor> Averages => _averages;

    /// <summary>The decay that the next update uses.</summary>
    public double NextDecay =>
        _options.WarmUp ? Math.Min(_options.Decay, (1.0 + UpdateCount) / (10.0 + UpdateCount)) : _options.Decay;

    /// <summary>Moves the averages towards the module's values; call it after each optimiser step, outside of
    /// <see cref="Swap"/>.</summary>
    public void Update()
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        Dictionary<string, Tensor> now = Slots().ToDictionary(slot => slot.Name, slot => slot.Value);
        double decay = NextDecay;
        if (_averaged.Length > 0)
        {
            Tensor[] averages = Array.ConvertAll(_averaged, name => _averages[name]);
            Ops.ForeachMulInPlace(averages, decay);
            Ops.ForeachAddInPlace(averages, Array.ConvertAll(_averaged, name => now[name]), 1 - decay);
        }

        foreach (string name in _copied)
            _averages[name].CopyInPlace(now[name]);
        UpdateCount++;
    }

    /// <summary>Puts the averages in the place of the module's own values until the result is disposed; nothing is
    /// copied.</summary>
    public IDisposable Swap() => _module.WithParameters(_averages);

    /// <summary>Copies the averages into another module of the same names, such as a mean teacher.</summary>
    /// <exception cref="StateDictException">The names or shapes differ.</exception>
    public void CopyTo(Module target)
    {
        ArgumentNullException.ThrowIfNull(target);
        IReadOnlyDictionary<string, Tensor> names = target.StateDict();
        target.LoadStateDict(_averages.Where(average => names.ContainsKey(average.Key)).ToDictionary());
    }

    /// <summary>What a checkpoint must hold: <c>ema.NAME</c> for each average, and <c>updates</c>, int64.</summary>
    public IReadOnlyDictionary<string, Tensor> State()
    {
        var state = new OrderedDictionary<string, Tensor> { ["updates"] = Tensor.FromScalar(UpdateCount) };
        foreach ((string name, Tensor average) in _averages)
            state["ema." + name] = average;
        return state;
    }

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">A name is missing or unknown, or a shape differs; nothing is changed
    /// then.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        foreach (string name in state.Keys)
        {
            if (name != "updates" && !(name.StartsWith("ema.", StringComparison.Ordinal) && _averages.ContainsKey(name[4..])))
                throw new InvalidDataException($"The average's state has '{name}', which the module has not.");
        }

        foreach ((string name, Tensor average) in _averages)
        {
            if (!state.TryGetValue("ema." + name, out Tensor? given))
                throw new InvalidDataException($"The average's state lacks 'ema.{name}'.");
            if (!given.Shape.AsSpan().SequenceEqual(average.Shape))
                throw new InvalidDataException($"The average's state has 'ema.{name}' as {given}; the module has {average}.");
        }

        if (!state.TryGetValue("updates", out Tensor? updates) || updates.NumElements != 1 || updates.ToInt64() < 0)
            throw new InvalidDataException("The average's state lacks 'updates', a count.");
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        foreach ((string name, Tensor average) in _averages)
            average.CopyInPlace(state["ema." + name]);
        UpdateCount = updates.ToInt64();
    }

    /// <summary>Frees the averages. Safe to call twice.</summary>
    public void Dispose()
    {
        foreach (Tensor average in _averages.Values)
            average.Dispose();
        _averages.Clear();
    }

    private IEnumerable<(string Name, Tensor Value, bool IsParameter)> Slots() =>
        _module.NamedParameters().Select(p => (p.Key, p.Value.Value, true))
            .Concat(_module.NamedBuffers().Select(b => (b.Key, b.Value.Value, false)));
}

/// <summary>Settings of <see cref="Ema"/>.</summary>
public sealed record EmaOptions
{
    /// <summary>d, how much of the average is kept each update, in [0, 1). Mean teacher uses 0.99 to 0.999 (arXiv:1703.01780,
    /// section 3).</summary>
    public double Decay { get; init; } = 0.999;

    /// <summary>Whether the decay begins low: d is at most (1 + n) / (10 + n) after n updates.</summary>
    public bool WarmUp { get; init; }

    /// <summary>Whether floating-point buffers are averaged; otherwise they are copied.</summary>
    public bool AverageBuffers { get; init; } = true;
}
