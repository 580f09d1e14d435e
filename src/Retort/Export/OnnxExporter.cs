using Retort.Export.Onnx;
using Retort.Reports;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>Writes modules as ONNX files, which runtimes without PyTorch or .NET can run.</summary>
/// <remarks>
/// <para>The forward is traced in evaluation mode and each operator written with those of opset 17. Weights keep PyTorch's
/// parameter names. The batch size stays free: the forward is traced at several batch sizes, and what follows the batch is
/// computed from the input's shape when the model runs.</para>
/// <para>Control flow that depends on values is frozen as the example went.</para>
/// </remarks>
public static class OnnxExporter
{
    /// <summary>The operator set that files are written for.</summary>
    public const int Opset = OnnxSerializer.Opset;

    /// <summary>Operators of libtorch that can be written, as <c>aten::conv2d</c>, in ordinal order.</summary>
    public static IReadOnlyList<string> Operators => [.. LoweringTable.Default.Operators.Order(StringComparer.Ordinal)];

    /// <summary>Writes a module with one input and one output; a <see cref="Scripted"/> one from PyTorch as well.</summary>
    /// <param name="module">What to write; it is put into evaluation mode while it is traced, and back afterwards.</param>
    /// <param name="example">An input, [N, …] with N at least 1; only its type and its sizes beyond the batch matter.</param>
    /// <param name="path">The file; it appears when it is complete, in place of one of that name.</param>
    /// <param name="options">Names and metadata; null for the defaults.</param>
    /// <exception cref="ExportException">An operator, or how the batch size is used, has no form in ONNX.</exception>
    public static OnnxExport Export(Module module, Tensor example, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(example);
        return Export(module, inputs => [module.Call(inputs[0])], [example], path, options);
    }

    /// <summary>Writes a function of several inputs and outputs that uses a module's parameters.</summary>
    /// <param name="module">Whose parameters and buffers the function uses.</param>
    /// <param name="forward">What is traced.</param>
    /// <param name="examples">One tensor an input, each with the batch as dimension 0.</param>
    /// <param name="path">The file; it appears when it is complete, in place of one of that name.</param>
    /// <param name="options">Names and metadata; null for the defaults.</param>
    /// <exception cref="ExportException">An operator, or how the batch size is used, has no form in ONNX.</exception>
    public static OnnxExport Export(
        Module module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, IReadOnlyList<Tensor> examples, string path,
        OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new OnnxExportOptions();
        if (examples.Count == 0 || examples.Any(e => e.Dimensions == 0 || e.Size(0) == 0))
            throw new ArgumentException("Each input needs an example with at least one sample: [N, …].", nameof(examples));
        OnnxGraph graph;
        using (new TensorScope())
        using (Evaluation.Of(module))
        using (Autograd.NoGrad())
            graph = Build(module, forward, examples, options);
        OnnxChecker.Check(graph);

        long bytes = 0;
        AtomicFile.Write(path, stream => bytes = OnnxSerializer.Write(stream, graph, options.Metadata));
        return new OnnxExport(
            path, bytes, [.. graph.Inputs.Select(i => i.Name)], [.. graph.Outputs.Select(o => o.Name)], graph.Nodes.Count);
    }

    private static OnnxGraph Build(
        Module module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, IReadOnlyList<Tensor> examples,
        OnnxExportOptions options)
    {
        BatchTrace trace = BatchTrace.Record(module, forward, examples, options.DynamicBatch);
        string name = module.GetType().Name;
        string? batchName = options.DynamicBatch ? options.BatchName : null;
        var graph = new GraphBuilder();
        var values = new Dictionary<int, object?>();
        for (int k = 0; k < trace.ModelInputs; k++)
        {
            BatchValue input = trace.Inputs[k];
            if (OnnxSerializer.ElementType(input.DType!.Value) == 0)
                throw new ExportException($"Input {k} of {name} is {input.DType}, which ONNX runtimes do not take.");
            values[input.Id] = graph.Input(NameOf(options.InputNames, k, "input"), input.DType.Value, input.Shape!, batchName);
        }
        string[] outputNames = [.. Enumerable.Range(0, OutputCount(trace)).Select(k => NameOf(options.OutputNames, k, "output"))];
        foreach (string output in outputNames)
            graph.Reserve(output);
        AddWeights(module, trace, graph, values);
        try
        {
            AliasGuard.Check(trace, name);
            foreach (BatchNode node in trace.Nodes)
                Lower(name, node, graph, values);
        }
        catch (ExportException e) when (e.Operator is { } op && OperatorSource.Find(module, forward, examples, op) is { } source)
        {
            throw new ExportException(source.Module, op, e.Reason!, source.Path);
        }
        IEnumerable<object?> results = trace.Outputs.SelectMany(id => values[id] is object?[] list ? list : [values[id]]);
        return graph.Finish(
            options.ModelName ?? name, [.. outputNames.Zip(results.Select(r => AsOutput(r, graph, name)))], batchName);
    }

    private static void AddWeights(Module module, BatchTrace trace, GraphBuilder graph, Dictionary<int, object?> values)
    {
        KeyValuePair<string, Tensor>[] named =
        [
            .. module.NamedParameters().Select(p => KeyValuePair.Create(p.Key, p.Value.Value)),
            .. module.NamedBuffers().Select(b => KeyValuePair.Create(b.Key, b.Value.Value)),
        ];
        for (int k = 0; k < trace.Weights.Count; k++)
        {
            string? weightName = Array.Find(named, n => n.Value.IsSame(trace.Weights[k])).Key;
            values[trace.Inputs[trace.ModelInputs + k].Id] = graph.Weight(trace.Weights[k], weightName);
        }
    }

    private static void Lower(string module, BatchNode node, GraphBuilder graph, Dictionary<int, object?> values)
    {
        if (node.Op == "prim::Constant")
        {
            values[node.Outputs[0].Id] = node.Constant;
            return;
        }
        var call = new OperatorCall(graph, module, node, [.. node.Inputs.Select(id => values[id])]);
        Lowering lowering = LoweringTable.Default.Find(node.Op) ?? throw call.Fail("there is no way yet to write this operator");
        object? result = lowering(call);
        if (node.Outputs.Count == 1)
        {
            values[node.Outputs[0].Id] = result;
            return;
        }
        for (int k = 0; k < node.Outputs.Count; k++)
            values[node.Outputs[k].Id] = ((object?[])result!)[k];
    }

    private static int OutputCount(BatchTrace trace)
    {
        if (trace.Outputs.Count != 1)
            return trace.Outputs.Count;
        BatchNode? last = trace.Nodes.FirstOrDefault(n => n.Outputs.Any(o => o.Id == trace.Outputs[0]));
        return last?.Op == "prim::TupleConstruct" ? last.Inputs.Count : 1;
    }

    private static OnnxValue AsOutput(object? result, GraphBuilder graph, string module) => result switch
    {
        OnnxValue value => value,
        Tensor constant => graph.Weight(constant),
        _ => throw new ExportException($"An output of {module} is no tensor, or one that ONNX has no form for."),
    };

    private static string NameOf(IReadOnlyList<string> names, int index, string otherwise) =>
        index < names.Count ? names[index] : FormattableString.Invariant($"{otherwise}_{index}");
}
