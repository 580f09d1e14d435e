using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Retort.Registry;

/// <summary>Everything that recipes can name, found by the attributes on types.</summary>
/// <remarks>Built once at start-up and then only read; safe to read from several threads.</remarks>
public sealed class ComponentRegistry
{
    private static readonly ConcurrentDictionary<Type, KindAttribute> DeclaredKinds = new();

    private readonly Dictionary<(Type Root, string Slug), Component> _components = [];
    private readonly Dictionary<string, Type> _described = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Type, IReadOnlyList<Component>> _byBase = new();
    private readonly ConditionalWeakTable<object, Component> _origins = [];
    private readonly List<Assembly> _assemblies = [];

    /// <summary>Creates an empty registry.</summary>
    public ComponentRegistry()
    {
    }

    /// <summary>All components, in the order of their slugs.</summary>
    public IReadOnlyList<Component> Components => Of(typeof(object));

    /// <summary>Methods that no recipe names, because they are recipes themselves: static classes that document them, in the
    /// order of their slugs.</summary>
    public IReadOnlyList<Type> Described => [.. _described.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value)];

    /// <summary>Where the components that attributes name come from, in the order of their registration.</summary>
    public IReadOnlyList<Assembly> Assemblies => _assemblies;

    /// <summary>Registers every type of the assemblies that carries a <see cref="NamedAttribute"/>.</summary>
    /// <exception cref="InvalidOperationException">A type has no options record, or two things of one kind have one
    /// name.</exception>
    public static ComponentRegistry Scan(params ReadOnlySpan<Assembly> assemblies)
    {
        var registry = new ComponentRegistry();
        foreach (Assembly assembly in assemblies)
        {
            foreach (Type type in assembly.GetTypes())
            {
                if (type.IsClass && type.IsDefined(typeof(NamedAttribute), inherit: false))
                    registry.AddType(type);
            }
        }
        return registry;
    }

    /// <summary>Makes an abstract options record of a lower layer, which cannot carry <see cref="KindAttribute"/>, a
    /// choice.</summary>
    public static void DeclareKind(Type optionsBase, KindAttribute kind)
    {
        ArgumentNullException.ThrowIfNull(optionsBase);
        ArgumentNullException.ThrowIfNull(kind);
        DeclaredKinds[optionsBase] = kind;
    }

    /// <summary>Registers a component made by hand.</summary>
    /// <exception cref="InvalidOperationException">Another component of the same kind has its name.</exception>
    public void Add(Component component)
    {
        ArgumentNullException.ThrowIfNull(component);
        var key = (RootOf(component.OptionsType), component.Slug);
        if (!_components.TryAdd(key, component))
        {
            throw new InvalidOperationException(
                $"'{component.Slug}' names both {_components[key].Type.FullName} and {component.Type.FullName}.");
        }
        _byBase.Clear();
        if (!_assemblies.Contains(component.Type.Assembly))
            _assemblies.Add(component.Type.Assembly);
    }

    /// <summary>Registers one type by its <see cref="NamedAttribute"/>, for tests and plug-ins.</summary>
    /// <exception cref="InvalidOperationException">A type has no attribute or no options record, or a name is taken.</exception>
    public void AddType(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        bool isStatic = type is { IsAbstract: true, IsSealed: true };
        if (isStatic && type.GetCustomAttribute<MethodAttribute>(inherit: false) is { Recipe: not null } method)
        {
            if (_described.TryAdd(method.Slug, type))
                return;
            throw new InvalidOperationException(
                $"'{method.Slug}' names both {_described[method.Slug].FullName} and {type.FullName}.");
        }

        Type options = OptionsOf(type)
            ?? throw new InvalidOperationException(
                $"{type.FullName} needs a public constructor with a parameter of an options record.");
        foreach (NamedAttribute attribute in type.GetCustomAttributes<NamedAttribute>(inherit: false))
            Add(new Component(attribute.Slug, type, options, attribute));
    }

    /// <summary>The components whose options derive from a record, in the order of their slugs.</summary>
    public IReadOnlyList<Component> Of(Type optionsBase) => _byBase.GetOrAdd(optionsBase, type =>
        [.. _components.Values.Where(component => component.OptionsType.IsAssignableTo(type))
            .OrderBy(component => component.Slug, StringComparer.Ordinal)]);

    /// <summary>Finds a component by name; <c>random_crop</c> finds <c>random-crop</c> too.</summary>
    public Component? Find(Type optionsBase, string slug)
    {
        ArgumentNullException.ThrowIfNull(slug);
        return Of(optionsBase).FirstOrDefault(component => component.Slug == slug)
            ?? Of(optionsBase).FirstOrDefault(component => component.Slug == slug.Replace('_', '-'));
    }

    /// <summary>Finds the component that options belong to: the one they were bound for, or the only one with their
    /// type.</summary>
    /// <exception cref="ArgumentException">No component, or several, have options of this type.</exception>
    public Component ComponentOf(object options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (_origins.TryGetValue(options, out Component? origin))
            return origin;
        Component[] matches = [.. _components.Values.Where(component => component.OptionsType == options.GetType())];
        return matches.Length == 1 ? matches[0] : throw new ArgumentException(
            $"{options.GetType().Name} belongs to {matches.Length} components; options from a recipe know theirs.",
            nameof(options));
    }

    /// <summary>Makes the thing that options describe.</summary>
    /// <param name="options">Options from a recipe or made in code.</param>
    /// <param name="services">What else the constructor needs, matched by type.</param>
    /// <exception cref="ArgumentException">No component has these options, or its constructor needs more than the
    /// services.</exception>
    public T Create<T>(object options, params object[] services)
        where T : class
    {
        Component component = ComponentOf(options);
        return component.Create(options, services) as T
            ?? throw new ArgumentException(
                $"'{component.Slug}' is a {component.Type.Name}, not a {typeof(T).Name}.", nameof(options));
    }

    /// <summary>The attribute of the choice that an options type belongs to, or null.</summary>
    internal static KindAttribute? KindOf(Type options)
    {
        Type root = RootOf(options);
        return DeclaredKinds.TryGetValue(root, out KindAttribute? declared) ? declared
            : root.GetCustomAttribute<KindAttribute>(inherit: false);
    }

    internal void Remember(object options, Component component) => _origins.AddOrUpdate(options, component);

    private static Type? OptionsOf(Type type)
    {
        if (KindOf(type) is not null)
            return type;
        return type.GetConstructors() is not [var constructor] ? null
            : Array.Find(constructor.GetParameters(), parameter => KindOf(parameter.ParameterType) is not null)?.ParameterType;
    }

    private static Type RootOf(Type options)
    {
        for (Type? type = options; type is not null; type = type.BaseType)
        {
            if (DeclaredKinds.ContainsKey(type) || type.IsDefined(typeof(KindAttribute), inherit: false))
                return type;
        }
        return options;
    }
}
