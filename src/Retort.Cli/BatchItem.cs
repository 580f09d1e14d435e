namespace Retort.Cli;

/// <summary>One recipe of several.</summary>
/// <param name="Path">The recipe's file as it was given.</param>
/// <param name="Name">What tables and messages call it: its folder's name.</param>
/// <param name="Folder">Where its results go.</param>
/// <param name="Threads">Processors that it will use.</param>
/// <param name="Arguments">The command line of its process.</param>
internal sealed record BatchItem(string Path, string Name, string Folder, int Threads, IReadOnlyList<string> Arguments);
