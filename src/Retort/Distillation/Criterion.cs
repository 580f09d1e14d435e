using System.Reflection;
using Retort.Torch;
using Retort.Torch.Nn;
using Module = Retort.Torch.Nn.Module;

namespace Retort.Distillation;

/// <summary>A loss term: signals in, a scalar out. It may own trainable parts, such as a projector.</summary>
/// <param name="options">Its options; their properties of type <see cref="TapPath"/> say what it taps.</param>
public abstract class Criterion(CriterionOptions options) : IDisposable
{
    private readonly ModuleDict _owned = new();
    private readonly Dictionary<string, PartMover> _movers = new(StringComparer.Ordinal);

    /// <summary>The options that it was made from.</summary>
    public CriterionOptions Options { get; } = options ?? throw new ArgumentNullException(nameof(options));

    /// <summary>What multiplies the term at each step.</summary>
    public Schedule Weight => Options.Weight;

    /// <summary>Trainable parts of its own, by name: they are trained beside the student and thrown away at export.</summary>
    public Module Owned => _owned;

    /// <summary>How its parts are moved that play against the student; null where it has none.</summary>
    public virtual OpponentOptions? Opponent => null;

    /// <summary>Whether it computes from labels alone, so that it is the task loss that other terms are compared with.</summary>
    public virtual bool IsTask => false;

    /// <summary>Whether it needs a teacher.</summary>
    public virtual bool NeedsTeacher => !IsTask;

    /// <summary>The tensors that it needs from inside the models.</summary>
    /// <remarks>By default every option of type <see cref="TapPath"/>, or a list of them, whose name begins with <c>Student</c>
    /// or <c>Teacher</c>.</remarks>
    public virtual IEnumerable<TapRequest> Taps
    {
        get
        {
            foreach (PropertyInfo property in Options.GetType().GetProperties())
            {
                TapRole? role = property.Name.StartsWith("Student", StringComparison.Ordinal) ? TapRole.Student
                    : property.Name.StartsWith("Teacher", StringComparison.Ordinal) ? TapRole.Teacher : null;
                if (role is not { } whose)
                    continue;
                if (property.GetValue(Options) is TapPath single)
                    yield return new TapRequest(whose, single, property.Name);
                if (property.GetValue(Options) is not IReadOnlyList<TapPath> several)
                    continue;
                for (int k = 0; k < several.Count; k++)
                    yield return new TapRequest(whose, several[k], property.Name, k);
            }
        }
    }

    /// <summary>Whether it reads a gradient with respect to the batch's input: the input then requires one while the student
    /// runs.</summary>
    public virtual bool NeedsInputGradient => false;

    /// <summary>Whether it reads what a role makes of the batch's own input. Where no term does, the role is run on the further
    /// inputs alone; a term that runs networks itself, on inputs that it makes as it goes, takes hold of them in
    /// <see cref="Attach"/> and needs no run before.</summary>
    /// <param name="role">Whose signals.</param>
    public virtual bool ReadsInput(TapRole role) => role == TapRole.Student || !IsTask;

    /// <summary>Inputs beside the batch's own that it wants the roles to be run on.</summary>
    public virtual IEnumerable<InputRequest> Inputs => [];

    /// <summary>Takes hold of what it needs of the roles' networks and the training samples; called once, before
    /// <see cref="Prepare"/>.</summary>
    /// <exception cref="ArgumentException">Something that it needs is not there; the message says what.</exception>
    public virtual void Attach(Attachment attachment)
    {
    }

    /// <summary>Makes the parts that depend on shapes, from the signals of one batch; called once before training.</summary>
    public virtual void Prepare(Signals signals)
    {
    }

    /// <summary>The term for one step, a scalar, not yet weighted.</summary>
    public Tensor Evaluate(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return Compute(Options.From is { } name ? signals.From(name) : signals);
    }

    /// <summary>The parameters of its parts that one mover moves.</summary>
    public IEnumerable<Parameter> PartsOf(PartMover mover) =>
        _owned.Children.Where(c => _movers[c.Key] == mover).SelectMany(c => c.Value.Parameters()).Where(p => p.Trainable);

    /// <summary>The loss of its parts that play against the student, a scalar; asked for after the student's step.</summary>
    /// <param name="signals">The step's signals; no gradient leads from them into a network.</param>
    public Tensor EvaluateOpponent(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        return ComputeOpponent(Options.From is { } name ? signals.From(name) : signals);
    }

    /// <summary>Renews what it remembers from step to step (memory banks, past predictions); called once after each
    /// step.</summary>
    /// <remarks><see cref="Evaluate"/> may be called without a step following, so it must not change anything itself.</remarks>
    public void Advance(Signals signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Remember(Options.From is { } name ? signals.From(name) : signals);
    }

    /// <summary>What it found out about the training samples, once training has ended: the figures that its options list as
    /// findings.</summary>
    public virtual IReadOnlyDictionary<string, double> Findings() => new Dictionary<string, double>();

    /// <summary>Renews what it owns when training has ended, for a later training that begins with it; called once.</summary>
    /// <param name="attachment">What <see cref="Attach"/> was given; the student is trained now.</param>
    public virtual void Conclude(Attachment attachment)
    {
    }

    /// <summary>Takes over parts that terms of an earlier stage own, by the parts' names.</summary>
    /// <param name="stage">The stage, for messages.</param>
    /// <param name="left">What that stage left: <c>TERM/part.…</c>.</param>
    /// <exception cref="ArgumentException">There is no part of a common name, several, or one of another shape.</exception>
    internal void TakeParts(string stage, IReadOnlyDictionary<string, Tensor> left)
    {
        ILookup<string, string> terms = left.Keys.Where(k => k.Contains('/', StringComparison.Ordinal))
            .Select(k => (Term: k[..k.IndexOf('/', StringComparison.Ordinal)], Part: PartOf(k)))
            .Distinct().ToLookup(k => k.Part, k => k.Term);
        if (!_owned.Children.Any(c => terms.Contains(c.Key)))
        {
            throw new ArgumentException(
                $"stage '{stage}' left none of the parts {string.Join(", ", _owned.Children.Select(c => $"'{c.Key}'"))}; "
                + (terms.Count == 0 ? "its terms own nothing." : $"it left: {string.Join(", ", terms.Select(t => t.Key))}."));
        }

        foreach ((string part, Module module) in _owned.Children.Where(c => terms.Contains(c.Key)))
        {
            if (terms[part].Count() > 1)
                throw new ArgumentException($"stage '{stage}' left several parts '{part}': of {string.Join(", ", terms[part])}.");
            string prefix = $"{terms[part].Single()}/{part}.";
            using var scope = new TensorScope();
            try
            {
                module.LoadStateDict(left.Where(l => l.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .ToDictionary(l => l.Key[prefix.Length..], l => l.Value));
            }
            catch (StateDictException e)
            {
                throw new ArgumentException($"the part '{part}' that stage '{stage}' left does not fit: {e.Message}", e);
            }
        }
    }

    private static string PartOf(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..].Split('.')[0];

    /// <summary>Frees the owned parts.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Computes the term from the signals; mean over the batch unless the method says otherwise.</summary>
    protected abstract Tensor Compute(Signals signals);

    /// <summary>Computes the loss of the parts that are owned as <see cref="PartMover.Opponent"/>.</summary>
    /// <exception cref="NotSupportedException">There are none.</exception>
    protected virtual Tensor ComputeOpponent(Signals signals) =>
        throw new NotSupportedException($"{GetType().Name} has no part that plays against the student.");

    /// <summary>Renews what the criterion remembers, from the signals of the step that was just taken.</summary>
    protected virtual void Remember(Signals signals)
    {
    }

    /// <summary>Registers a trainable part; call it from the constructor or from <see cref="Prepare"/>.</summary>
    /// <param name="name">What checkpoints call it.</param>
    /// <param name="module">The part, which the criterion owns from now on.</param>
    /// <param name="mover">On which loss, and so by which optimiser, its parameters are trained.</param>
    protected T Own<T>(string name, T module, PartMover mover = PartMover.Learner)
        where T : Module
    {
        _owned.Add(name, module);
        _movers.Add(name, mover);
        return module;
    }

    /// <summary>Frees the owned parts.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _owned.Dispose();
    }
}
