namespace Retort.Runs;

/// <summary>What a recipe may write for one option of a method.</summary>
/// <param name="Key">The key in recipes.</param>
/// <param name="Default">Its default, as a recipe would write it; <c>none</c> where there is none.</param>
/// <param name="Allowed">What it takes, with its range.</param>
/// <param name="Text">What it means.</param>
public sealed record MethodOption(string Key, string Default, string Allowed, string Text);
