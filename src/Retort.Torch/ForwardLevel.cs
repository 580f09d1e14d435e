using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>A level of forward-mode differentiation: values that carry a tangent.</summary>
public sealed class ForwardLevel : IDisposable
{
    private static readonly Operator MakeDual = new("aten::_make_dual");
    private static readonly Operator UnpackDual = new("aten::_unpack_dual");
    private long _level = Native.rt_forward_level_enter();

    internal ForwardLevel() => Native.Check(_level, "enter_dual_level");

    /// <summary>A value with its tangent, of the same shape.</summary>
    public Tensor Dual(Tensor value, Tensor tangent) => (Tensor)MakeDual.Call(value, tangent, _level)[0]!;

    /// <summary>The tangent of a value: the Jacobian-vector product; null where it does not depend on a dual.</summary>
    public Tensor? Tangent(Tensor value) => UnpackDual.Call(value, _level)[1] as Tensor;

    /// <summary>Ends the level. Safe to call twice.</summary>
    public void Dispose()
    {
        long level = Interlocked.Exchange(ref _level, -1);
        if (level >= 0)
            Native.rt_forward_level_exit(level);
    }
}
