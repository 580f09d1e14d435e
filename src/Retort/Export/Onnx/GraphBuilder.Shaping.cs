using Retort.Torch;

namespace Retort.Export.Onnx;

/// <content>Sizes that follow the batch, and the small operators from which others are composed.</content>
internal sealed partial class GraphBuilder
{
    private readonly Dictionary<Extent, OnnxValue> _computedSizes = [];
    private OnnxValue? _batchSource;

    /// <summary>Sizes as an int64 vector: a constant, or computed from the input's shape where some follow the batch.</summary>
    public OnnxValue Shape(IReadOnlyList<Extent> sizes)
    {
        if (sizes.All(s => s.IsConstant))
            return Vector([.. sizes.Select(s => s.First)]);
        OnnxValue[] parts = [.. sizes.Select(Size)];
        return parts.Length == 1 ? parts[0] : Emit("Concat", parts, DType.Int64, [sizes.Count], ("axis", 0L));
    }

    /// <summary>A size as a scalar of that type.</summary>
    public OnnxValue Number(Extent size, DType dtype = DType.Int64) =>
        size.IsConstant ? Scalar(size.First, dtype) : Cast(Reshape(Size(size), []), dtype);

    /// <summary>Converts the elements, where they are of another type.</summary>
    public OnnxValue Cast(OnnxValue x, DType dtype) =>
        x.DType == dtype ? x : Emit("Cast", [x], dtype, x.Shape, ("to", (long)OnnxSerializer.ElementType(dtype)));

    /// <summary>An operator that keeps type and shape.</summary>
    public OnnxValue Map(string op, OnnxValue x, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Emit(op, [x], x.DType, x.Shape, attributes);

    /// <summary>An operator on two tensors of one type that spreads sizes of 1.</summary>
    public OnnxValue Zip(string op, OnnxValue a, OnnxValue b, DType? result = null) =>
        Emit(op, [a, b], result ?? a.DType, Broadcast(a.Shape, b.Shape));

    /// <summary>An operator on a tensor and a number.</summary>
    public OnnxValue Zip(string op, OnnxValue a, double b, DType? result = null) => Zip(op, a, Scalar(b, a.DType), result);

    /// <summary>Gives other sizes to the same elements.</summary>
    public OnnxValue Reshape(OnnxValue x, IReadOnlyList<Extent> shape)
    {
        if (x.Shape.SequenceEqual(shape))
            return x;
        // One size may be left to the runtime, which keeps most graphs free of arithmetic on sizes.
        OnnxValue target = shape.Count(s => !s.IsConstant) == 1
            ? Vector([.. shape.Select(s => s.IsConstant ? s.First : -1)])
            : Shape(shape);
        return Emit("Reshape", [x, target], x.DType, shape);
    }

    /// <summary>Reorders the dimensions.</summary>
    public OnnxValue Transpose(OnnxValue x, IReadOnlyList<int> order) =>
        order.Select((from, to) => from == to).All(same => same)
            ? x
            : Emit(
                "Transpose", [x], x.DType, [.. order.Select(axis => x.Shape[axis])],
                ("perm", order.Select(axis => (long)axis).ToArray()));

    /// <summary>Exchanges two dimensions.</summary>
    public OnnxValue Swap(OnnxValue x, int first, int second)
    {
        int[] order = [.. Enumerable.Range(0, x.Rank)];
        (order[first], order[second]) = (second, first);
        return Transpose(x, order);
    }

    /// <summary>Inserts a dimension of size 1.</summary>
    public OnnxValue Unsqueeze(OnnxValue x, int axis)
    {
        List<Extent> shape = [.. x.Shape];
        shape.Insert(axis, 1);
        return Emit("Unsqueeze", [x, Vector(axis)], x.DType, shape);
    }

    /// <summary>A stretch of one dimension; the caller knows its length.</summary>
    public OnnxValue Slice(OnnxValue x, int axis, Extent start, Extent end, Extent length, long step = 1)
    {
        Extent[] shape = [.. x.Shape];
        shape[axis] = length;
        return Emit("Slice", [x, Shape([start]), Shape([end]), Vector(axis), Vector(step)], x.DType, shape);
    }

    /// <summary>A stretch of one dimension.</summary>
    public OnnxValue Slice(OnnxValue x, int axis, Extent start, Extent end) => Slice(x, axis, start, end, end - start);

    /// <summary>Cuts a dimension into pieces of those lengths.</summary>
    public OnnxValue[] Split(OnnxValue x, int axis, IReadOnlyList<Extent> lengths)
    {
        if (lengths.Count == 1)
            return [x];
        IReadOnlyList<Extent> Piece(Extent length) => [.. x.Shape.Select((size, k) => k == axis ? length : size)];
        return EmitMany("Split", [x, Shape(lengths)], [.. lengths.Select(l => (x.DType, Piece(l)))], ("axis", (long)axis));
    }

    /// <summary>Joins tensors along a dimension.</summary>
    public OnnxValue Concat(IReadOnlyList<OnnxValue> parts, int axis)
    {
        if (parts.Count == 1)
            return parts[0];
        Extent[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Aggregate((Extent)0, (sum, part) => sum + part.Shape[axis]);
        return Emit("Concat", [.. parts], parts[0].DType, shape, ("axis", (long)axis));
    }

    /// <summary>Spreads sizes of 1 to that shape.</summary>
    public OnnxValue Expand(OnnxValue x, IReadOnlyList<Extent> shape)
    {
        if (x.Shape.SequenceEqual(shape))
            return x;
        // Expand spreads both ways, so a size that stays may be written as 1 and need not be computed.
        int added = shape.Count - x.Rank;
        Extent[] target = [.. shape.Select((size, axis) => axis >= added && x.Shape[axis - added] == size ? 1 : size)];
        return Emit("Expand", [x, Shape(target)], x.DType, shape);
    }

    /// <summary>Reduces dimensions; no axes means all.</summary>
    public OnnxValue Reduce(string op, OnnxValue x, IReadOnlyList<int> axes, bool keep)
    {
        int[] reduced = axes.Count == 0 ? [.. Enumerable.Range(0, x.Rank)] : [.. axes];
        if (reduced.Length == 0)
            return x;
        IReadOnlyList<Extent> shape = keep
            ? [.. x.Shape.Select((size, axis) => reduced.Contains(axis) ? 1 : size)]
            : [.. x.Shape.Where((_, axis) => !reduced.Contains(axis))];
        long[] numbers = [.. reduced.Select(axis => (long)axis)];
        // In opset 17 the sum alone takes its axes as an input.
        return op == "ReduceSum"
            ? Emit(op, [x, Vector(numbers)], x.DType, shape, ("keepdims", keep ? 1L : 0L))
            : Emit(op, [x], x.DType, shape, ("axes", numbers), ("keepdims", keep ? 1L : 0L));
    }

    /// <summary>NumPy's matrix product, vectors included.</summary>
    public OnnxValue MatMul(OnnxValue a, OnnxValue b)
    {
        var shape = new List<Extent>();
        if (a.Rank > 2 || b.Rank > 2)
            shape.AddRange(Broadcast([.. a.Shape.SkipLast(2)], [.. b.Shape.SkipLast(2)]));
        if (a.Rank > 1)
            shape.Add(a.Shape[^2]);
        if (b.Rank > 1)
            shape.Add(b.Shape[^1]);
        return Emit("MatMul", [a, b], a.DType, shape);
    }

    /// <summary>The shape that two tensors spread to.</summary>
    public static IReadOnlyList<Extent> Broadcast(IReadOnlyList<Extent> a, IReadOnlyList<Extent> b)
    {
        int rank = Math.Max(a.Count, b.Count);
        var shape = new Extent[rank];
        for (int k = 1; k <= rank; k++)
        {
            Extent left = k <= a.Count ? a[^k] : 1, right = k <= b.Count ? b[^k] : 1;
            shape[rank - k] = left.IsOne ? right : left;
        }
        return shape;
    }

    private OnnxValue Size(Extent size)
    {
        if (size.IsConstant)
            return Vector(size.First);
        if (_computedSizes.TryGetValue(size, out OnnxValue? known))
            return known;
        OnnxValue computed;
        if (size == Extent.Batch)
        {
            OnnxValue source = _batchSource ?? throw new ExportException("A size follows the batch, but the graph has no input.");
            OnnxValue shape = Emit("Shape", [source], DType.Int64, [source.Rank]);
            computed = Slice(shape, 0, 0, 1);
        }
        else
        {
            if (!size.TryAffine(out long perBatch, out long fixedPart))
                throw new ExportException(
                    $"A size of the forward is no linear function of the batch size: {size} at batch sizes " +
                    $"{string.Join('|', Extent.BatchSizes)}. Export for a fixed batch size (DynamicBatch = false).");
            computed = Size(Extent.Batch);
            if (perBatch != 1)
                computed = Zip("Mul", computed, Vector(perBatch));
            if (fixedPart != 0)
                computed = Zip("Add", computed, Vector(fixedPart));
        }
        return _computedSizes[size] = computed;
    }
}
