using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Distillation;

/// <summary>Captures tensors inside a model while it runs. Nothing else sees inside a model.</summary>
public sealed class TapSession : IDisposable
{
    private readonly List<IDisposable> _hooks = [];
    private readonly Dictionary<TapPath, Tensor> _captured = [];
    private readonly Role _role;

    /// <summary>Hooks the modules that the taps name.</summary>
    /// <exception cref="ArgumentException">A tap names no module.</exception>
    public TapSession(Role role, IEnumerable<TapPath> taps)
    {
        ArgumentNullException.ThrowIfNull(role);
        ArgumentNullException.ThrowIfNull(taps);
        _role = role;
        Taps = [.. taps.Distinct()];
        foreach (TapPath tap in Taps)
        {
            Module module = role.ModuleAt(tap);
            Tensor? Capture(Tensor tensor)
            {
                _captured[tap] = tensor;
                return null;
            }

            _hooks.Add(tap.Side == TapSide.Input ? module.OnInput(Capture) : module.OnOutput(Capture));
        }
    }

    /// <summary>The taps, in a fixed order.</summary>
    public IReadOnlyList<TapPath> Taps { get; }

    /// <summary>Runs the model and gives its output with what was tapped on the way.</summary>
    /// <exception cref="InvalidOperationException">A tapped module did not run.</exception>
    public RoleSignals Run(Tensor input)
    {
        _captured.Clear();
        Tensor output = RunModel(input);
        foreach (TapPath tap in Taps)
        {
            if (!_captured.ContainsKey(tap))
            {
                throw new InvalidOperationException(
                    $"role '{_role.Name}': the module '{tap}' did not run, so there is nothing to tap.");
            }
        }

        return new RoleSignals(_role.Name, output, new Dictionary<TapPath, Tensor>(_captured));
    }

    private Tensor RunModel(Tensor input)
    {
        if (_role.Until is not { } until)
            return _role.Model.Call(input);

        // Hooked only now, after the taps: a tap on the same module has seen its output, and other callers run the network whole.
        using IDisposable end = _role.Model.Find(until).OnOutput(output => throw new LeftOff(output));
        try
        {
            _role.Model.Call(input);
            throw new InvalidOperationException(
                $"role '{_role.Name}': the module '{until}' did not run, so the network did not end there.");
        }
        catch (LeftOff left)
        {
            return left.Output;
        }
    }

    /// <summary>Removes the hooks. Safe to call twice.</summary>
    public void Dispose()
    {
        foreach (IDisposable hook in _hooks)
            hook.Dispose();
        _hooks.Clear();
        _captured.Clear();
    }

    /// <summary>Ends a forward in the middle of a network; nothing but an exception leaves a module of another's
    /// from inside.</summary>
    private sealed class LeftOff(Tensor output) : Exception
    {
        public Tensor Output { get; } = output;
    }
}
