using System.ComponentModel.DataAnnotations;
using Retort.Distillation;

namespace Retort.Training;

/// <summary>What a recipe may write for an auxiliary network: layers behind a tap, whose output terms tap as
/// <c>aux:NAME</c>.</summary>
/// <remarks>The student's are trained with it and thrown away at export. Losses treat what a teacher gives as constant, so a
/// teacher's stay as they were drawn, or as <c>parts_from</c> made them.</remarks>
public sealed record AuxiliaryOptions
{
    /// <summary>Whose tensor it is given: the student's or a teacher's.</summary>
    public required TapRole Role { get; init; }

    /// <summary>The path of the module whose tensor it is given.</summary>
    public required TapPath Tap { get; init; }

    /// <summary>The layers, first to last.</summary>
    [MinLength(1)]
    public required IReadOnlyList<LayerOptions> Layers { get; init; }

    /// <summary>Which of several teachers. The default is the first.</summary>
    public string? From { get; init; }

    /// <summary>An earlier train stage whose auxiliary network of the same name it begins with.</summary>
    public string? PartsFrom { get; init; }
}
