namespace Retort.Data.Formats;

/// <summary>One image file of a folder and the class it lies under.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Label">Position of its class in the sorted class names.</param>
public readonly record struct LabelledFile(string Path, int Label);
