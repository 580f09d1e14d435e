using System.Globalization;
using Retort.Torch.Nn;

namespace Retort.Models;

/// <summary>What every image model may be given; each family adds its own.</summary>
public abstract record ModelOptions
{
    /// <summary>Channels of the input: 1 for grey, 3 for colour.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Classes, the width of the logits.</summary>
    public int Classes { get; init; } = 10;

    /// <summary>Whether it has weights to train. One that has none is what its options say, and serves as a teacher as it
    /// is.</summary>
    public virtual bool HasWeights => true;

    /// <summary>Makes the network with fresh initial values from the run's default generator.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public Module Build()
    {
        RequireAtLeast(InChannels, 1, nameof(InChannels));
        RequireAtLeast(Classes, 1, nameof(Classes));
        Validate();
        return Create();
    }

    /// <summary>Makes the network from options that were checked.</summary>
    protected abstract Module Create();

    /// <summary>Checks what the family added.</summary>
    protected virtual void Validate()
    {
    }

    /// <summary>Refuses the options of every image model in one that takes its sizes from another.</summary>
    private protected void RequireUnused(string owner)
    {
        if (InChannels != 3 || Classes != 10)
            throw new ArgumentException($"in_channels and classes belong to the model under `{owner}:`, which decides them.");
    }

    /// <summary>Refuses the options of every image model in one that reads words.</summary>
    private protected void RequireNoImages()
    {
        if (InChannels != 3 || Classes != 10)
            throw new ArgumentException("in_channels and classes belong to image models; a language model has a vocabulary.");
    }

    /// <summary>Refuses the options of every image model in one that makes samples of noise.</summary>
    private protected void RequireNoClassifier()
    {
        if (InChannels != 3 || Classes != 10)
            throw new ArgumentException("in_channels and classes belong to image models; this one makes samples of noise.");
    }

    private protected static void RequireAtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentOutOfRangeException(
                name, value, string.Create(CultureInfo.InvariantCulture, $"Must be at least {least}."));
    }

    private protected static void RequireWithin(int value, int most, string name, int least = 1)
    {
        if (value < least || value > most)
            throw new ArgumentOutOfRangeException(
                name, value, string.Create(CultureInfo.InvariantCulture, $"Must be from {least} to {most}."));
    }

    private protected static void RequirePositive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
            throw new ArgumentOutOfRangeException(name, value, "Must be a positive number.");
    }

    private protected static void RequireRate(double value, string name)
    {
        if (!(value >= 0 && value < 1))
            throw new ArgumentOutOfRangeException(name, value, "Must be at least 0 and below 1.");
    }

    private protected static void RequireDivides(int divisor, int value, string divisorName, string valueName)
    {
        RequireAtLeast(divisor, 1, divisorName);
        RequireAtLeast(value, 1, valueName);
        if (value % divisor != 0)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{divisorName} ({divisor}) must divide {valueName} ({value})."), divisorName);
    }

    private protected static void RequireEven(int value, string name)
    {
        if (value % 2 != 0)
            throw new ArgumentOutOfRangeException(name, value, "Must be even.");
    }

    private protected static void RequireCount(IReadOnlyList<int> values, int count, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.Count != count)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"Has {values.Count} numbers; must have {count}."), name);
        foreach (int value in values)
            RequireAtLeast(value, 1, name);
    }

    private protected static void RequireDepth(int depth, int step, int beyond, string name)
    {
        if (depth < step + beyond || (depth - beyond) % step != 0)
            throw new ArgumentOutOfRangeException(name, depth, string.Create(
                CultureInfo.InvariantCulture,
                $"Must be {step}·n + {beyond}: {step + beyond}, {2 * step + beyond}, {3 * step + beyond}, …"));
    }
}
