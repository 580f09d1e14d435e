namespace Retort.Distillation;

/// <summary>Says over which range of an option <c>retort tune</c> searches.</summary>
/// <remarks>
/// The option is a number, or a <see cref="Schedule"/>, which is then held constant. Options without the attribute keep what the
/// recipe says; every criterion's weight is searched without one, relative to the task loss.
/// </remarks>
/// <param name="least">The least value that is tried, inclusive.</param>
/// <param name="greatest">The greatest value that is tried, inclusive.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TunableAttribute(double least, double greatest) : Attribute
{
    /// <summary>The least value that is tried.</summary>
    public double Least { get; } = least;

    /// <summary>The greatest value that is tried.</summary>
    public double Greatest { get; } = greatest;

    /// <summary>Whether factors count rather than differences: 0.1 is as far from 1 as 1 from 10.</summary>
    public bool Log { get; init; }
}
