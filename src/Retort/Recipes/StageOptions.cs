using System.ComponentModel.DataAnnotations;

namespace Retort.Recipes;

/// <summary>What a recipe may write for any stage.</summary>
[Kind("stage")]
public abstract record StageOptions
{
    /// <summary>What other stages and the results call it. The default is the stage's kind.</summary>
    [RegularExpression("[a-z0-9]+(-[a-z0-9]+)*", ErrorMessage = "lower-case words or numbers joined by hyphens")]
    public string? Name { get; init; }

    /// <summary>The data of this stage. The default is the recipe's.</summary>
    public DataOptions? Data { get; init; }
}
