using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Sets in files of their own, one a split, in the form that stages leave: see <see cref="SampleFile"/>.</summary>
[Dataset("samples")]
public sealed record SampleFileSet : DatasetOptions
{
    /// <summary>What is asked of a model on it.</summary>
    public string Kind { get; init; } = "classification";

    /// <inheritdoc/>
    public override string Task => Kind;

    /// <inheritdoc/>
    public override Dataset Load(string root, string split) =>
        SampleFile.Read(Path.Combine(root, $"{split}.safetensors"), "samples", split);
}
