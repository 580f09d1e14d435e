using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Generative;

/// <summary>What makes samples of noise: a one-step generator, a denoiser, or scenes that are looked at.</summary>
/// <remarks>
/// <para>Called with one tensor, as any model is: unit noise [N, …] → samples [N, …].</para>
/// <para>Some are told a condition of each sample: the class to generate, the angle to look from. What is told holds until the
/// result of <see cref="Given"/> is disposed of.</para>
/// </remarks>
public abstract class SampleGenerator : Module
{
    private Tensor? _told;

    /// <summary>How many conditions there are to be told, numbered from 0; 0 where it takes none.</summary>
    public virtual int Conditions => 0;

    /// <summary>The condition of each sample, int64 [N]; null where nothing was told.</summary>
    protected Tensor? Told => _told;

    /// <summary>Makes samples in one evaluation.</summary>
    /// <param name="noise">Unit Gaussian noise, [N, …].</param>
    public abstract Tensor Generate(Tensor noise);

    /// <summary>Tells the condition of each sample of what is asked next, on this thread of work.</summary>
    /// <param name="conditions">int64 [N]: a number that is no condition tells nothing of its sample; null tells nothing of
    /// any.</param>
    /// <returns>What, disposed of, brings back what was told before. Where there are no conditions, telling changes
    /// nothing.</returns>
    public IDisposable Given(Tensor? conditions)
    {
        var before = new Before(this, _told);
        _told = conditions;
        return before;
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => Generate(input);

    private sealed class Before(SampleGenerator owner, Tensor? told) : IDisposable
    {
        public void Dispose() => owner._told = told;
    }
}
