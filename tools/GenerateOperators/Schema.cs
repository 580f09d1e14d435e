namespace Retort.Tools;

/// <summary>An argument of an operator: its type and name in libtorch's notation and its default, if any.</summary>
public sealed record SchemaArgument(string Type, string Name, string? Default);

/// <summary>An operator's schema, read from libtorch's notation.</summary>
public sealed record Schema(string Name, string Overload, IReadOnlyList<SchemaArgument> Arguments, IReadOnlyList<string> Returns)
{
    /// <summary>Reads <c>aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor</c>.</summary>
    public static Schema Parse(string text)
    {
        int open = text.IndexOf('(', StringComparison.Ordinal);
        string full = text[..open];
        int dot = full.IndexOf('.', StringComparison.Ordinal);
        int arrow = text.LastIndexOf("->", StringComparison.Ordinal);
        int close = text.LastIndexOf(')', arrow);
        var arguments = new List<SchemaArgument>();
        foreach (string part in SplitTop(text[(open + 1)..close]))
        {
            if (part is "*" or "")
                continue;
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string declaration = equals < 0 ? part : part[..equals];
            int space = declaration.LastIndexOf(' ');
            arguments.Add(new SchemaArgument(
                WithoutAlias(declaration[..space]), declaration[(space + 1)..], equals < 0 ? null : part[(equals + 1)..]));
        }

        string results = text[(arrow + 2)..].Trim();
        IReadOnlyList<string> returns = results.StartsWith('(') && results.EndsWith(')')
            ? [.. SplitTop(results[1..^1]).Where(r => r.Length > 0).Select(r => WithoutAlias(TypeOf(r)))]
            : [WithoutAlias(TypeOf(results))];
        return new Schema(dot < 0 ? full : full[..dot], dot < 0 ? string.Empty : full[(dot + 1)..], arguments, returns);
    }

    private static string TypeOf(string result)
    {
        // A named result is "Tensor values"; an alias annotation may hold spaces: "Tensor(a! -> a)".
        int depth = 0;
        for (int k = 0; k < result.Length; k++)
        {
            depth += result[k] switch { '(' => 1, ')' => -1, _ => 0 };
            if (result[k] == ' ' && depth == 0)
                return result[..k];
        }

        return result;
    }

    private static string WithoutAlias(string type)
    {
        int open = type.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
            return type.Trim();
        int close = type.IndexOf(')', open);
        return (type[..open] + type[(close + 1)..]).Trim();
    }

    private static IEnumerable<string> SplitTop(string text)
    {
        int depth = 0, start = 0;
        for (int k = 0; k < text.Length; k++)
        {
            depth += text[k] switch { '(' or '[' => 1, ')' or ']' => -1, _ => 0 };
            if (text[k] != ',' || depth != 0)
                continue;
            yield return text[start..k].Trim();
            start = k + 1;
        }

        yield return text[start..].Trim();
    }
}
