using System.Globalization;
using System.Runtime.CompilerServices;

namespace Retort.Torch.Nn;

/// <summary>Checks of constructor arguments that say which argument was wrong and what it was.</summary>
internal static class Check
{
    public static long AtLeastOne(long value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1)
            throw new ArgumentOutOfRangeException(name, value, "Must be at least 1.");
        return value;
    }

    public static double Probability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && value <= 1))
            throw new ArgumentOutOfRangeException(name, value, "Must be a probability, from 0 to 1.");
        return value;
    }

    public static void Divides(long divisor, long value, string divisorName, string valueName)
    {
        if (value % divisor != 0)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{divisorName} ({divisor}) must divide {valueName} ({value})."), divisorName);
    }

    /// <summary>Writes a size argument out as <paramref name="dimensions"/> numbers: 2 becomes [2, 2].</summary>
    public static long[] Spread(
        Sizes sizes, int dimensions, long missing, long least = 1, [CallerArgumentExpression(nameof(sizes))] string name = "")
    {
        long[] values = new long[dimensions];
        if (sizes.IsAbsent)
        {
            Array.Fill(values, missing);
            return values;
        }
        if (!sizes.IsSingle && sizes.Count != dimensions)
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"Has {sizes.Count} numbers; must have 1 or {dimensions}."), name);
        for (int i = 0; i < dimensions; i++)
        {
            values[i] = sizes.IsSingle ? sizes[0] : sizes[i];
            if (values[i] < least)
                throw new ArgumentOutOfRangeException(name, values[i], string.Create(
                    CultureInfo.InvariantCulture, $"Must be at least {least}."));
        }
        return values;
    }
}
