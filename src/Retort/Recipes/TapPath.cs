using System.Diagnostics.CodeAnalysis;

namespace Retort.Recipes;

/// <summary>Names a tensor inside a model: a module's path and the side of it, such as <c>layer3</c> or
/// <c>blocks.5.attn@input</c>.</summary>
/// <remarks>The path is PyTorch's. An empty path with a side (<c>@input</c>, <c>@output</c>) is the whole model.
/// <c>last-feature</c> is whatever the model declares to be the pooled feature before its head, <c>last-stage</c> the output of
/// its last stage: a feature map [N, C, H, W] or tokens [N, T, D]. <c>aux:NAME</c> is the output of an auxiliary network of the
/// stage.</remarks>
public sealed record TapPath
{
    private const string LastFeatureText = "last-feature";
    private const string LastStageText = "last-stage";
    private const string AuxiliaryPrefix = "aux:";

    private TapPath(string path, TapSide side)
    {
        Path = path;
        Side = side;
    }

    /// <summary>The last feature before the model's head, whatever the model calls it.</summary>
    public static TapPath LastFeature { get; } = new(LastFeatureText, TapSide.Output);

    /// <summary>The output of the model's last stage, not yet pooled, whatever the model calls it.</summary>
    public static TapPath LastStage { get; } = new(LastStageText, TapSide.Output);

    /// <summary>The module's path; empty for the model itself.</summary>
    public string Path { get; }

    /// <summary>The side of the module.</summary>
    public TapSide Side { get; }

    /// <summary>Whether the model itself decides which module is meant.</summary>
    public bool IsLastFeature => ReferenceEquals(this, LastFeature);

    /// <summary>Whether it is the last stage, which the model itself names.</summary>
    public bool IsLastStage => ReferenceEquals(this, LastStage);

    /// <summary>The name of the auxiliary network whose output is meant (<c>aux:NAME</c>), or null.</summary>
    public string? Auxiliary =>
        Path.StartsWith(AuxiliaryPrefix, StringComparison.Ordinal) ? Path[AuxiliaryPrefix.Length..] : null;

    /// <summary>The output of a train stage's auxiliary network: <c>aux:NAME</c>.</summary>
    public static TapPath OfAuxiliary(string name) => new(AuxiliaryPrefix + name, TapSide.Output);

    /// <summary>Reads <c>path</c>, <c>path@input</c>, <c>path@output</c>, <c>last-feature</c> or <c>last-stage</c>.</summary>
    /// <exception cref="FormatException">The text has spaces, an empty part between dots, or another side.</exception>
    public static TapPath Parse(string text) => TryParse(text, out TapPath? tap) ? tap
        : throw new FormatException($"'{text}' is no tap; expected {Form}.");

    /// <summary>Reads a tap as <see cref="Parse"/> does.</summary>
    public static implicit operator TapPath(string text) => Parse(text);

    /// <summary>Reads a tap as <see cref="Parse"/> does.</summary>
    public static TapPath FromString(string text) => Parse(text);

    /// <summary>Returns the form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => Side == TapSide.Input ? $"{Path}@input" : Path.Length == 0 ? "@output" : Path;

    internal const string Form = "a module's path, such as layer3 or blocks.5.attn@input";

    internal static bool TryParse(string text, [NotNullWhen(true)] out TapPath? tap)
    {
        ArgumentNullException.ThrowIfNull(text);
        tap = text == LastFeatureText ? LastFeature : text == LastStageText ? LastStage : null;
        if (tap is not null)
            return true;
        int at = text.IndexOf('@', StringComparison.Ordinal);
        string path = at < 0 ? text : text[..at];
        string side = at < 0 ? "output" : text[(at + 1)..];
        bool whole = path.Length == 0 && at == 0;
        if (side is not ("input" or "output") || path.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            || !whole && path.Split('.').Any(part => part.Length == 0))
            return false;
        tap = new TapPath(path, side == "input" ? TapSide.Input : TapSide.Output);
        return true;
    }
}
