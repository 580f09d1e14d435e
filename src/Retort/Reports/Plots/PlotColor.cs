namespace Retort.Reports.Plots;

/// <summary>
/// The colours of series, told apart with every common colour vision; each also has a marker's shape of its own.
/// </summary>
public enum PlotColor
{
    /// <summary>Blue, a circle.</summary>
    Blue,

    /// <summary>Orange-red, a square.</summary>
    Vermilion,

    /// <summary>Grey, a diamond.</summary>
    Slate,

    /// <summary>Green, a triangle.</summary>
    Green,

    /// <summary>Purple, a triangle on its tip.</summary>
    Purple,

    /// <summary>Dark yellow, a cross.</summary>
    Gold,
}
