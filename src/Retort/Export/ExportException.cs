namespace Retort.Export;

/// <summary>A model cannot be written in the wanted format.</summary>
public sealed class ExportException : Exception
{
    /// <summary>Creates the exception for something that concerns the model as a whole.</summary>
    public ExportException(string message)
        : base(message)
    {
    }

    internal ExportException(string moduleClass, string @operator, string reason, string path = "")
        : base($"'{@operator}' in {moduleClass}{(path.Length == 0 ? "" : $" ('{path}')")} cannot be written as ONNX " +
               $"(opset {Onnx.OnnxSerializer.Opset}): {reason}. " +
               "Write that part of the forward with other operators, leave it out of the exported module, or save the model " +
               "as TorchScript, which takes every operator.") =>
        (ModuleClass, ModulePath, Operator, Reason) = (moduleClass, path, @operator, reason);

    /// <summary>The operator that has no form in the format, as <c>aten::fft_rfft</c>; null where none is to blame.</summary>
    public string? Operator { get; }

    /// <summary>The class of the module whose forward calls the operator, or null.</summary>
    public string? ModuleClass { get; }

    /// <summary>The path of that module inside the exported one (empty for that itself), or null.</summary>
    public string? ModulePath { get; }

    internal string? Reason { get; }
}
