namespace Retort.Comparison;

/// <summary>The best settings that a search found for a method.</summary>
public sealed record TunedMethod
{
    /// <summary>What the method is called.</summary>
    public required string Name { get; init; }

    /// <summary>Its slug; <c>cross-entropy</c> for the student trained alone.</summary>
    public required string Slug { get; init; }

    /// <summary>Options that the user fixed for the search, as a YAML mapping; empty for none.</summary>
    public string Written { get; init; } = "";

    /// <summary>Options of the criterion that the search found, each as YAML.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The learning rate, where it is not the recipe's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The figure on the validation split with these settings; null where every trial failed.</summary>
    public double? Score { get; init; }

    /// <summary>The figure with the defaults; null where they were not tried to the end, or failed.</summary>
    public double? DefaultScore { get; init; }

    /// <summary>Every trial in order.</summary>
    public IReadOnlyList<TuningTrial> Trials { get; init; } = [];

    /// <summary>A choice with these settings; what the user wrote for it stands.</summary>
    internal MethodChoice Apply(MethodChoice choice) => choice with
    {
        Written = choice.Written.Length > 0 ? choice.Written : Written,
        Found = Settings.Where(s => !choice.Sets(s.Key)).ToDictionary(s => s.Key, s => s.Value),
        LearningRate = LearningRate,
    };
}
