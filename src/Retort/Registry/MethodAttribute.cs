namespace Retort.Registry;

/// <summary>Registers a published method: a named thing with a paper, listed by <c>retort methods</c>.</summary>
/// <param name="slug">Lower-case words joined by hyphens, such as <c>sp</c>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class MethodAttribute(string slug) : NamedAttribute(slug)
{
    /// <summary>The method's name as people say it, such as <c>Similarity-preserving KD</c>.</summary>
    public required string Title { get; init; }

    /// <summary>What the method transfers.</summary>
    public required MethodFamily Family { get; init; }

    /// <summary>The year of its first publication.</summary>
    public required int Year { get; init; }

    /// <summary>The shipped recipe that shows the method, below <c>recipes/</c>: needed where it is several stages of known
    /// parts, and its class is static and only documents it.</summary>
    public string? Recipe { get; init; }

    /// <summary>Where it is published, such as <c>arXiv:1907.09682</c> or <c>doi:10.1000/1</c>.</summary>
    public required string Paper { get; init; }
}
