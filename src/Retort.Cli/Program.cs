namespace Retort.Cli;

/// <summary>The entry point of the command <c>retort</c>.</summary>
public static class Program
{
    /// <summary>Runs one command line and returns its exit code: 0 done, 1 failed, 2 wrong input, 130 interrupted.</summary>
    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        return 0;
    }
}
