namespace Retort.Tracking;

/// <summary>What trackers ask of names before they reach a file.</summary>
internal static class TrackerNames
{
    public static void Require(string name, string argument)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, argument);
        if (name.Any(char.IsControl))
            throw new ArgumentException($"'{argument}' holds a control character; names of stages and figures may not.",
                argument);
    }

    /// <summary>A name as one component of a path: letters, digits, '.', '_' and '-', and never '.' or '..'.</summary>
    public static string AsFolder(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'));
        safe = safe.TrimStart('.');
        return safe.Length == 0 ? "-" : safe[..Math.Min(safe.Length, 100)];
    }
}
