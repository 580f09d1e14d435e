namespace Retort.Recipes;

/// <summary>Which side of a module a tap is on.</summary>
public enum TapSide
{
    /// <summary>What the module returns.</summary>
    Output,

    /// <summary>What the module is given.</summary>
    Input,
}
