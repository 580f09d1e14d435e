namespace Retort.Data.Formats;

/// <summary>One record of a CSV or TSV file.</summary>
/// <param name="Line">Number of the line on which it starts, from 1 on.</param>
/// <param name="Fields">Its fields, unquoted (a line end within one is LF); as many as every other record of the file
/// has.</param>
public readonly record struct DelimitedRecord(long Line, string[] Fields);
