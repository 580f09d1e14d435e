namespace Retort.Export.Onnx;

/// <summary>Refuses writes in place that other views of the same memory would show; ONNX has no memory to share.</summary>
internal static class AliasGuard
{
    private static readonly HashSet<string> Views =
    [
        "aten::view", "aten::reshape", "aten::_reshape_alias", "aten::_unsafe_view", "aten::flatten", "aten::unflatten",
        "aten::view_as", "aten::reshape_as", "aten::squeeze", "aten::unsqueeze", "aten::ravel", "aten::contiguous",
        "aten::detach", "aten::alias", "aten::to", "aten::type_as",
        "aten::expand", "aten::expand_as", "aten::broadcast_to", "aten::permute", "aten::transpose",
        "aten::swapaxes", "aten::swapdims", "aten::t", "aten::numpy_T", "aten::mT", "aten::adjoint", "aten::movedim",
        "aten::moveaxis",
        "aten::chunk", "aten::split", "aten::split_with_sizes", "aten::unbind", "aten::slice", "aten::narrow", "aten::select",
        "aten::dropout", "prim::ListConstruct", "prim::ListUnpack", "prim::TupleConstruct", "prim::TupleUnpack",
    ];

    /// <summary>Checks a traced forward.</summary>
    /// <exception cref="ExportException">A tensor is changed in place, and another view of it is read later.</exception>
    public static void Check(BatchTrace trace, string module)
    {
        var roots = new Dictionary<int, int>();
        int Root(int id) => roots.GetValueOrDefault(id, id);
        var lastUse = new Dictionary<int, int>();
        for (int k = 0; k < trace.Nodes.Count; k++)
        {
            foreach (int input in trace.Nodes[k].Inputs)
                lastUse[input] = k;
        }
        foreach (int output in trace.Outputs)
            lastUse[output] = int.MaxValue;
        for (int k = 0; k < trace.Nodes.Count; k++)
        {
            BatchNode node = trace.Nodes[k];
            bool writes = node.Op.EndsWith('_') && !node.Op.EndsWith("__", StringComparison.Ordinal) &&
                          node.Op != "aten::requires_grad_";
            if (writes)
            {
                int root = Root(node.Inputs[0]);
                IEnumerable<int> group = roots.Where(r => r.Value == root).Select(r => r.Key).Append(root);
                if (group.Any(id => id != node.Inputs[0] && lastUse.GetValueOrDefault(id, -1) > k))
                    throw new ExportException(
                        module, node.Op,
                        "it changes a tensor in place, and another view of that memory is read later; use the operator that " +
                        "returns a new tensor");
            }
            if (writes || Views.Contains(node.Op))
            {
                foreach (BatchValue output in node.Outputs)
                {
                    // A list may hold views of several tensors; following the first is enough to see a group.
                    if (node.Inputs.Count > 0)
                        roots[output.Id] = Root(node.Inputs[0]);
                }
            }
        }
    }
}
