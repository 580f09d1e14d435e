using System.Reflection;

namespace Retort.Recipes;

/// <summary>Every code that a recipe error can carry: the one list behind the messages and
/// <c>docs/recipe-errors.md</c>.</summary>
/// <remarks>R10xx: the text cannot be read. R11xx: its parts do not go together. R12xx: a key or value is wrong.
/// R13xx: every value is right by itself, but the recipe as a whole is not.</remarks>
public static class RecipeCodes
{
    /// <summary>R1001: the file cannot be opened.</summary>
    public static readonly RecipeCode Unreadable = new("R1001", "The file cannot be read",
        "The recipe, or a file it includes, does not exist, is a folder, or may not be read. Check the path.");

    /// <summary>R1002: the file is not text.</summary>
    public static readonly RecipeCode NotText = new("R1002", "The file is not UTF-8 text",
        "Recipes are UTF-8 text. The file holds bytes or control characters that no text has. Another file may have been meant.");

    /// <summary>R1003: the file passes a limit on size, depth or number of values.</summary>
    public static readonly RecipeCode TooLarge = new("R1003", "The recipe is too large",
        "A recipe may have 1 MiB of text, 64 levels of nesting, and 100,000 values after aliases are expanded.");

    /// <summary>R1004: the text is not valid YAML.</summary>
    public static readonly RecipeCode Syntax = new("R1004", "The text is not valid YAML",
        "Look at indentation, unclosed brackets or quotes, and tabs. "
        + "The place is where the reader gave up; the cause may be above it.");

    /// <summary>R1005: a mapping has a key twice.</summary>
    public static readonly RecipeCode DuplicateKey = new("R1005", "A key appears twice",
        "YAML readers differ in which of two equal keys wins, so neither does here. Remove one.");

    /// <summary>R1006: an alias names no anchor.</summary>
    public static readonly RecipeCode UnknownAlias = new("R1006", "An alias names no anchor",
        "`*name` repeats a value marked `&name` earlier in the same file. An anchor cannot contain its own alias.");

    /// <summary>R1007: the text uses a part of YAML that recipes do not.</summary>
    public static readonly RecipeCode Unsupported = new("R1007", "Recipes do not use this part of YAML",
        "Tags (`!name`), keys that are not plain text, and several documents in a file are refused.");

    /// <summary>R1008: the value of <c>&lt;&lt;</c> is no mapping.</summary>
    public static readonly RecipeCode BadMergeKey = new("R1008", "A merge key needs a mapping",
        "`<<: *name` adds the entries of a mapping, or of a list of mappings. Keys written beside it win.");

    /// <summary>R1101: an <c>include</c> is malformed.</summary>
    public static readonly RecipeCode BadInclude = new("R1101", "An include is malformed",
        "`include:` stands at the top level and holds the path of a recipe, or a list of such paths, relative to this file.");

    /// <summary>R1102: files include each other in a circle, or too many do.</summary>
    public static readonly RecipeCode IncludeCycle = new("R1102", "Files include each other",
        "A file may not include itself, directly or through others, and includes may be at most 16 deep.");

    /// <summary>R1103: an environment variable is not set.</summary>
    public static readonly RecipeCode UnsetVariable = new("R1103", "An environment variable is not set",
        "`${NAME}` takes the variable's value. Set it, or write `${NAME:-default}`. `$${` stands for a literal `${`.");

    /// <summary>R1104: a <c>${…}</c> is malformed.</summary>
    public static readonly RecipeCode BadVariable = new("R1104", "A reference to an environment variable is malformed",
        "Write `${NAME}` or `${NAME:-default}`; a name has letters, digits and `_`. `$${` stands for a literal `${`.");

    /// <summary>R1110: a <c>--set</c> argument is malformed.</summary>
    public static readonly RecipeCode BadOverride = new("R1110", "A --set argument is malformed",
        "Write `--set path.to.key=value`. The value is read as YAML, so `0.1`, `[1, 2]` and `{ sgd: { lr: 0.1 } }` all work.");

    /// <summary>R1111: the path of a <c>--set</c> argument leads nowhere.</summary>
    public static readonly RecipeCode OverrideNoPlace = new("R1111", "The path of a --set argument leads nowhere",
        "An item of a list is named by its index from 0, by its `name`, or by its slug where that is unique: "
        + "`stages.teacher.epochs`, `stages.0.train.epochs`.");

    /// <summary>R1201: a value has the wrong type.</summary>
    public static readonly RecipeCode WrongType = new("R1201", "A value has the wrong type",
        "The message says what was expected and what was found. Text in quotes is never a number.");

    /// <summary>R1202: a required key is missing.</summary>
    public static readonly RecipeCode MissingKey = new("R1202", "A required key is missing",
        "The key has no default. `retort schema` and docs/recipes.md describe it.");

    /// <summary>R1203: a name is not registered.</summary>
    public static readonly RecipeCode UnknownName = new("R1203", "There is nothing of this name",
        "The slug names no registered criterion, model, data set, stage or the like. `retort methods` lists the methods.");

    /// <summary>R1204: a mapping has a key that means nothing.</summary>
    public static readonly RecipeCode UnknownKey = new("R1204", "Unknown key",
        "An unknown key is an error everywhere: nothing in a recipe is ignored in silence.");

    /// <summary>R1205: a number is out of range.</summary>
    public static readonly RecipeCode OutOfRange = new("R1205", "A number is out of range",
        "The message gives the range. Round brackets exclude the end, square brackets include it.");

    /// <summary>R1206: a value is none of the allowed ones.</summary>
    public static readonly RecipeCode NotAllowed = new("R1206", "A value is none of the allowed ones",
        "The message lists the allowed values.");

    /// <summary>R1207: a choice names no option, or several.</summary>
    public static readonly RecipeCode BadChoice = new("R1207", "A choice must name exactly one thing",
        "Write the slug alone (`cross-entropy`) or with its options (`cross-entropy: { weight: 1 }`), one to a list item.");

    /// <summary>R1208: a list or text has too few or too many items.</summary>
    public static readonly RecipeCode BadLength = new("R1208", "Too few or too many items",
        "The message gives the allowed number of items or characters.");

    /// <summary>R1209: a text does not have the form it needs.</summary>
    public static readonly RecipeCode BadForm = new("R1209", "A text has the wrong form",
        "Names are lower-case words joined by hyphens; durations are a number and a unit (`10 epochs`, `500 steps`, `25%`); "
        + "the message says which form was expected.");

    /// <summary>R1210: a path leads to nothing.</summary>
    public static readonly RecipeCode NoSuchPath = new("R1210", "No such file or folder",
        "Relative paths start at the folder of the file they are written in; those of `--set` at the working directory.");

    /// <summary>R1300: the recipe is written for another version of the format.</summary>
    public static readonly RecipeCode WrongVersion = new("R1300", "The recipe's format is not this version's",
        "`recipe: 1` is the version of the format. A recipe of a later version needs a later Retort.");

    /// <summary>R1301: two things have one name.</summary>
    public static readonly RecipeCode DuplicateName = new("R1301", "Two things have one name",
        "Stages are referred to by name, so names are unique. A stage without `name` is called by its kind.");

    /// <summary>R1302: values that are right alone contradict each other.</summary>
    public static readonly RecipeCode Contradiction = new("R1302", "Values contradict each other",
        "Each value is allowed, but not with the others. The message names them.");

    /// <summary>R1303: something takes more memory than the machine has.</summary>
    public static readonly RecipeCode OutOfMemory = new("R1303", "More memory than the machine has",
        "Counted before anything is allocated. The message gives what it would take and what there is; "
        + "`retort check --explain` shows the estimate of each stage.");

    /// <summary>R1310: a tap names no module of its role's model.</summary>
    public static readonly RecipeCode NoSuchModule = new("R1310", "A tap names no module",
        "A tap is the path of a module as PyTorch names it, such as `layer3` or `blocks.5.attn`. "
        + "`retort check --explain` lists a model's modules.");

    /// <summary>All codes, in ascending order.</summary>
    public static IReadOnlyList<RecipeCode> All { get; } =
        [.. typeof(RecipeCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.FieldType == typeof(RecipeCode))
            .Select(field => (RecipeCode)field.GetValue(null)!)
            .OrderBy(code => code.Id, StringComparer.Ordinal)];
}
