using System.Text.Json;
using Retort.Torch;

namespace Retort.Golden;

/// <summary>Inputs and constants of one reference vector.</summary>
public sealed class GoldenInputs
{
    private readonly JsonElement _inputs;
    private readonly JsonElement _parameters;
    private readonly Dictionary<string, Tensor> _tensors;

    internal GoldenInputs(string slug, JsonElement inputs, JsonElement parameters, Dictionary<string, Tensor> tensors)
    {
        Slug = slug;
        _inputs = inputs;
        _parameters = parameters;
        _tensors = tensors;
    }

    /// <summary>The name that the file gives in <c>method</c>, for one that serves several.</summary>
    public string Slug { get; }

    /// <summary>Names of the tensors, in the file's order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>A tensor: floating-point in the file's type, or int64 where the file holds whole numbers for labels and
    /// masks.</summary>
    /// <exception cref="GoldenException">The file has no such tensor.</exception>
    public Tensor this[string name] => _tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new GoldenException($"there is no tensor '{name}' among the inputs ({string.Join(", ", _tensors.Keys)})");

    /// <summary>A number that gradients are asked for under a name of its own, such as a weight of a toy network that the file
    /// gives among its constants.</summary>
    public Tensor Leaf(string name, double value)
    {
        DType type = _tensors.Values.FirstOrDefault(t => t.DType.IsFloatingPoint())?.DType ?? DType.Float64;
        return _tensors[name] = Tensor.FromScalar(value).To(type).Detach().SetRequiresGrad();
    }

    /// <summary>A tensor, or null where the file has none of that name.</summary>
    public Tensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>A tensor as int64, for labels, indices and masks.</summary>
    public Tensor Labels(string name) => this[name].To(DType.Int64);

    /// <summary>Whether a constant or a plain input of that name is given.</summary>
    public bool Has(string name) => Try(name, out _);

    /// <summary>A constant from <c>params</c>, or a plain number among the inputs.</summary>
    /// <exception cref="GoldenException">There is none, or it is no number.</exception>
    public double Number(string name, double? otherwise = null)
    {
        if (!Try(name, out JsonElement value))
            return otherwise ?? throw new GoldenException($"there is no constant '{name}'");
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw new GoldenException($"'{name}' is no number");
    }

    /// <summary>A whole-number constant.</summary>
    public int Integer(string name, int? otherwise = null) => checked((int)Number(name, otherwise));

    /// <summary>A text constant.</summary>
    public string Text(string name, string? otherwise = null) => Try(name, out JsonElement value)
        ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText()
        : otherwise ?? throw new GoldenException($"there is no constant '{name}'");

    /// <summary>A truth constant.</summary>
    public bool Flag(string name, bool otherwise = false) => Try(name, out JsonElement value)
        ? value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0)
        : otherwise;

    /// <summary>A constant or plain input as it stands in the file.</summary>
    public JsonElement Raw(string name) =>
        Try(name, out JsonElement value) ? value : throw new GoldenException($"there is no constant '{name}'");

    /// <summary>A list of numbers.</summary>
    public double[] Numbers(string name) => [.. Raw(name).EnumerateArray().Select(e => e.GetDouble())];

    private bool Try(string name, out JsonElement value) =>
        (_parameters.ValueKind == JsonValueKind.Object && _parameters.TryGetProperty(name, out value))
            || _inputs.TryGetProperty(name, out value);
}
