namespace Retort.Export;

/// <summary>A folder is no model folder, or what it holds does not fit together.</summary>
public sealed class StudentFolderException : Exception
{
    internal StudentFolderException(string path, string problem, Exception? inner = null)
        : base($"'{path}': {problem}", inner)
    {
    }
}
