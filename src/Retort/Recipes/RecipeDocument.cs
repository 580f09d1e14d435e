using System.Text;

namespace Retort.Recipes;

/// <summary>A recipe as written: includes laid under it, variables filled in, overrides laid over it, not yet checked.</summary>
/// <remarks>Every value keeps its place. <see cref="RecipeBinder.Bind{T}"/> turns a document into typed options.</remarks>
public sealed class RecipeDocument
{
    /// <summary>The item of <c>stages</c> that stands for the stages of what the file includes.</summary>
    internal const string IncludedStages = "included";

    private const int DeepestInclude = 16;

    private RecipeDocument(SourceText source, RecipeMapping root, ReadContext context)
    {
        Source = source;
        Root = root;
        Context = context;
    }

    /// <summary>The text of the recipe itself.</summary>
    public SourceText Source { get; }

    /// <summary>The values; binding prunes choices that were overridden.</summary>
    internal RecipeMapping Root { get; }

    /// <summary>The limits that composing spends from.</summary>
    internal ReadContext Context { get; }

    /// <summary>What is wrong already, though reading could go on.</summary>
    internal List<Diagnostic> Errors => Context.Errors;

    /// <summary>Reads a recipe from a file of YAML or JSON.</summary>
    /// <param name="path">The file. Relative paths in it start at its folder.</param>
    /// <param name="overrides">What <c>--set</c> gave, each <c>path.to.key=value</c>; later ones win. Relative paths in them
    /// start at the working directory.</param>
    /// <param name="environment">Looks up the variables of <c>${NAME}</c>; the process's environment where null.</param>
    /// <exception cref="RecipeException">The text cannot be read at all. Lesser errors are reported with those of
    /// binding.</exception>
    public static RecipeDocument Load(
        string path, IEnumerable<string>? overrides = null, Func<string, string?>? environment = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var context = new ReadContext(environment ?? Environment.GetEnvironmentVariable);
        return Compose(ReadFile(path, path, null, context), overrides, context);
    }

    /// <summary>Reads a recipe from a text.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="name">What errors call the text.</param>
    /// <param name="directory">The folder that relative paths start from; the working directory where null.</param>
    /// <param name="overrides">As in <see cref="Load"/>.</param>
    /// <param name="environment">As in <see cref="Load"/>.</param>
    /// <exception cref="RecipeException">The text cannot be read at all. Lesser errors are reported with those of
    /// binding.</exception>
    public static RecipeDocument Parse(
        string text, string name = "recipe", string? directory = null, IEnumerable<string>? overrides = null,
        Func<string, string?>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(name);
        var context = new ReadContext(environment ?? Environment.GetEnvironmentVariable);
        if (text.Length > ReadContext.LongestText)
            throw TooLong(name, null, context);
        SourceText source = context.Source(name, Path.GetFullPath(directory ?? "."), ReadContext.WellFormed(text));
        return Compose(source, overrides, context);
    }

    private static RecipeDocument Compose(SourceText source, IEnumerable<string>? overrides, ReadContext context)
    {
        RecipeMapping root = ReadWithIncludes(source, [source], context);
        foreach (string argument in overrides ?? [])
            root = Override.Apply(root, ReadContext.WellFormed(argument), context);
        return new RecipeDocument(source, root, context);
    }

    private static RecipeMapping ReadWithIncludes(SourceText source, List<SourceText> chain, ReadContext context)
    {
        RecipeNode? node = NodeReader.Read(source, context);
        if (node is not RecipeMapping root)
        {
            throw context.Fatal(RecipeCodes.WrongType, node?.Span ?? new SourceSpan(source, 1, 1, 1),
                node is null || node is RecipeScalar { IsNull: true } ? "the recipe is empty" : $"the recipe is {node.Kind}",
                "a mapping with the keys recipe, name, roles and stages");
        }
        if (root.Find("include") is not { } include)
            return root;
        root.Entries.Remove(include);
        RecipeMapping? below = null;
        foreach (RecipeNode item in include.Value is RecipeSequence list ? list.Items : [include.Value])
        {
            if (item is not RecipeScalar { IsNull: false, Text.Length: > 0 } path)
            {
                context.Report(RecipeCodes.BadInclude, item.Span, $"'include' holds {item.Kind}",
                    "the path of a recipe, or a list of paths");
                continue;
            }
            SourceText included = ReadFile(path.Text, FilePath.Resolve(path.Text, source.Directory), path.Span, context);
            SourceText? open = chain.Find(file => FullName(file) == FullName(included));
            if (open is not null || chain.Count >= DeepestInclude)
            {
                throw context.Fatal(RecipeCodes.IncludeCycle, path.Span, open is null
                    ? $"files include each other more than {DeepestInclude} deep"
                    : $"'{path.Text}' includes itself, through {source.Name}");
            }
            chain.Add(included);
            RecipeMapping read = ReadWithIncludes(included, chain, context);
            chain.RemoveAt(chain.Count - 1);
            below = below is null ? read : (RecipeMapping)NodeMerge.Merge(below, read);
        }
        if (below is null)
            return root;
        KeepIncludedStages(below, root, context);
        return (RecipeMapping)NodeMerge.Merge(below, root);
    }

    // A list of the including file replaces the included one's as a whole; the item `included` says where the latter's stages go.
    private static void KeepIncludedStages(RecipeMapping below, RecipeMapping root, ReadContext context)
    {
        if (root.Find("stages")?.Value is not RecipeSequence own || below.Find("stages")?.Value is not RecipeSequence included)
            return;
        int place = own.Items.FindIndex(item => item is RecipeScalar { Plain: true, Text: IncludedStages });
        if (place < 0)
            return;
        SourceSpan span = own.Items[place].Span;
        own.Items.RemoveAt(place);
        own.Items.InsertRange(place, included.Items.ConvertAll(item => item.Copy(() => context.SpendNode(span))));
    }

    private static string FullName(SourceText file) => Path.Combine(file.Directory, Path.GetFileName(file.Name));

    private static SourceText ReadFile(string name, string path, SourceSpan? place, ReadContext context)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            var bytes = new byte[ReadContext.LongestText + 1];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > ReadContext.LongestText)
                throw TooLong(name, place, context);
            var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            int start = bytes.AsSpan(0, count).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
            return context.Source(name, folder, utf8.GetString(bytes, start, count - start));
        }
        catch (DecoderFallbackException)
        {
            throw context.Fatal(RecipeCodes.NotText, place, $"{name} is not UTF-8 text", "a recipe in YAML or JSON");
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw context.Fatal(RecipeCodes.Unreadable, place, Directory.Exists(path) ? $"'{name}' is a folder"
                : File.Exists(path) ? $"'{name}' cannot be read: {error.Message}" : $"there is no file '{name}'",
                "the path of a recipe", FilePath.NearestEntry(path));
        }
    }

    private static RecipeException TooLong(string name, SourceSpan? place, ReadContext context) =>
        context.Fatal(RecipeCodes.TooLarge, place, $"{name} has more than {ReadContext.LongestText >> 10} KiB of text");
}
