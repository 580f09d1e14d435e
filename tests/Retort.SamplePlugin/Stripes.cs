using Retort.Data;

namespace Retort.SamplePlugin;

/// <summary>Pictures of 28 × 28 with a bright row, the row being the class: a data set that a plug-in brings.</summary>
[Dataset("stripes")]
public sealed record Stripes : DatasetOptions
{
    private const int Side = 28;

    /// <inheritdoc/>
    public override bool HasFiles => false;

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        const int count = Side * 8;
        var pixels = new byte[count * Side * Side];
        for (int k = 0; k < count; k++)
            pixels.AsSpan((k * Side * Side) + (k % Side * Side), Side).Fill(255);
        return Dataset.OfImages(
            "stripes", split, pixels, [1, Side, Side], [.. Enumerable.Range(0, count).Select(k => (long)(k % Side))],
            [.. Enumerable.Range(0, Side).Select(k => $"row {k}")]);
    }
}
