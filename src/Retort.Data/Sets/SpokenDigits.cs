namespace Retort.Data.Sets;

/// <summary>The Free Spoken Digit Dataset: English digits by a few speakers, 8 kHz, 10 classes.</summary>
/// <remarks>Jackson et al., doi:10.5281/zenodo.1342401. Samples are [1, 32, 48]: 0.78 seconds, longer than nearly all
/// recordings. The folder has <c>index.csv</c> with the columns file, digit and split; recordings 0 to 4 of each speaker and
/// digit are the set's own test split.</remarks>
[Dataset("fsdd")]
public sealed record SpokenDigits : WavFolder
{
    /// <inheritdoc/>
    public override string Label { get; init; } = "digit";

    /// <inheritdoc/>
    protected override string SetName => "fsdd";
}
