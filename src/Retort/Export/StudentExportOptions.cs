namespace Retort.Export;

/// <summary>Which files a model folder gets beside the weights, the configuration and the card.</summary>
public sealed record StudentExportOptions
{
    /// <summary>Whether <c>model.onnx</c> is written.</summary>
    public bool Onnx { get; init; } = true;

    /// <summary>Whether <c>model.ts.pt</c>, a TorchScript file, is written.</summary>
    public bool TorchScript { get; init; }
}
