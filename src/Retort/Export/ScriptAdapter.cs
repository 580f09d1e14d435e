using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>A TorchScript module as one of ours, with its parameters under their names, so that it can be traced.</summary>
internal sealed class ScriptAdapter : Module
{
    private readonly ScriptModule _script;

    public ScriptAdapter(ScriptModule script)
    {
        _script = script;
        var root = new Node();
        foreach ((string name, Tensor value) in script.StateDict())
            root.At(name.Split('.')).Value = value;
        // As buffers, so that nothing about the script's own tensors changes.
        foreach ((string name, Node node) in root.Children)
            Register(name, node, Child, (leaf, value) => Buffer(leaf, value));
    }

    protected override Tensor Forward(Tensor input) => _script.Call(input) is [Tensor only]
        ? only
        : throw new ExportException("The TorchScript module gives several tensors; export it with a function that chooses among them.");

    private static void Register(string name, Node node, Func<string, Container, Container> child, Action<string, Tensor> leaf)
    {
        if (node.Value is { } value)
            leaf(name, value);
        else
            child(name, new Container(node));
    }

    private sealed class Container : Module
    {
        public Container(Node node)
        {
            foreach ((string name, Node inner) in node.Children)
                Register(name, inner, Child, (leaf, value) => Buffer(leaf, value));
        }

        protected override Tensor Forward(Tensor input) => throw new NotSupportedException("It holds parameters and computes nothing.");
    }

    private sealed class Node
    {
        public OrderedDictionary<string, Node> Children { get; } = [];

        public Tensor? Value { get; set; }

        public Node At(ReadOnlySpan<string> path)
        {
            if (path.IsEmpty)
                return this;
            if (!Children.TryGetValue(path[0], out Node? child))
                Children.Add(path[0], child = new Node());
            return child.At(path[1..]);
        }
    }
}
