namespace Retort.Torch.Serialization;

/// <summary>A safetensors file, or its index, is not what the format allows.</summary>
public sealed class SafeTensorsException : Exception
{
    /// <summary>Creates the exception for one problem of one file.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="tensor">The tensor that it concerns, or null where it concerns the file as a whole.</param>
    /// <param name="problem">What was found and what is allowed.</param>
    /// <param name="inner">What was thrown below, if anything.</param>
    public SafeTensorsException(string file, string? tensor, string problem, Exception? inner = null)
        : base(tensor is null ? $"'{file}': {problem}" : $"'{file}', tensor '{Shortened(tensor)}': {problem}", inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>The file's path.</summary>
    public string File { get; }

    /// <summary>The tensor that the problem concerns, or null.</summary>
    public string? Tensor { get; }

    // A hostile header may hold a name of a hundred megabytes, with control characters.
    private static string Shortened(string name)
    {
        string clean = string.Concat((name.Length <= 200 ? name : name[..200]).Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return name.Length <= 200 ? clean : clean + "…";
    }
}
