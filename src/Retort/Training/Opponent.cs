using Retort.Distillation;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Training;

/// <summary>The parts of a term that play against the student, with their optimiser.</summary>
internal sealed class Opponent : IDisposable
{
    private readonly Criterion _criterion;
    private readonly OpponentOptions _options;
    private readonly Optimizer _optimizer;

    /// <summary>Takes hold of a prepared term that has an opponent.</summary>
    /// <exception cref="ArgumentException">None of its parts is one.</exception>
    public Opponent(Criterion criterion)
    {
        _criterion = criterion;
        _options = criterion.Opponent!;
        Parameter[] parts = [.. criterion.PartsOf(PartMover.Opponent)];
        if (parts.Length == 0)
        {
            throw new ArgumentException(
                $"'{criterion.GetType().Name}' names an opponent and owns no part that is one.", nameof(criterion));
        }
        _optimizer = _options.Optimizer.Create([new ParameterGroup(parts)]);
    }

    /// <summary>Takes the opponent's steps on the signals of the student's last one.</summary>
    /// <param name="signals">The step's.</param>
    /// <param name="factor">What multiplies the learning rate.</param>
    public void Move(Signals signals, double factor)
    {
        var seen = new Signals(signals.Batch, signals.Clock, signals.Student.Detached(), signals.Teachers);
        foreach (ParameterGroup group in _optimizer.Groups)
            group.LearningRate = group.InitialLearningRate * factor;
        for (int k = 0; k < _options.Steps; k++)
        {
            using var scope = new TensorScope();

            // The student's backward pass has left gradients here: they are of the other side's loss.
            _optimizer.ZeroGrad();
            _criterion.EvaluateOpponent(seen).Backward();
            _optimizer.Step();
        }
    }

    /// <summary>What a checkpoint must hold of the optimiser.</summary>
    public IReadOnlyDictionary<string, Tensor> State() => _optimizer.State();

    /// <summary>Takes over what <see cref="State"/> gave.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> state) => _optimizer.Load(state);

    /// <summary>Frees the optimiser; the parts are the term's.</summary>
    public void Dispose() => _optimizer.Dispose();
}
