namespace Retort.Recipes;

/// <summary>Where a word of a recipe stands.</summary>
/// <param name="Source">The text that holds it.</param>
/// <param name="Line">Line, counted from 1.</param>
/// <param name="Column">Column of the first character, counted from 1 in UTF-16 units, as editors do.</param>
/// <param name="Length">How many characters are meant, at least 1; never past the end of the line.</param>
public readonly record struct SourceSpan(SourceText Source, int Line, int Column, int Length)
{
    /// <summary>Prints the place as <c>file:line:column</c>, or the argument itself for <c>--set</c>.</summary>
    public override string ToString() => Source.IsArgument ? Source.Name : $"{Source.Name}:{Line}:{Column}";
}
