namespace Retort.Data.Formats;

/// <summary>The classes and files of one split of an image folder.</summary>
/// <param name="Classes">Class names in ordinal order.</param>
/// <param name="Files">Files by class, then by path in ordinal order.</param>
public sealed record ImageFolderListing(IReadOnlyList<string> Classes, IReadOnlyList<LabelledFile> Files);
