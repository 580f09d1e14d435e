namespace Retort.Export;

/// <summary>Names and metadata of an ONNX file.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Names of the inputs in order; further ones are called <c>input_1</c>, <c>input_2</c>, …</summary>
    public IReadOnlyList<string> InputNames { get; init; } = ["input"];

    /// <summary>Names of the outputs in order; further ones are called <c>output_1</c>, <c>output_2</c>, …</summary>
    public IReadOnlyList<string> OutputNames { get; init; } = ["output"];

    /// <summary>Whether the file takes any batch size; otherwise only the example's.</summary>
    public bool DynamicBatch { get; init; } = true;

    /// <summary>What the batch dimension is called in the file.</summary>
    public string BatchName { get; init; } = "batch";

    /// <summary>The graph's name; the module's class when null.</summary>
    public string? ModelName { get; init; }

    /// <summary>Entries of the file's metadata, such as the class names or the normalisation.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
