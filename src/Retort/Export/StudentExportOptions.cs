namespace Retort.Export;

/// <summary>Which files a model folder gets beside the weights, the configuration and the card.</summary>
public sealed record StudentExportOptions
{
    /// <summary>Whether <c>model.onnx</c> is written.</summary>
    public bool Onnx { get; init; } = true;

    /// <summary>Whether <c>model.ts.pt</c>, a TorchScript file, is written.</summary>
    public bool TorchScript { get; init; }

    /// <summary>Whether <c>model.int8.safetensors</c> is written: linear layers rounded to int8.</summary>
    public bool Int8 { get; init; }

    /// <summary>The options that stand for a list of formats.</summary>
    public static StudentExportOptions Of(IEnumerable<ExportFormat> formats)
    {
        ExportFormat[] all = [.. formats];
        return new StudentExportOptions
        {
            Onnx = all.Contains(ExportFormat.Onnx),
            TorchScript = all.Contains(ExportFormat.Torchscript),
            Int8 = all.Contains(ExportFormat.Int8),
        };
    }
}
