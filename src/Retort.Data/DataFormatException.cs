namespace Retort.Data;

/// <summary>A data file does not hold what its format allows: truncated, malformed or hostile input.</summary>
/// <remarks>The message names the file, the place, what was found and what is allowed; it is written for users.</remarks>
public sealed class DataFormatException : Exception
{
    /// <summary>Creates the error for one place of one file.</summary>
    /// <param name="file">Path or name of the input.</param>
    /// <param name="place">Where in it: <c>byte 16</c>, <c>line 3</c>, <c>line 3, column 7</c>, or <c>header</c>.</param>
    /// <param name="problem">What was found there and what is allowed.</param>
    /// <param name="inner">The underlying error, if another library reported it.</param>
    public DataFormatException(string file, string place, string problem, Exception? inner = null)
        : base($"{file}: {place}: {problem}", inner)
    {
        File = file;
        Place = place;
        Problem = problem;
    }

    /// <summary>Path or name of the input.</summary>
    public string File { get; }

    /// <summary>Where in the input the problem is.</summary>
    public string Place { get; }

    /// <summary>What was found and what is allowed.</summary>
    public string Problem { get; }
}
