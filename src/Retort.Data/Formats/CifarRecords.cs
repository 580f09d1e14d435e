namespace Retort.Data.Formats;

/// <summary>The records of one or more CIFAR files.</summary>
/// <param name="Pixels">Records × 3072 bytes: red, green and blue planes of 32 × 32, row-major.</param>
/// <param name="Labels">One label a record (CIFAR-100: the fine one).</param>
/// <param name="CoarseLabels">CIFAR-100's superclasses; empty for CIFAR-10.</param>
public sealed record CifarRecords(byte[] Pixels, byte[] Labels, byte[] CoarseLabels);
