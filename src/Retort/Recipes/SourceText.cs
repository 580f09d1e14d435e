namespace Retort.Recipes;

/// <summary>One text that recipe values came from: a file, a text in memory, or a <c>--set</c> argument.</summary>
/// <remarks>Values keep their text, so that an error can show the very line, and a relative path its folder.</remarks>
public sealed class SourceText
{
    internal SourceText(string name, string directory, string text, int order, bool isArgument = false)
    {
        Name = name;
        Directory = directory;
        Lines = text.ReplaceLineEndings("\n").Split('\n');
        Order = order;
        IsArgument = isArgument;
    }

    /// <summary>What errors call it: the path as it was given, or <c>--set path.to.key=value</c>.</summary>
    public string Name { get; }

    /// <summary>The absolute folder that relative paths in this text start from.</summary>
    public string Directory { get; }

    /// <summary>The lines of the text, without their ends.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Whether it is a command-line argument, which has no line numbers worth printing.</summary>
    public bool IsArgument { get; }

    /// <summary>Its rank when errors are sorted: the recipe first, then what it includes, then arguments.</summary>
    internal int Order { get; }
}
