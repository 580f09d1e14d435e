namespace Retort.Torch.Nn;

/// <summary>Values by name do not fit a module's state.</summary>
public sealed class StateDictException : Exception
{
    private const int MostNamed = 5;

    private StateDictException(string message)
        : base(message)
    {
    }

    /// <summary>Throws where names or shapes differ, naming the first few of each kind.</summary>
    internal static void ThrowIfUnfit(
        IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> given, bool strict)
    {
        var problems = new List<string>();
        if (strict)
        {
            Report(problems, "missing", own.Keys.Where(k => !given.ContainsKey(k)));
            Report(problems, "unknown", given.Keys.Where(k => !own.ContainsKey(k)));
        }

        Report(problems, "of another shape", own
            .Where(o => given.TryGetValue(o.Key, out Tensor? g) && !g.Shape.AsSpan().SequenceEqual(o.Value.Shape))
            .Select(o => $"{o.Key} ({Shapes.Text(given[o.Key])}, expected {Shapes.Text(o.Value)})"));
        if (problems.Count > 0)
            throw new StateDictException($"The weights do not fit the model: {string.Join("; ", problems)}.");
    }

    private static void Report(List<string> problems, string kind, IEnumerable<string> names)
    {
        string[] all = [.. names];
        if (all.Length == 0)
            return;
        string more = all.Length > MostNamed ? $" and {all.Length - MostNamed} more" : string.Empty;
        problems.Add($"{all.Length} {kind}: {string.Join(", ", all.Take(MostNamed))}{more}");
    }
}
