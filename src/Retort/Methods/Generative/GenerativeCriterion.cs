using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Methods.Generative;

/// <summary>A term that asks generators about noisy samples which it makes itself.</summary>
/// <param name="options">Its options.</param>
public abstract class GenerativeCriterion(CriterionOptions options) : Criterion(options)
{
    private SampleGenerator? _student;
    private SampleGenerator[] _teachers = [];

    /// <inheritdoc/>
    public override bool ReadsInput(TapRole role) => false;

    /// <summary>Whether the student is asked about noisy samples; if not, whatever makes samples of noise will do.</summary>
    protected virtual bool StudentDenoises => true;

    /// <summary>Whether teachers are asked about noisy samples.</summary>
    protected virtual bool TeachersDenoise => true;

    /// <summary>The network that is trained, as one that makes samples.</summary>
    protected SampleGenerator Generator =>
        _student ?? throw new InvalidOperationException("the term was not attached to a network.");

    /// <summary>The network that is trained, where <see cref="StudentDenoises"/>.</summary>
    protected Denoiser Student => (Denoiser)Generator;

    /// <summary>The teachers that the term sees, in the recipe's order, where <see cref="TeachersDenoise"/>.</summary>
    protected IReadOnlyList<Denoiser> Teachers => [.. _teachers.Cast<Denoiser>()];

    /// <summary>The first teacher, where <see cref="TeachersDenoise"/>.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    protected Denoiser Teacher => (Denoiser)Source;

    /// <summary>The first teacher, as one that makes samples.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    protected SampleGenerator Source =>
        _teachers.Length > 0 ? _teachers[0] : throw new InvalidOperationException("the term needs a teacher.");

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _student = Of(attachment.Student, StudentDenoises);
        _teachers = [.. attachment.Teachers.Select(t => Of(t, TeachersDenoise))];
    }

    /// <inheritdoc/>
    /// <remarks>Networks that take conditions are told the batch's labels.</remarks>
    protected override Tensor Compute(Signals signals)
    {
        if (NeedsTeacher && signals.Teachers.Count == 0)
            throw new InvalidOperationException("the term needs a teacher, and the stage names none.");
        return Told(signals, Loss);
    }

    /// <inheritdoc/>
    protected sealed override Tensor ComputeOpponent(Signals signals) => Told(signals, OpponentLoss);

    private Tensor Told(Signals signals, Func<Signals, Tensor> loss)
    {
        IDisposable[] told = [.. _teachers.Prepend(Generator).Where(n => n.Conditions > 0).Select(n => n.Given(signals.Labels))];
        try
        {
            return loss(signals);
        }
        finally
        {
            // Backwards, since two roles may be one network, which was then told twice.
            foreach (IDisposable telling in Enumerable.Reverse(told))
                telling.Dispose();
        }
    }

    /// <summary>The term for one step, drawn from the default generator where it is random.</summary>
    protected abstract Tensor Loss(Signals signals);

    /// <summary>The loss of the parts that play against the student, where there are such.</summary>
    protected virtual Tensor OpponentLoss(Signals signals) => base.ComputeOpponent(signals);

    /// <summary>Clean samples of a step, floating point.</summary>
    protected static Tensor SamplesOf(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return signals.Batch.Input.Detach().AtLeastFloat32();
    }

    private static SampleGenerator Of(Role role, bool denoises)
    {
        string called = $"role '{role.Name}' ({role.Model.GetType().Name})";
        if (role.Model is not SampleGenerator network)
            throw new ArgumentException($"{called} is no network of noisy samples; one such is 'mlp-denoiser'.");
        return network is Denoiser || !denoises
            ? network
            : throw new ArgumentException($"{called} makes samples, and does not denoise them; one that does is 'mlp-denoiser'.");
    }
}
