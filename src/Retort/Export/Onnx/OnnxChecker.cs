using Retort.Torch;

namespace Retort.Export.Onnx;

/// <summary>Checks what every reader of a graph relies on.</summary>
internal static class OnnxChecker
{
    /// <summary>Requires unique names, inputs defined before their use, and defined outputs.</summary>
    /// <exception cref="ExportException">The graph is not well formed; this is a fault of the exporter.</exception>
    public static void Check(OnnxGraph graph)
    {
        var defined = new HashSet<string>();
        foreach (string name in graph.Inputs.Select(i => i.Name).Concat(graph.Initializers.Select(i => i.Name)))
            Define(defined, name, "the inputs and weights");
        foreach (OnnxTensor tensor in graph.Initializers)
        {
            long expected = tensor.Shape.Aggregate(1L, (product, size) => product * size) * tensor.DType.Size();
            if (expected != tensor.Data.Length)
                throw Fault($"the weight '{tensor.Name}' has {tensor.Data.Length} bytes and needs {expected}");
        }
        var nodeNames = new HashSet<string>();
        foreach (OnnxNode node in graph.Nodes)
        {
            if (!nodeNames.Add(node.Name))
                throw Fault($"two nodes are called '{node.Name}'");
            foreach (string input in node.Inputs)
            {
                if (input.Length > 0 && !defined.Contains(input))
                    throw Fault($"the node '{node.Name}' reads '{input}' before it exists");
            }
            foreach (string output in node.Outputs.Where(o => o.Length > 0))
                Define(defined, output, $"the node '{node.Name}'");
        }
        var outputs = new HashSet<string>();
        foreach (OnnxPort output in graph.Outputs)
        {
            if (!defined.Contains(output.Name))
                throw Fault($"the output '{output.Name}' is not computed");
            Define(outputs, output.Name, "the outputs");
        }
    }

    private static void Define(HashSet<string> defined, string name, string where)
    {
        if (name.Length == 0)
            throw Fault($"{where} have an empty name");
        if (!defined.Add(name))
            throw Fault($"the name '{name}' is defined twice, the second time by {where}");
    }

    private static ExportException Fault(string what) =>
        new($"The exported graph is not well formed: {what}. Please report this.");
}
