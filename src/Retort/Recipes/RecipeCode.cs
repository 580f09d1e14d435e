namespace Retort.Recipes;

/// <summary>The stable code of one kind of recipe error.</summary>
/// <param name="Id">The code as printed, such as <c>R1204</c>. Never reused for another meaning.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="Help">What it means and what to do about it; goes into <c>docs/recipe-errors.md</c>.</param>
public sealed record RecipeCode(string Id, string Title, string Help)
{
    /// <inheritdoc/>
    public override string ToString() => Id;
}
