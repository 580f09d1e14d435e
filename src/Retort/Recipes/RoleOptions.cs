namespace Retort.Recipes;

/// <summary>What a recipe may write for a role: a named model.</summary>
[Kind("model", Tag = "model"), Noun("role")]
public abstract record RoleOptions;
