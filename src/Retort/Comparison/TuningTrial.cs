namespace Retort.Comparison;

/// <summary>One training of a search: a line of <c>trials.jsonl</c>.</summary>
public sealed record TuningTrial
{
    /// <summary>What the method is called.</summary>
    public required string Method { get; init; }

    /// <summary>Its number among the method's settings, from 0; 0 is what the method has by default.</summary>
    public required int Trial { get; init; }

    /// <summary>The round of halving, from 0; 0 for a random search.</summary>
    public int Rung { get; init; }

    /// <summary>Epochs that it trained for.</summary>
    public required double Epochs { get; init; }

    /// <summary>Options that differ from the defaults, each as YAML.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The learning rate, where it is not the recipe's.</summary>
    public double? LearningRate { get; init; }

    /// <summary>The figure on the validation split, mean over the seeds; null where training failed.</summary>
    public double? Score { get; init; }

    /// <summary>Seconds of training over the seeds; null where training failed.</summary>
    public double? Seconds { get; init; }

    /// <summary>Why training failed; null where it did not.</summary>
    public string? Failure { get; init; }
}
