namespace Retort.Data;

/// <summary>Decides which samples an epoch has, and in what order.</summary>
/// <remarks>The order depends on the seed and the epoch alone.</remarks>
public abstract class Sampler
{
    /// <summary>How many samples an epoch has.</summary>
    public abstract int CountOf(Dataset data);

    /// <summary>The places of an epoch's samples, as many as <see cref="CountOf"/> says.</summary>
    public abstract int[] Order(Dataset data, ulong seed, long epoch);

    private protected static RandomStream StreamOf(ulong seed, long epoch) =>
        RandomStream.Derive(seed, 0x0DE7, unchecked((ulong)epoch));
}
