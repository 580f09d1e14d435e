namespace Retort.Torch.Nn;

/// <summary>Joins dimensions into one; by default all but the batch's.</summary>
/// <remarks>[N, C, H, W] → [N, C·H·W].</remarks>
public sealed class Flatten : Module
{
    private readonly long _start;
    private readonly long _end;

    /// <summary>Creates the layer with the first and the last dimension that it joins.</summary>
    public Flatten(long start = 1, long end = -1) => (_start, _end) = (start, end);

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => input.Flatten(_start, _end);
}
