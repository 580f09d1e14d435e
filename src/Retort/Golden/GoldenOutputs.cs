using Retort.Torch;

namespace Retort.Golden;

/// <summary>What a method computed from the inputs of a reference vector.</summary>
/// <remarks>Names are those of the file's <c>expected</c>: <c>loss</c>, <c>loss:PART</c>, or a named result. A value is a Tensor,
/// a number, a text, or nested lists of these.</remarks>
public sealed class GoldenOutputs : Dictionary<string, object>
{
    /// <summary>A loss, from which gradients are taken.</summary>
    public static implicit operator GoldenOutputs(Tensor loss) => FromTensor(loss);

    /// <summary>A loss, from which gradients are taken.</summary>
    public static GoldenOutputs FromTensor(Tensor loss) => new() { ["loss"] = loss };
}
