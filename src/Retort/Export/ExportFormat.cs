namespace Retort.Export;

/// <summary>A form in which a model folder holds the model.</summary>
public enum ExportFormat
{
    /// <summary><c>model.safetensors</c> with <c>config.json</c>: what every model folder has.</summary>
    Safetensors,

    /// <summary><c>model.onnx</c>, for ONNX runtimes.</summary>
    Onnx,

    /// <summary><c>model.ts.pt</c>, which PyTorch and LibTorch load, with the parameters under their names.</summary>
    Torchscript,

    /// <summary><c>model.int8.safetensors</c>: linear layers rounded to int8 for the CPU, with what that costs and
    /// gains.</summary>
    Int8,
}
