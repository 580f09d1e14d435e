using System.Reflection;
using System.Runtime.CompilerServices;

namespace Retort.Tests.Architecture;

/// <summary>Writes types as C# does.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Aliases = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(char)] = "char",
    };

    /// <summary>The name with its namespace and generic parameters, as in a declaration.</summary>
    public static string Full(Type type) => $"{type.Namespace}.{Nested(type)}{Arguments(type.GetGenericArguments().Select(a => a.Name))}";

    /// <summary>The name as it is used, without annotations.</summary>
    public static string Of(Type type) => Write(type, null);

    /// <summary>The name as it is used, with question marks where null is allowed.</summary>
    public static string Of(NullabilityInfo info) => Write(info.Type, info);

    private static string Write(Type type, NullabilityInfo? info)
    {
        string mark = info is { ReadState: NullabilityState.Nullable } && !type.IsValueType && !type.IsByRef ? "?" : string.Empty;
        if (type.IsByRef)
            return Write(type.GetElementType()!, info is { ElementType: { } inner } ? inner : null);
        if (type.IsArray)
            return $"{Write(type.GetElementType()!, info?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        if (type.IsPointer)
            return Write(type.GetElementType()!, null) + "*";
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Write(value, null) + "?";
        if (Aliases.TryGetValue(type, out string? alias))
            return alias + mark;
        string[] arguments = [.. type.GetGenericArguments().Select((a, k) => Write(a, info?.GenericTypeArguments.ElementAtOrDefault(k)))];
        if (type.IsAssignableTo(typeof(ITuple)) && type.IsValueType && arguments.Length > 1)
            return $"({string.Join(", ", arguments)})";
        return Nested(type) + Arguments(arguments) + mark;
    }

    private static string Nested(Type type)
    {
        int arity = type.Name.IndexOf('`', StringComparison.Ordinal);
        string name = arity < 0 ? type.Name : type.Name[..arity];
        return type.IsNested && !type.IsGenericParameter ? $"{Nested(type.DeclaringType!)}.{name}" : name;
    }

    private static string Arguments(IEnumerable<string> arguments)
    {
        string text = string.Join(", ", arguments);
        return text.Length == 0 ? string.Empty : $"<{text}>";
    }
}
