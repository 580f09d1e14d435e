using System.ComponentModel.DataAnnotations;
using Retort.Export;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>export:</c>.</summary>
public sealed record ExportStageOptions : StageOptions
{
    /// <summary>The stage that trained it, or a role with weights.</summary>
    public required string Model { get; init; }

    /// <summary>What the model folder holds; safetensors are always there.</summary>
    [MinLength(1)]
    public IReadOnlyList<ExportFormat> Formats { get; init; } =
        [ExportFormat.Safetensors, ExportFormat.Onnx, ExportFormat.Torchscript];

    /// <summary>The split on which int8 is compared with float32.</summary>
    public string Split { get; init; } = "test";
}
