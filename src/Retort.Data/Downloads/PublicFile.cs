namespace Retort.Data.Downloads;

/// <summary>A file as its publisher offers it.</summary>
/// <param name="Name">Its name in the target folder.</param>
/// <param name="Addresses">Where it is, the publisher's own address first; mirrors are tried in order.</param>
/// <param name="Kind">The kind of checksum that is known.</param>
/// <param name="Checksum">The checksum in lower-case hexadecimal.</param>
/// <param name="Bytes">Its size where it is known.</param>
public sealed record PublicFile(
    string Name, IReadOnlyList<Uri> Addresses, ChecksumKind Kind, string Checksum, long? Bytes = null);
