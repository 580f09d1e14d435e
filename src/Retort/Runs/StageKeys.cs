using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Retort.Runs;

/// <summary>Hashes that say what a stage's result depends on, and seeds derived from names.</summary>
internal static class StageKeys
{
    /// <summary>A hash over parts, each of which counts with its length, in lower-case hexadecimal.</summary>
    public static string Of(params IEnumerable<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A seed that differs by purpose as by seed.</summary>
    public static ulong Seed(long seed, string purpose) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{purpose}")));
}
