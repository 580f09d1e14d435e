using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>An operator of the traced forward with its arguments, as a lowering sees it.</summary>
/// <remarks>
/// Arguments are read by their place in the operator's schema; what a shorter overload leaves out reads as None.
/// </remarks>
internal sealed class OperatorCall(GraphBuilder graph, string module, BatchNode node, IReadOnlyList<object?> arguments)
{
    /// <summary>A tensor without defined elements, such as the result of <c>empty</c>.</summary>
    public static readonly object Undefined = new();

    public GraphBuilder Graph => graph;

    public string Op => node.Op;

    public int Count => arguments.Count;

    public int Results => node.Outputs.Count;

    /// <summary>Type and shape that tracing saw for the first result.</summary>
    public DType DType => TypeOf(0);

    /// <inheritdoc cref="DType"/>
    public IReadOnlyList<Extent> Shape => ShapeOf(0);

    public object? this[int index] => index < arguments.Count ? arguments[index] : null;

    public DType TypeOf(int result) =>
        node.Outputs[result].DType ?? throw Fail("tracing did not record the element type of its result");

    public IReadOnlyList<Extent> ShapeOf(int result) =>
        node.Outputs[result].Shape ?? throw Fail("tracing did not record the shape of its result");

    public bool Has(int index) => this[index] is not null;

    public bool IsList(int index) => this[index] is object?[];

    public bool IsTensor(int index) => this[index] is OnnxValue or Tensor;

    /// <summary>A tensor; numbers become scalars.</summary>
    public OnnxValue Value(int index) => AsTensor(this[index], index);

    /// <summary>A tensor in the element type of the result.</summary>
    public OnnxValue Promoted(int index) => Operand(index, DType);

    /// <summary>A tensor or number in that element type.</summary>
    public OnnxValue Operand(int index, DType dtype) => this[index] switch
    {
        double number => graph.Scalar(number, dtype),
        bool flag => graph.Scalar(flag ? 1 : 0, dtype),
        Extent number => graph.Number(number, dtype),
        _ => graph.Cast(Value(index), dtype),
    };

    public OnnxValue? OptionalTensor(int index) => Has(index) ? Value(index) : null;

    public OnnxValue[] Tensors(int index) => this[index] is object?[] list
        ? [.. list.Select(e => AsTensor(e, index))]
        : throw Mismatch(index, "a list of tensors");

    public Extent Int(int index) => this[index] switch
    {
        Extent number => number,
        bool flag => flag ? 1 : 0,
        _ => throw Mismatch(index, "a whole number"),
    };

    public long Long(int index) => Constant(Int(index));

    public long Long(int index, long otherwise) => Has(index) ? Long(index) : otherwise;

    public double Number(int index) => this[index] switch
    {
        double number => number,
        Extent number => Constant(number),
        bool flag => flag ? 1 : 0,
        Tensor { NumElements: 1 } scalar => scalar.ToDouble(),
        _ => throw Mismatch(index, "a number"),
    };

    public double Number(int index, double otherwise) => Has(index) ? Number(index) : otherwise;

    public bool Flag(int index, bool otherwise = false) => this[index] switch
    {
        null => otherwise,
        bool flag => flag,
        Extent number => Constant(number) != 0,
        _ => throw Mismatch(index, "true or false"),
    };

    public string Text(int index, string otherwise) => this[index] switch
    {
        null => otherwise,
        string text => text,
        _ => throw Mismatch(index, "a text"),
    };

    public Extent[] Ints(int index) => this[index] switch
    {
        Extent number => [number],
        object?[] list => [.. list.Select(e => e is Extent number ? number : throw Mismatch(index, "a list of whole numbers"))],
        _ => throw Mismatch(index, "a list of whole numbers"),
    };

    public long[] Longs(int index) => [.. Ints(index).Select(Constant)];

    /// <summary>Numbers of spatial dimensions, one number standing for all.</summary>
    public long[] Spread(int index, int count, long otherwise)
    {
        long[] numbers = Has(index) ? Longs(index) : [];
        return numbers.Length switch
        {
            0 => [.. Enumerable.Repeat(otherwise, count)],
            1 => [.. Enumerable.Repeat(numbers[0], count)],
            _ => numbers,
        };
    }

    public double?[]? Numbers(int index) => this[index] switch
    {
        null => null,
        object?[] list => [.. list.Select(e => e as double? ?? (e is Extent number ? Constant(number) : null))],
        double number => [number],
        _ => throw Mismatch(index, "a list of numbers"),
    };

    /// <summary>Axes counted from the front; none where the argument is None or empty.</summary>
    public int[] Axes(int index, int rank) =>
        Has(index) ? [.. Longs(index).Select(axis => (int)(axis < 0 ? axis + rank : axis))] : [];

    public long Constant(Extent number) => number.IsConstant
        ? number.First
        : throw Fail("an argument that must be fixed follows the batch size");

    public ExportException Fail(string reason) => new(module, node.Op, reason);

    private OnnxValue AsTensor(object? value, int index)
    {
        if (ReferenceEquals(value, Undefined))
            throw Fail(
                "it reads a tensor whose elements the traced forward never computes: tensors made from managed data inside a " +
                "forward leave no trace, so make them in the constructor and register them with Buffer(...)");
        return value switch
        {
            OnnxValue tensor => tensor,
            Tensor tensor => graph.Weight(tensor),
            Extent number => graph.Number(number),
            double number => graph.Scalar(number, DType.Float32),
            bool flag => graph.Scalar(flag ? 1 : 0, DType.Bool),
            _ => throw Mismatch(index, "a tensor"),
        };
    }

    private ExportException Mismatch(int index, string expected) =>
        Fail($"argument {index} is {Describe(this[index])} where {expected} is expected");

    private static string Describe(object? value) => value switch
    {
        null => "None",
        OnnxValue => "a tensor that is computed when the model runs",
        object?[] list => $"a list of {list.Length}",
        _ => $"'{value}'",
    };
}
