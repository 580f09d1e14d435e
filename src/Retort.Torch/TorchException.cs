namespace Retort.Torch;

/// <summary>What kind of failure libtorch reported.</summary>
public enum TorchErrorKind
{
    /// <summary>A check inside libtorch failed.</summary>
    Failed = -1,

    /// <summary>An index or dimension is out of range.</summary>
    Index = -2,

    /// <summary>A value is not allowed.</summary>
    Value = -3,

    /// <summary>The operator has no implementation for these types or this device.</summary>
    NotImplemented = -4,

    /// <summary>Memory ran out.</summary>
    OutOfMemory = -5,

    /// <summary>A decomposition did not converge or a matrix is singular.</summary>
    LinearAlgebra = -6,
}

/// <summary>An operator or another call into libtorch failed.</summary>
public sealed class TorchException : Exception
{
    /// <summary>Creates the exception for one failed call.</summary>
    /// <param name="operatorName">The operator, as <c>aten::add.Tensor</c>, or the engine's function.</param>
    /// <param name="detail">libtorch's message.</param>
    /// <param name="arguments">Shapes and dtypes of the tensors that went in, or an empty string.</param>
    /// <param name="kind">What kind of failure it is.</param>
    public TorchException(string operatorName, string detail, string arguments = "", TorchErrorKind kind = TorchErrorKind.Failed)
        : base(arguments.Length == 0 ? $"{operatorName}: {detail}" : $"{operatorName}({arguments}): {detail}")
    {
        Operator = operatorName;
        Kind = kind;
    }

    /// <summary>The operator, as <c>aten::add.Tensor</c>.</summary>
    public string Operator { get; }

    /// <summary>What kind of failure it is.</summary>
    public TorchErrorKind Kind { get; }
}
