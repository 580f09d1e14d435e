namespace Retort.Registry;

/// <summary>Makes an abstract options record a choice: what a recipe can name there, and how it is written.</summary>
/// <remarks>Everything registered whose options derive from the record is one of the alternatives. Without a <see cref="Tag"/>
/// a choice is written <c>slug</c> or <c>slug: { options }</c>; with one, <c>tag: slug</c> stands beside the options.</remarks>
/// <param name="noun">What messages call such a thing, such as <c>criterion</c>.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class KindAttribute(string noun) : Attribute
{
    /// <summary>What messages call such a thing.</summary>
    public string Noun { get; } = noun;

    /// <summary>The key that names the alternative, where options stand beside it (<c>model: cifar-resnet20</c>).</summary>
    public string? Tag { get; init; }

    /// <summary>The slug of the alternative that a bare number stands for (a schedule's <c>constant</c>).</summary>
    public string? Number { get; init; }

    /// <summary>The command that describes an alternative, with <c>{0}</c> for its slug, such as <c>retort methods
    /// {0}</c>.</summary>
    public string? Command { get; init; }
}
