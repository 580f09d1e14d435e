using Retort.Data;

namespace Retort.Federation.Attacks;

/// <summary>It trains on the labels K − 1 − y.</summary>
[Named("label-flip")]
public sealed record LabelFlip : AttackOptions
{
    /// <inheritdoc/>
    public override Dataset Poison(Dataset data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Labelled(
            [.. data.Labels.Select(label => label < 0 ? label : data.ClassNames.Count - 1 - label)], data.ClassNames);
    }
}
