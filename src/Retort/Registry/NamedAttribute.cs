namespace Retort.Registry;

/// <summary>Registers a class under the name that recipes call it.</summary>
/// <remarks>The class has one public constructor; its options record is the constructor's parameter whose type derives from a
/// record with <see cref="KindAttribute"/>. An options record may also carry the attribute itself. A class may have several
/// names. Adding a thing touches its own file only.</remarks>
/// <param name="slug">Lower-case words joined by hyphens, such as <c>cross-entropy</c>. Unique among its kind.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public class NamedAttribute(string slug) : Attribute
{
    /// <summary>The name in recipes.</summary>
    public string Slug { get; } = slug;
}
