using System.Globalization;
using System.Reflection;

namespace Retort.Registry;

/// <summary>One registered thing: its name, its type, its options, and how to make it.</summary>
public sealed class Component
{
    // Options records are immutable, and what they hold is too, so a shallow copy is a copy.
    private static readonly MethodInfo CopyMethod =
        typeof(object).GetMethod(nameof(MemberwiseClone), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private readonly Func<Component, object, object[], object> _create;

    /// <summary>Creates a component by hand, for things that no attribute can name (a whole zoo from one factory).</summary>
    /// <param name="slug">The name in recipes.</param>
    /// <param name="type">The type of what is made.</param>
    /// <param name="optionsType">A concrete record with a parameterless constructor.</param>
    /// <param name="create">Makes the thing from its options.</param>
    public Component(string slug, Type type, Type optionsType, Func<object, object> create)
        : this(slug, type, optionsType, null, (_, options, _) => create(options))
    {
    }

    internal Component(
        string slug, Type type, Type optionsType, NamedAttribute? attribute,
        Func<Component, object, object[], object>? create = null)
    {
        Slug = slug;
        Type = type;
        OptionsType = optionsType;
        Attribute = attribute;
        _create = create ?? Construct;
    }

    /// <summary>The name in recipes.</summary>
    public string Slug { get; }

    /// <summary>The type of what is made; the options type itself where the options are all there is.</summary>
    public Type Type { get; }

    /// <summary>The record of its options.</summary>
    public Type OptionsType { get; }

    /// <summary>The options that the name stands for, where they are not a new record's; binding fills in a copy.</summary>
    public object? Prototype { get; init; }

    /// <summary>The attribute that registered it, which has the paper of a method; null for one registered by hand.</summary>
    public NamedAttribute? Attribute { get; }

    /// <summary>Makes the thing.</summary>
    /// <param name="options">Its options, of <see cref="OptionsType"/>.</param>
    /// <param name="services">What else its constructor needs, matched by type.</param>
    /// <exception cref="ArgumentException">The constructor needs something that is not among the services.</exception>
    public object Create(object options, params object[] services)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(services);
        return _create(this, options, services);
    }

    /// <summary>Options with nothing set by a recipe yet: a copy of <see cref="Prototype"/>, or null for a new record.</summary>
    internal object? NewOptions() => Prototype is null ? null : CopyMethod.Invoke(Prototype, null);

    /// <inheritdoc/>
    public override string ToString() => $"{Slug} ({Type.Name})";

    private static object Construct(Component component, object options, object[] services)
    {
        if (component.Type == component.OptionsType)
            return options;
        ConstructorInfo constructor = component.Type.GetConstructors()[0];
        object?[] arguments =
            [.. constructor.GetParameters().Select(parameter => Argument(parameter, component, options, services))];
        try
        {
            return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, CultureInfo.InvariantCulture);
        }
        catch (MemberAccessException error)
        {
            throw new ArgumentException($"'{component.Slug}' cannot be created: {error.Message}", nameof(options), error);
        }
    }

    private static object? Argument(ParameterInfo parameter, Component component, object options, object[] services)
    {
        Type type = parameter.ParameterType;
        if (type.IsInstanceOfType(options))
            return options;
        if (type == typeof(Component))
            return component;
        return Array.Find(services, type.IsInstanceOfType) ?? (parameter.HasDefaultValue ? parameter.DefaultValue
            : throw new ArgumentException(
                $"'{component.Slug}' needs a {type.Name}, which is not among the services given.", nameof(services)));
    }
}
