using Retort.Data;
using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>How one optimisation step is done, and what of it a checkpoint must hold.</summary>
public abstract class Trainer : IDisposable
{
    /// <summary>The figures that <see cref="Step"/> gives: <c>loss</c> first, then <c>loss/NAME</c> for each term.</summary>
    public abstract IReadOnlyList<string> FigureNames { get; }

    /// <summary>The networks that the training leaves: the stage's own role first, then peers trained beside it.</summary>
    public abstract IReadOnlyList<Role> Results { get; }

    /// <summary>The network that the training is for: what is evaluated and exported.</summary>
    public Module Result => Results[0].Model;

    /// <summary>What the terms of the stage's own role own (<c>TERM/part.…</c>), and auxiliary networks
    /// (<c>aux:NAME/…</c>), for later stages that begin with it.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> Parts => [];

    /// <summary>What the terms of the stage's own role found out about the training samples; asked for at the end.</summary>
    public virtual IEnumerable<KeyValuePair<string, double>> Findings => [];

    /// <summary>What there is to say of the stage's own network as it is left, such as its size; asked for at the end.</summary>
    public virtual IEnumerable<KeyValuePair<string, double>> Sizes => [];

    /// <summary>The learning rate of the last step.</summary>
    public abstract double LearningRate { get; }

    /// <summary>Puts what is trained into training mode, after something has evaluated it.</summary>
    public abstract void Train();

    /// <summary>Takes one step.</summary>
    /// <param name="batch">The samples, on any device; they belong to the caller's scope.</param>
    /// <param name="clock">Where training stands: the step about to be taken.</param>
    /// <param name="figures">Where the step's figures are added.</param>
    public abstract void Step(Batch batch, StepClock clock, TermMeter figures);

    /// <summary>Gives the networks the weights that they would be left with now, until the result is disposed; null where those
    /// are what they have.</summary>
    /// <remarks>What is made for it belongs to the innermost scope.</remarks>
    public virtual IDisposable? AsLeft() => null;

    /// <summary>Figures that cost more than a step can spare, such as each term's share of the gradient;
    /// taken once an epoch.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, double>> Inspect(Batch batch, StepClock clock) => [];

    /// <summary>Lets terms renew what they own, after the last step.</summary>
    public virtual void Conclude()
    {
    }

    /// <summary>Everything that a checkpoint must hold, by name. The tensors are live: write them before the next step.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> State();

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    /// <exception cref="InvalidDataException">The names or shapes do not fit.</exception>
    public abstract void Load(IReadOnlyDictionary<string, Tensor> state);

    /// <summary>Frees what the trainer made; the roles stay.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the trainer made.</summary>
    protected abstract void Dispose(bool disposing);
}
