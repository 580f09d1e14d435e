using Retort.Recipes.Schedules;

namespace Retort.Recipes;

/// <summary>A number that may change while a model trains: a weight, a temperature, the factor of a learning rate.</summary>
/// <remarks>In a recipe: a number, a slug with its defaults (<c>cosine</c>), or a slug with options
/// (<c>linear: { from: 4, to: 1, for: 10 epochs }</c>). A new shape is one more record with
/// <see cref="NamedAttribute"/>. Stretches of training say what they count (<see cref="Duration"/>), so steps and epochs
/// are never mixed.</remarks>
[Kind("schedule", Number = "constant")]
public abstract record Schedule
{
    /// <summary>The least and the greatest value that it ever takes; ranges are checked against both.</summary>
    public abstract (double Least, double Greatest) Bounds { get; }

    /// <summary>The value at a moment of training. Pure: the same clock gives the same bits.</summary>
    public abstract double At(StepClock clock);

    /// <summary>A value that never changes.</summary>
    public static Schedule Constant(double value) => new ConstantSchedule { Value = value };

    /// <summary>A straight line over the whole training.</summary>
    public static Schedule Linear(double from, double to) => new LinearSchedule { From = from, To = to };

    /// <summary>Half a cosine over the whole training.</summary>
    public static Schedule Cosine(double from = 1, double to = 0) => new CosineSchedule { From = from, To = to };

    /// <summary>A value that never changes.</summary>
    public static implicit operator Schedule(double value) => Constant(value);

    /// <summary>A value that never changes.</summary>
    public static Schedule FromDouble(double value) => Constant(value);
}
