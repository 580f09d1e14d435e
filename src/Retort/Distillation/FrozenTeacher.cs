using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>A teacher that never changes, compiled once: batch-norms folded, and on the CPU kept in oneDNN's blocked
/// layouts.</summary>
/// <remarks>
/// The forward is traced with its taps as further outputs. If the compiled form does not agree with the model on the first
/// batch (control flow that depends on values), the model itself is run from then on; so it is for samples of another shape than
/// the first ones', because a trace keeps the sizes that it has seen.
/// </remarks>
public sealed class FrozenTeacher : ITeacher
{
    private const double Tolerance = 1e-3;
    private readonly Role _role;
    private readonly TapSession _session;
    private ScriptModule? _compiled;
    private long[]? _shape;

    /// <summary>Prepares a teacher; it is compiled at the first batch.</summary>
    /// <param name="role">The teacher, which is put into evaluation mode and frozen.</param>
    /// <param name="taps">What criteria need from inside it.</param>
    public FrozenTeacher(Role role, IEnumerable<TapPath> taps)
    {
        ArgumentNullException.ThrowIfNull(role);
        _role = role;
        role.Model.Eval();
        role.Model.SetTrainable(false);
        _session = new TapSession(role, taps);
    }

    /// <inheritdoc/>
    public string Name => _role.Name;

    /// <summary>Whether the compiled form is in use.</summary>
    public bool IsCompiled => _compiled is not null;

    /// <inheritdoc/>
    public RoleSignals Run(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return Run(batch.Input);
    }

    /// <summary>Runs the teacher without a gradient.</summary>
    /// <param name="input">A batch, [N, …].</param>
    public RoleSignals Run(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using GradMode off = Autograd.NoGrad();
        if (_shape is null)
            Compile(input);
        return _compiled is not null && input.Shape.AsSpan(1).SequenceEqual(_shape) ? RunCompiled(input) : _session.Run(input);
    }

    /// <summary>Frees the compiled form and removes the taps; the model stays.</summary>
    public void Dispose()
    {
        _compiled?.Dispose();
        _compiled = null;
        _session.Dispose();
    }

    private RoleSignals RunCompiled(Tensor input)
    {
        Tensor[] outputs = _compiled!.Call(input);
        var taps = new Dictionary<TapPath, Tensor>();
        for (int k = 0; k < _session.Taps.Count; k++)
            taps[_session.Taps[k]] = outputs[k + 1];
        return new RoleSignals(Name, outputs[0], taps);
    }

    private void Compile(Tensor input)
    {
        _shape = input.Shape[1..];
        using var scope = new TensorScope();
        RoleSignals expected = _session.Run(input);
        try
        {
            using ScriptModule traced = ScriptModule.Trace(
                _role.Model,
                inputs =>
                {
                    RoleSignals signals = _session.Run(inputs[0]);
                    return [signals.Output, .. _session.Taps.Select(signals.Tap)];
                },
                input);
            _compiled = traced.Freeze(onednn: input.Device.Type == DeviceType.Cpu && input.DType == DType.Float32);
            RoleSignals found = RunCompiled(input);
            if (Agree(expected.Output, found.Output) && _session.Taps.All(t => Agree(expected.Tap(t), found.Tap(t))))
                return;
        }
        catch (TorchException)
        {
            // A model that cannot be traced runs as it is.
        }

        _compiled?.Dispose();
        _compiled = null;
    }

    private static bool Agree(Tensor expected, Tensor found)
    {
        if (!expected.Shape.AsSpan().SequenceEqual(found.Shape))
            return false;
        double scale = Math.Max(1, expected.Abs().Max().ToDouble());
        return (expected - found).Abs().Max().ToDouble() <= Tolerance * scale;
    }
}
