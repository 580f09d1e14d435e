using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Retort.Tests.Architecture;

/// <summary>Prints what an assembly shows to others: a line a type, below it a line a member, in a fixed order.</summary>
internal static class ApiPrinter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>All public types, by name.</summary>
    public static IEnumerable<string> Print(Assembly assembly)
    {
        foreach (Type type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            yield return Head(type);
            foreach (string member in Members(type).Distinct().Order(StringComparer.Ordinal))
                yield return "    " + member;
        }
    }

    private static string Head(Type type)
    {
        string kind = type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : typeof(Delegate).IsAssignableFrom(type) ? "delegate"
            : type.IsValueType ? "struct"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class" : "class";
        Type[] inherited = type.BaseType?.GetInterfaces() ?? [];
        IEnumerable<Type> bases = type.GetInterfaces().Except(inherited).Where(i => i.IsPublic);
        bases = type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum)
            ? bases.Prepend(parent)
            : bases;
        string[] names = type.IsEnum ? [] : [.. bases.Select(b => TypeNames.Of(b)).Order(StringComparer.Ordinal)];
        return $"{kind} {TypeNames.Full(type)}{(names.Length > 0 ? " : " + string.Join(", ", names) : string.Empty)}";
    }

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            foreach (FieldInfo value in type.GetFields(BindingFlags.Public | BindingFlags.Static))
                yield return string.Create(CultureInfo.InvariantCulture, $"{value.Name} = {value.GetRawConstantValue()}");
            yield break;
        }

        foreach (FieldInfo field in type.GetFields(Declared).Where(f => Shown(type, f.Attributes)))
        {
            string modifier = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
            string value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : string.Empty;
            yield return $"{modifier}{TypeNames.Of(Nullability.Create(field))} {field.Name}{value}";
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(c => Shown(type, c) && !IsGenerated(c)))
            yield return $"{Protection(constructor)}new({Parameters(constructor)})";
        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            if (Property(type, property) is { } text)
                yield return text;
        }

        foreach (EventInfo e in type.GetEvents(Declared).Where(e => Shown(type, e.AddMethod!)))
            yield return $"event {TypeNames.Of(e.EventHandlerType!)} {e.Name}";
        foreach (MethodInfo method in type.GetMethods(Declared))
        {
            bool accessor = method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);
            if (!accessor && Shown(type, method) && !IsGenerated(method) && method.GetBaseDefinition() == method)
                yield return Method(method);
        }
    }

    private static string? Property(Type type, PropertyInfo property)
    {
        var accessors = new List<string>();
        if (property.GetMethod is { } get && Shown(type, get))
            accessors.Add("get;");
        if (property.SetMethod is { } set && Shown(type, set))
            accessors.Add(set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init;" : "set;");
        MethodInfo any = property.GetMethod ?? property.SetMethod!;
        if (accessors.Count == 0 || property.Name == "EqualityContract" || any.GetBaseDefinition() != any)
            return null;
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
        string index = property.GetIndexParameters() is { Length: > 0 } ps ? $"[{string.Join(", ", ps.Select(Parameter))}]" : string.Empty;
        return $"{Protection(any)}{Kind(any)}{required}{TypeNames.Of(Nullability.Create(property))} {property.Name}{index} "
            + $"{{ {string.Join(' ', accessors)} }}";
    }

    private static string Method(MethodInfo method)
    {
        string generic = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => a.Name))}>"
            : string.Empty;
        return $"{Protection(method)}{Kind(method)}{TypeNames.Of(Nullability.Create(method.ReturnParameter))} {method.Name}{generic}({Parameters(method)})";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string modifier = parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : string.Empty;
        if (parameter.GetCustomAttributes().Any(a => a is ParamArrayAttribute or ParamCollectionAttribute))
            modifier = "params ";
        string fallback = parameter.HasDefaultValue ? " = " + Default(parameter.ParameterType, parameter.RawDefaultValue) : string.Empty;
        return $"{modifier}{TypeNames.Of(Nullability.Create(parameter))} {parameter.Name}{fallback}";
    }

    private static string Kind(MethodBase method) =>
        method.DeclaringType!.IsInterface ? string.Empty
        : method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : method.IsVirtual && !method.IsFinal ? "virtual " : string.Empty;

    private static string Protection(MethodBase method) => method.IsPublic ? string.Empty : "protected ";

    private static bool Shown(Type type, MethodBase method) => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !type.IsSealed);

    private static bool Shown(Type type, FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is var access
        && (access == FieldAttributes.Public || (access is FieldAttributes.Family or FieldAttributes.FamORAssem && !type.IsSealed));

    // What the compiler adds to records and the like.
    private static bool IsGenerated(MethodBase method) => method.IsDefined(typeof(CompilerGeneratedAttribute)) || method.Name.Contains('<', StringComparison.Ordinal);

    private static string Default(Type type, object? value) =>
        type.IsEnum && value is not null ? $"{type.Name}.{Enum.ToObject(type, value)}"
        : value is null && type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default"
        : Literal(value);

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
