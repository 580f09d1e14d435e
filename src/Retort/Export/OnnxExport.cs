namespace Retort.Export;

/// <summary>What was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="InputNames">Names of the inputs, in order.</param>
/// <param name="OutputNames">Names of the outputs, in order.</param>
/// <param name="Nodes">How many operators the graph has.</param>
public sealed record OnnxExport(
    string Path, long Bytes, IReadOnlyList<string> InputNames, IReadOnlyList<string> OutputNames, int Nodes);
