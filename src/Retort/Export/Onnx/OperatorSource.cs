using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export.Onnx;

/// <summary>Finds the part of a module that calls an operator, so that an error can name it.</summary>
internal static class OperatorSource
{
    /// <summary>The innermost module whose own forward, traced alone, has the operator; null where none has.</summary>
    public static (string Module, string Path)? Find(
        Module module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, IReadOnlyList<Tensor> examples, string op)
    {
        var inputs = new Dictionary<string, Tensor>();
        var hooks = new List<IDisposable>();
        using var scope = new TensorScope();
        foreach ((string path, Module part) in module.NamedModules())
        {
            hooks.Add(part.OnInput(input =>
            {
                inputs.TryAdd(path, input);
                return null;
            }));
        }
        try
        {
            forward(examples);
        }
        finally
        {
            hooks.ForEach(hook => hook.Dispose());
        }
        // Parents come before their children, so the last that has it is the innermost.
        foreach ((string path, Module part) in module.NamedModules().Reverse())
        {
            if (!inputs.TryGetValue(path, out Tensor? input))
                continue;
            using ScriptModule traced = ScriptModule.Trace(part, input);
            if (traced.Graph().Nodes.Any(node => node.Op == op))
                return (part.GetType().Name, path);
        }
        return null;
    }
}
