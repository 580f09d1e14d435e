using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using Retort.Data;

namespace Retort.Recipes;

/// <summary>What recipes may write for one property of an options record.</summary>
internal sealed class PropertyModel
{
    public PropertyModel(PropertyInfo info)
    {
        Info = info;
        Key = info.GetCustomAttribute<RecipeKeyAttribute>()?.Key ?? Names.Snake(info.Name);
        Required = info.IsDefined(typeof(RequiredMemberAttribute), inherit: false);
        Nullable = System.Nullable.GetUnderlyingType(info.PropertyType) is not null
            || !info.PropertyType.IsValueType
                && new NullabilityInfoContext().Create(info).WriteState == NullabilityState.Nullable;
        Type = System.Nullable.GetUnderlyingType(info.PropertyType) ?? info.PropertyType;
        Inline = info.IsDefined(typeof(InlineAttribute), inherit: false);
        Shorthand = info.IsDefined(typeof(ShorthandAttribute), inherit: false);
        MustExist = info.IsDefined(typeof(MustExistAttribute), inherit: false);
        AllowAuto = info.IsDefined(typeof(AllowAutoAttribute), inherit: false);
        AnyScalar = info.IsDefined(typeof(AnyScalarAttribute), inherit: false);
        Range = info.GetCustomAttribute<RangeAttribute>();
        Allowed = info.GetCustomAttribute<AllowedValuesAttribute>()?.Values;
        Pattern = info.GetCustomAttribute<RegularExpressionAttribute>();
        MinLength = info.GetCustomAttribute<MinLengthAttribute>()?.Length;
        MaxLength = info.GetCustomAttribute<MaxLengthAttribute>()?.Length;
    }

    public PropertyInfo Info { get; }

    public string Key { get; }

    public Type Type { get; }

    public bool Required { get; }

    public bool Nullable { get; }

    public bool Inline { get; }

    public bool Shorthand { get; }

    public bool MustExist { get; }

    public bool AllowAuto { get; }

    public bool AnyScalar { get; }

    public RangeAttribute? Range { get; }

    public object?[]? Allowed { get; }

    public RegularExpressionAttribute? Pattern { get; }

    public int? MinLength { get; }

    public int? MaxLength { get; }
}
