namespace Retort.Recipes;

/// <summary>Lets a <see cref="Schedule"/> be <c>auto</c>: scaled by what the trainer measures at the first step.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AllowAutoAttribute : Attribute;
