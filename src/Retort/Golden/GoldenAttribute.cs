namespace Retort.Golden;

/// <summary>Marks the static method of a method's file that computes what its reference vectors hold.</summary>
/// <remarks>The method takes <see cref="GoldenInputs"/> and returns <see cref="GoldenOutputs"/>. Gradients are taken by the
/// checker.</remarks>
/// <param name="slug">The name that a vector file gives in <c>method</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class GoldenAttribute(string slug) : Attribute
{
    /// <summary>The name that a vector file gives in <c>method</c>.</summary>
    public string Slug { get; } = slug;
}
