using System.Runtime.InteropServices;
using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Collects nodes and weights, gives them names, and knows the shape of every tensor it made.</summary>
internal sealed partial class GraphBuilder
{
    private readonly List<OnnxNode> _nodes = [];
    private readonly List<OnnxTensor> _initializers = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _counters = [];
    private readonly Dictionary<string, OnnxValue> _constants = [];
    private readonly List<(Tensor Tensor, OnnxValue Value)> _tensors = [];
    private readonly List<OnnxPort> _inputs = [];

    /// <summary>Names an input of the model.</summary>
    public OnnxValue Input(string name, DType dtype, IReadOnlyList<Extent> shape, string? batchName)
    {
        Reserve(name);
        _inputs.Add(new OnnxPort(name, dtype, Dimensions(shape, batchName)));
        var input = new OnnxValue(name, dtype, shape);
        _batchSource ??= input;
        return input;
    }

    /// <summary>Keeps a name from being given to anything else.</summary>
    /// <exception cref="ExportException">It is taken or empty.</exception>
    public void Reserve(string name)
    {
        if (string.IsNullOrEmpty(name) || !_names.Add(name))
            throw new ExportException(
                $"'{name}' cannot name two things of the graph, nor may a name be empty; inputs, outputs and weights need " +
                "different names.");
    }

    /// <summary>A weight or a constant tensor of the traced forward, once for each tensor.</summary>
    public OnnxValue Weight(Tensor tensor, string? name = null)
    {
        foreach ((Tensor known, OnnxValue value) in _tensors)
        {
            if (known.IsSame(tensor))
                return value;
        }
        if (name is null)
            name = Unique("constant");
        else
            Reserve(name);
        OnnxValue added = AddInitializer(name, tensor.DType, tensor.Shape, Bytes(tensor));
        _tensors.Add((tensor, added));
        return added;
    }

    /// <summary>A constant made while exporting; the tensor may be freed afterwards.</summary>
    public OnnxValue Literal(Tensor tensor) => AddInitializer(Unique("constant"), tensor.DType, tensor.Shape, Bytes(tensor));

    /// <summary>A scalar of that type.</summary>
    public OnnxValue Scalar(double number, DType dtype)
    {
        string key = FormattableString.Invariant($"{dtype}:{BitConverter.DoubleToInt64Bits(number)}");
        if (_constants.TryGetValue(key, out OnnxValue? known))
            return known;
        using var scope = new TensorScope();
        return _constants[key] = AddInitializer(Unique("scalar"), dtype, [], Bytes(Tensor.Full([], number, dtype)));
    }

    /// <summary>A vector of whole numbers, int64.</summary>
    public OnnxValue Vector(params ReadOnlySpan<long> numbers)
    {
        string key = "ints:" + string.Join(',', numbers.ToArray());
        if (_constants.TryGetValue(key, out OnnxValue? known))
            return known;
        return _constants[key] = AddInitializer(
            Unique("sizes"), DType.Int64, [numbers.Length], MemoryMarshal.AsBytes(numbers).ToArray());
    }

    /// <summary>A vector of float32.</summary>
    public OnnxValue Floats(params ReadOnlySpan<float> numbers) =>
        AddInitializer(Unique("scales"), DType.Float32, [numbers.Length], MemoryMarshal.AsBytes(numbers).ToArray());

    /// <summary>A tensor with one number everywhere, of any shape.</summary>
    public OnnxValue Full(double number, DType dtype, IReadOnlyList<Extent> shape)
    {
        OnnxValue scalar = Scalar(number, dtype);
        return shape.Count == 0 ? scalar : Emit("Expand", [scalar, Shape(shape)], dtype, shape);
    }

    /// <summary>Adds a node with one result.</summary>
    public OnnxValue Emit(
        string op, ReadOnlySpan<OnnxValue?> inputs, DType dtype, IReadOnlyList<Extent> shape,
        params ReadOnlySpan<(string Name, object Value)> attributes) =>
        EmitMany(op, inputs, [(dtype, shape)], attributes)[0];

    /// <summary>Adds a node with several results.</summary>
    public OnnxValue[] EmitMany(
        string op, ReadOnlySpan<OnnxValue?> inputs, IReadOnlyList<(DType DType, IReadOnlyList<Extent> Shape)> results,
        params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        string name = Unique(op);
        OnnxValue[] outputs = [.. results.Select((result, k) =>
            new OnnxValue(results.Count == 1 ? name : Unique($"{name}_out"), result.DType, result.Shape))];
        var list = new List<string>();
        foreach (OnnxValue? input in inputs)
            list.Add(input?.Name ?? string.Empty);
        while (list.Count > 0 && list[^1].Length == 0)
            list.RemoveAt(list.Count - 1);
        var described = new List<OnnxAttribute>();
        foreach ((string attribute, object value) in attributes)
            described.Add(new OnnxAttribute(attribute, value));
        _nodes.Add(new OnnxNode(op, name, list, [.. outputs.Select(o => o.Name)], described));
        return outputs;
    }

    /// <summary>The finished graph: outputs under their names, and nothing that no output needs.</summary>
    public OnnxGraph Finish(string name, IReadOnlyList<(string Name, OnnxValue Value)> outputs, string? batchName)
    {
        var ports = new List<OnnxPort>();
        var renamed = new Dictionary<string, string>();
        HashSet<string> computed = [.. _nodes.SelectMany(n => n.Outputs)];
        foreach ((string wanted, OnnxValue value) in outputs)
        {
            ports.Add(new OnnxPort(wanted, value.DType, Dimensions(value.Shape, batchName)));
            // What is an input, a weight or another output already cannot take this name, and is copied to it.
            if (!computed.Contains(value.Name) || !renamed.TryAdd(value.Name, wanted))
                _nodes.Add(new OnnxNode("Identity", Unique("Identity"), [value.Name], [wanted], []));
        }
        IReadOnlyList<string> Rename(IReadOnlyList<string> names) => [.. names.Select(n => renamed.GetValueOrDefault(n, n))];
        for (int k = 0; k < _nodes.Count; k++)
            _nodes[k] = _nodes[k] with { Inputs = Rename(_nodes[k].Inputs), Outputs = Rename(_nodes[k].Outputs) };
        var needed = new HashSet<string>(outputs.Select(o => o.Name));
        var nodes = new List<OnnxNode>();
        for (int k = _nodes.Count - 1; k >= 0; k--)
        {
            if (!_nodes[k].Outputs.Any(needed.Contains))
                continue;
            nodes.Add(_nodes[k]);
            needed.UnionWith(_nodes[k].Inputs);
        }
        nodes.Reverse();
        return new OnnxGraph(name, _inputs, ports, nodes, [.. _initializers.Where(i => needed.Contains(i.Name))]);
    }

    private static List<object?> Dimensions(IReadOnlyList<Extent> shape, string? batchName) => [.. shape.Select(size =>
        size.IsConstant ? size.First : size == Extent.Batch ? (object?)batchName : null)];

    private OnnxValue AddInitializer(string name, DType dtype, IReadOnlyList<long> shape, byte[] data)
    {
        _initializers.Add(new OnnxTensor(name, dtype, shape, data));
        return new OnnxValue(name, dtype, [.. shape.Select(size => (Extent)size)]);
    }

    private string Unique(string stem)
    {
        string name;
        do
        {
            int count = _counters[stem] = _counters.GetValueOrDefault(stem) + 1;
            name = FormattableString.Invariant($"{stem}_{count}");
        }
        while (!_names.Add(name));
        return name;
    }

    private static byte[] Bytes(Tensor tensor)
    {
        if (OnnxSerializer.ElementType(tensor.DType) == 0)
            throw new ExportException(
                $"A weight {tensor} has a type that ONNX runtimes do not take. Convert the model to float32 first " +
                "(module.To(dtype: DType.Float32)).");
        var data = new byte[checked(tensor.NumElements * tensor.DType.Size())];
        switch (tensor.DType)
        {
            case DType.Float32: tensor.CopyTo(MemoryMarshal.Cast<byte, float>(data.AsSpan())); break;
            case DType.Float64: tensor.CopyTo(MemoryMarshal.Cast<byte, double>(data.AsSpan())); break;
            case DType.Float16: tensor.CopyTo(MemoryMarshal.Cast<byte, Half>(data.AsSpan())); break;
            case DType.Int64: tensor.CopyTo(MemoryMarshal.Cast<byte, long>(data.AsSpan())); break;
            case DType.Int32: tensor.CopyTo(MemoryMarshal.Cast<byte, int>(data.AsSpan())); break;
            case DType.Int16: tensor.CopyTo(MemoryMarshal.Cast<byte, short>(data.AsSpan())); break;
            case DType.Int8: tensor.CopyTo(MemoryMarshal.Cast<byte, sbyte>(data.AsSpan())); break;
            case DType.Bool: tensor.CopyTo(MemoryMarshal.Cast<byte, bool>(data.AsSpan())); break;
            default: tensor.CopyTo<byte>(data); break;
        }
        return data;
    }
}
