using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Composed;

/// <summary>A network that sees some columns of its input only: what its teacher knows beside them is hidden from it.</summary>
/// <remarks>[N, columns] → what the network gives for [N, count]. Parameters: <c>of.*</c> under the network's own
/// names.</remarks>
public sealed class Columns : Module, IHasFeatures
{
    private readonly IHasFeatures _features;
    private readonly int _first;
    private readonly int? _count;
    private readonly Module _of;

    internal Columns(ColumnsOptions options)
    {
        Module whole = options.Of!.Build();
        _features = whole as IHasFeatures
            ?? throw new ArgumentException($"of: {whole.GetType().Name} does not say where its features are.");
        _first = options.First;
        _count = options.Count;
        _of = Child("of", whole);
    }

    /// <inheritdoc/>
    public string LastFeature => $"of.{_features.LastFeature}";

    /// <inheritdoc/>
    public IReadOnlyList<string> Stages => [.. _features.Stages.Select(s => $"of.{s}")];

    /// <inheritdoc/>
    public string Head => $"of.{_features.Head}";

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input)
    {
        long columns = input.Dimensions == 2 ? input.Size(1) : 0, count = _count ?? columns - _first;
        if (count < 1 || _first + count > columns)
        {
            long last = _first + Math.Max(1, count) - 1;
            throw new ShapeException(
                $"'input' {Shapes.Text(input)} must be [N, columns] with the columns {_first} to {last}.");
        }

        return _of.Call(input.Narrow(1, _first, count));
    }

}

/// <summary>What a recipe may give a network that sees some columns of its input.</summary>
public sealed record ColumnsOptions : ModelOptions
{
    /// <summary>The network that sees them.</summary>
    public ModelOptions? Of { get; init; }

    /// <summary>The first column that it sees, from 0.</summary>
    public int First { get; init; }

    /// <summary>How many it sees; null for all from the first on.</summary>
    public int? Count { get; init; }

    /// <summary>The options that a name of the catalogue stands for.</summary>
    [Model("columns", IsComposed = true)]
    public static ColumnsOptions Named(string name) => new();

    /// <inheritdoc/>
    protected override void Validate()
    {
        RequireUnused("of");
        if (Of is null)
            throw new ArgumentException("of: a model of columns needs the network that sees them.");
        RequireAtLeast(First, 0, nameof(First));
        RequireAtLeast(Count ?? 1, 1, nameof(Count));
    }

    /// <inheritdoc/>
    protected override Module Create() => new Columns(this);
}
