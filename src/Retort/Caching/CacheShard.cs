namespace Retort.Caching;

/// <summary>A file of a cache: rows of one epoch.</summary>
/// <param name="File">Its name beside the index.</param>
/// <param name="Epoch">The epoch whose augmentation the teacher saw.</param>
/// <param name="FirstStep">The loader's step whose batch comes first.</param>
/// <param name="Rows">How many answers it holds.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">The hash of the whole file, in lower-case hexadecimal.</param>
internal sealed record CacheShard(string File, int Epoch, int FirstStep, int Rows, long Bytes, string Sha256);
