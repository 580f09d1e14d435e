using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>Two convolutions added to their input, told the noise level by a scale and a shift of each channel.</summary>
/// <remarks>
/// <para>[N, inChannels, H, W] and a moment [N, width] → [N, channels, H, W]; the residual block of ADM (Dhariwal and Nichol,
/// arXiv:2105.05233, section 3.1) without its resampling. Called with the picture alone, nothing is scaled or shifted.</para>
/// <para>Parameters: <c>norm1.*</c> and <c>norm2.*</c> where it normalises, <c>conv1.*</c>, <c>moment.*</c>, <c>conv2.*</c>, and
/// <c>shortcut.*</c> where the channels change. <c>conv2</c> starts at 0, so that a block starts as its shortcut.</para>
/// </remarks>
public sealed class DenoiserBlock : Module
{
    /// <summary>Groups of the normalisations; channels are multiples of it.</summary>
    internal const int Groups = 8;

    private readonly Module _norm1;
    private readonly Module _act;
    private readonly Module _conv1;
    private readonly Module _moment;
    private readonly Module _norm2;
    private readonly Module _conv2;
    private readonly Module? _shortcut;

    internal DenoiserBlock(int inChannels, int channels, int momentWidth, bool normalize)
    {
        Module Norm(int width) => normalize ? new GroupNorm(Groups, width) : new Identity();
        _norm1 = Child("norm1", Norm(inChannels));
        // One for both places, so a tap on it sees the second.
        _act = Child("act", new Silu());
        _conv1 = Child("conv1", new Conv2d(inChannels, channels, kernel: 3, padding: 1));
        _moment = Child("moment", new Linear(momentWidth, 2 * channels));
        _norm2 = Child("norm2", Norm(channels));
        var last = new Conv2d(channels, channels, kernel: 3, padding: 1);
        Init.Constant(last.Weight, 0);
        Init.Constant(last.Bias!, 0);
        _conv2 = Child("conv2", last);
        if (inChannels != channels)
            _shortcut = Child("shortcut", new Conv2d(inChannels, channels, kernel: 1));
    }

    /// <summary>Does what a call does at a moment.</summary>
    /// <param name="input">[N, inChannels, H, W].</param>
    /// <param name="moment">What is known of the noise level, [N, width].</param>
    internal Tensor At(Tensor input, Tensor moment) => Hooked(input, x => Both(x, moment));

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Both(input, null);

    private Tensor Both(Tensor input, Tensor? moment)
    {
        Tensor y = _norm2.Call(_conv1.Call(_act.Call(_norm1.Call(input))));
        if (moment is not null)
        {
            Tensor[] told = _moment.Call(moment).Unsqueeze(2).Unsqueeze(3).Chunk(2, 1);   // [N, channels, 1, 1] each
            y = y * (told[0] + 1) + told[1];
        }

        return (_shortcut?.Call(input) ?? input) + _conv2.Call(_act.Call(y));
    }
}
