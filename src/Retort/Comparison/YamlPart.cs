using Retort.Runs;

namespace Retort.Comparison;

/// <summary>Reads pieces of YAML that come from the command line or from a file of settings.</summary>
internal static class YamlPart
{
    /// <summary>Reads a mapping.</summary>
    /// <param name="text">YAML, on one line or several.</param>
    /// <param name="origin">What an error calls it.</param>
    /// <exception cref="RunException">It is no mapping, or no YAML.</exception>
    public static RecipeMapping Mapping(string text, string origin) => Node(text, origin) as RecipeMapping
        ?? throw new RunException(
            $"{origin}: '{text}' is no mapping of options; expected {{ key: value, … }}.", isInputWrong: true);

    /// <summary>Reads any value.</summary>
    /// <exception cref="RunException">It is no YAML.</exception>
    public static RecipeNode? Node(string text, string origin)
    {
        var context = new ReadContext(Environment.GetEnvironmentVariable);
        try
        {
            string known = ReadContext.WellFormed(text);
            if (known.Length > ReadContext.LongestText)
                throw new RunException($"{origin}: {known.Length} characters of options are too many.", isInputWrong: true);
            RecipeNode? node = NodeReader.Read(context.Source(origin, Path.GetFullPath("."), known, isArgument: true), context);
            return context.Errors.Count == 0 ? node : throw new RecipeException(context.Errors);
        }
        catch (RecipeException e)
        {
            throw new RunException($"{origin}: '{text}' cannot be read: {e.Diagnostics[0].Message}.", isInputWrong: true, e);
        }
    }

    /// <summary>The value at the end of a path of keys; mappings are made on the way, and what is no mapping is replaced by
    /// one.</summary>
    public static void Set(RecipeMapping mapping, string path, RecipeNode value)
    {
        string[] keys = path.Split('.');
        for (int k = 0; k < keys.Length - 1; k++)
        {
            RecipeEntry? entry = mapping.Find(keys[k]);
            if (entry?.Value is not RecipeMapping below)
                Put(mapping, keys[k], below = new RecipeMapping(value.Span, []));
            mapping = below;
        }

        Put(mapping, keys[^1], value);
    }

    private static void Put(RecipeMapping mapping, string key, RecipeNode value)
    {
        if (mapping.Find(key) is { } entry)
            entry.Value = value;
        else
            mapping.Entries.Add(new RecipeEntry(key, value.Span, value));
    }
}
