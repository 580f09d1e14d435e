using System.ComponentModel.DataAnnotations;
using Retort.Asking;
using Retort.Coaching;
using Retort.Training;

namespace Retort.Stages;

/// <summary>What a recipe may write under <c>coach:</c>.</summary>
public sealed record CoachStageOptions : StageOptions
{
    /// <summary>The role whose network is trained.</summary>
    public required string Role { get; init; }

    /// <summary>Who is asked for texts.</summary>
    public required ChatTeacherOptions Teacher { get; init; }

    /// <summary>What the teacher is told about its part. The default is nothing.</summary>
    public string? System { get; init; }

    /// <summary>What the texts are, and what classes mean whose names do not say it: the beginning of every question.</summary>
    [MinLength(1)]
    public required string Task { get; init; }

    /// <summary>How the student is trained in a round, from its first weights, on all texts so far.</summary>
    public required TrainingPlan Training { get; init; }

    /// <summary>Begin with so many of the training texts, drawn anew for each seed, class by class. The default is all.</summary>
    [Range(1, int.MaxValue)]
    public int? TrainSamples { get; init; }

    /// <summary>Texts that are asked for altogether.</summary>
    [Range(1, 10_000_000)]
    public int Texts { get; init; } = 500;

    /// <summary>Texts that are asked for in a round.</summary>
    [Range(1, 10_000_000)]
    public int PerRound { get; init; } = 100;

    /// <summary>Texts of one question; a round asks several where it needs them.</summary>
    [Range(1, 1000)]
    public int PerQuestion { get; init; } = 20;

    /// <summary>Which classes texts are asked for.</summary>
    public CoachAim Aim { get; init; }

    /// <summary>Texts of a class are asked for in proportion to (1 − F1) to this power.</summary>
    [Range(0, 100)]
    public double Focus { get; init; } = 1;

    /// <summary>Mistakes that the teacher is shown, those with the highest confidence.</summary>
    [Range(0, 1000)]
    public int Mistakes { get; init; } = 10;

    /// <summary>Rounds in a row that may pass without a gain before no more is asked.</summary>
    [Range(1, 1_000_000)]
    public int Patience { get; init; } = 3;

    /// <summary>What a gain is: F1 on the validation split, mean over the classes, above the best before by more than
    /// this.</summary>
    [Range(0.0, 1.0)]
    public double MinGain { get; init; }

    /// <summary>The share of a text's n-grams that it may have in common with one validation text; one with more is left
    /// out.</summary>
    [Range(0.0, 1.0)]
    public double MaxOverlap { get; init; } = 0.5;

    /// <summary>Words of these n-grams.</summary>
    [Range(1, 100)]
    public int OverlapWords { get; init; } = 3;

    /// <summary>The split to measure on, once, at the end.</summary>
    public string Split { get; init; } = "test";

    /// <summary>How the teacher is asked, and what that may cost.</summary>
    public AskingOptions Asking { get; init; } = new();

    /// <summary>The file of the answers, which other stages and runs may share, one after another. The default is the stage's
    /// own.</summary>
    public FilePath? Journal { get; init; }

    /// <summary>Whether the first seed's result serves all seeds.</summary>
    public bool Once { get; init; }
}
