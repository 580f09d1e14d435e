using System.Collections.Concurrent;
using System.Reflection;

namespace Retort.Recipes;

/// <summary>What recipes may write for one options record: its properties, read by reflection once.</summary>
internal sealed class TypeModel
{
    private static readonly ConcurrentDictionary<Type, TypeModel> Cache = new();

    private readonly Lazy<object?> _defaults;

    private TypeModel(Type type)
    {
        Type = type;
        Properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .Select(property => new PropertyModel(property))];
        Shorthand = Properties.FirstOrDefault(property => property.Shorthand);
        Reserved = type.GetCustomAttribute<ReservedKeysAttribute>()?.Keys ?? [];
        Noun = type.GetCustomAttribute<NounAttribute>()?.Noun;
        _defaults = new Lazy<object?>(() => type.IsAbstract ? null : New());
    }

    public Type Type { get; }

    public IReadOnlyList<PropertyModel> Properties { get; }

    public PropertyModel? Shorthand { get; }

    public IReadOnlyList<string> Reserved { get; }

    public string? Noun { get; }

    public static TypeModel Of(Type type) => Cache.GetOrAdd(type, static t => new TypeModel(t));

    /// <summary>The element type of a list type, or null: arrays and the list interfaces.</summary>
    public static Type? ElementOf(Type type) => type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() is var generic
            && (generic == typeof(IReadOnlyList<>) || generic == typeof(IReadOnlyCollection<>) || generic == typeof(IEnumerable<>)
                || generic == typeof(IList<>) || generic == typeof(List<>))
            ? type.GetGenericArguments()[0] : null;

    /// <summary>The value type of a dictionary type with text keys, or null.</summary>
    public static Type? ValueOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() is var generic
        && (generic == typeof(IReadOnlyDictionary<,>) || generic == typeof(IDictionary<,>) || generic == typeof(Dictionary<,>))
        && type.GetGenericArguments()[0] == typeof(string) ? type.GetGenericArguments()[1] : null;

    /// <summary>The value that a property has in a new record.</summary>
    public object? DefaultOf(PropertyModel property) => _defaults.Value is { } defaults ? property.Info.GetValue(defaults) : null;

    public object New()
    {
        try
        {
            return Activator.CreateInstance(Type)!;
        }
        catch (MissingMethodException)
        {
            throw new InvalidOperationException($"{Type.FullName} is an options record and needs a parameterless constructor.");
        }
    }
}
