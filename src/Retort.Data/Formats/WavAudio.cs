namespace Retort.Data.Formats;

/// <summary>The sound of a WAV file.</summary>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Channels">The channels, each of the same length, with values in [−1, 1) (float files may exceed it).</param>
public sealed record WavAudio(int SampleRate, IReadOnlyList<float[]> Channels)
{
    /// <summary>Samples in each channel.</summary>
    public int Length => Channels[0].Length;
}
