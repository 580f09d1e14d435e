namespace Retort.Data.Sets;

/// <summary>CamVid: driving scenes with 11 classes of pixels, in the version of the SegNet authors.</summary>
/// <remarks>Brostow et al., doi:10.1016/j.patrec.2008.04.005; Badrinarayanan et al., arXiv:1511.00561. Value 11 is what nobody
/// labelled, and does not count. Files as <see cref="LabelMapSet"/> says, with paths relative to the folder.</remarks>
[Dataset("camvid")]
public sealed record CamVid : LabelMapSet
{
    /// <inheritdoc/>
    public override int Ignore { get; init; } = 11;

    /// <inheritdoc/>
    protected override string SetName => "camvid";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.41, 0.42, 0.43], [0.30, 0.30, 0.30]);
}
