using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Golden;
using Retort.Synthesis;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Methods.Datasets;

/// <summary>Samples on which a few steps lead a network from a point of a real training to a later point of it.</summary>
/// <remarks>
/// <para><b>Paper.</b> Cazenavette et al., "Dataset Distillation by Matching Training Trajectories", CVPR 2022, arXiv:2203.11932,
/// equations 2 to 4.</para>
/// <para><b>Equation.</b> θ_0 = θ*_t, θ_{n+1} = θ_n − α ∇ CE(f(A(x_b); θ_n), y_b) for N steps; the loss is
/// ‖θ_N − θ*_{t+M}‖² / ‖θ*_t − θ*_{t+M}‖², minimised over the samples and α. t is drawn from the first epochs of a recorded
/// training, b goes through the samples in an order drawn anew.</para>
/// <para><b>Needs.</b> A role's network without dropout, and <c>trajectories:</c> of it, from plain gradient descent without
/// momentum. Gradients of second order through all N steps, which stay in memory.</para>
/// <para><b>Variants.</b> The loss's gradient is tiny, so learning rates of pixels from 100 to 1000 are right. α stays above a
/// thousandth of what it began with.</para>
/// </remarks>
[Method("mtt", Title = "Matching training trajectories", Family = MethodFamily.Dataset, Year = 2022, Paper = "arXiv:2203.11932",
    Recipe = "methods/trajectories.yaml")]
public class TrajectoryMatching(TrajectoryMatchingOptions options) : Synthesizer
{
    private const string RateName = "rate";
    private readonly TrajectoryMatchingOptions _options = options;
    private readonly SiameseAugmentation _augmentation = new(options.Augment);
    private Tensor? _rate;
    private ParameterGroup[] _learned = [];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterGroup> Learned => _learned;

    /// <inheritdoc/>
    public override bool NeedsTrajectories => true;

    /// <summary>What the step size is now.</summary>
    public override IEnumerable<KeyValuePair<string, double>> Figures => [new("step_size", _rate!.ToDouble())];

    /// <inheritdoc/>
    protected override void Prepare()
    {
        int last = Setup.Trajectories.Min(t => t.Count) - 1;
        if (_options.LastStart + _options.Epochs > last)
        {
            throw new ArgumentException(
                $"starts up to epoch {_options.LastStart} and {_options.Epochs} epochs from there on need trajectories of "
                + $"{_options.LastStart + _options.Epochs} epochs; these have {last}.");
        }

        _rate = Tensor.FromScalar((float)_options.StepSize).Persist().SetRequiresGrad();
        _learned = [new ParameterGroup([_rate], learningRate: _options.StepSizeLr, name: RateName), .. Labels()];
    }

    /// <summary>Soft labels that move beside the samples, or none.</summary>
    protected virtual IEnumerable<ParameterGroup> Labels() => [];

    /// <summary>The inner loss of a batch.</summary>
    /// <param name="logits">[B, K].</param>
    /// <param name="places">Which samples they are of, [B] int64.</param>
    protected virtual Tensor InnerLoss(Tensor logits, Tensor places) =>
        logits.CrossEntropyLoss(Setup.Labels.IndexSelect(0, places));

    /// <summary>The epoch from which a step's student starts.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="random">Where the draw comes from.</param>
    protected virtual int StartOf(long step, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.NextInt(_options.LastStart + 1);
    }

    /// <summary>Whether a step of this loss moves anything.</summary>
    protected virtual bool Counts(double loss) => true;

    /// <inheritdoc/>
    public override Tensor Backward(long step)
    {
        RandomStream random = RandomStream.Derive(Setup.Seed, 0x377, (ulong)step);
        Trajectory expert = Setup.Trajectories[random.NextInt(Setup.Trajectories.Count)];
        int start = StartOf(step, random), count = (int)Setup.Labels.Size(0);
        var draws = new List<(Tensor Places, Func<Tensor, Tensor> Change)>();
        while (draws.Count < _options.InnerSteps)
        {
            foreach (int[] chunk in random.Permutation(count).Chunk(_options.InnerBatch))
            {
                Tensor places = Tensor.From(Array.ConvertAll(chunk, k => (long)k)).To(Setup.Images.Device);
                draws.Add((places, _augmentation.Draw(random)));
            }
        }

        return Match(expert[start], expert[start + _options.Epochs], _rate!, (n, weights) =>
        {
            (Tensor places, Func<Tensor, Tensor> change) = draws[n];
            return InnerLoss(Setup.Network!.Logits(weights, change(Setup.Images.IndexSelect(0, places))), places);
        });
    }

    /// <summary>Computes a step's loss and adds its gradient to what is learned.</summary>
    /// <param name="start">Where the student starts.</param>
    /// <param name="target">Where it should arrive.</param>
    /// <param name="rate">α.</param>
    /// <param name="loss">The loss of inner step n at given weights.</param>
    /// <returns>The loss, without a graph.</returns>
    protected virtual Tensor Match(
        IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> target, Tensor rate, Func<int, IReadOnlyList<Tensor>, Tensor> loss)
    {
        Tensor distance = Distance(Descend(start, rate, _options.InnerSteps, loss), start, target);
        if (Counts(distance.ToDouble()))
            Accumulate(distance);
        return distance.Detach();
    }

    /// <inheritdoc/>
    public override void Moved(long step)
    {
        using GradMode off = Autograd.NoGrad();
        _rate!.ClampInPlace(_options.StepSize / 1000);
    }

    /// <summary>Weights after some steps of plain gradient descent, recorded as a function of all that the losses depend
    /// on.</summary>
    /// <param name="start">Where they begin.</param>
    /// <param name="rate">α, a scalar.</param>
    /// <param name="steps">N.</param>
    /// <param name="loss">The loss of step n at given weights.</param>
    public static IReadOnlyList<Tensor> Descend(
        IReadOnlyList<Tensor> start, Tensor rate, int steps, Func<int, IReadOnlyList<Tensor>, Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(loss);

        // Leaves that nothing moves, so that each step's gradient can be taken in them.
        Tensor[] at = [.. start.Select(w => w.Detach().SetRequiresGrad())];
        for (int n = 0; n < steps; n++)
        {
            Tensor[] gradients = Autograd.Grad(loss(n, at), at, createGraph: true);
            at = [.. at.Zip(gradients, (w, g) => w - (g * rate))];
        }

        return at;
    }

    /// <summary>‖found − target‖² / ‖start − target‖² over all weights together.</summary>
    /// <param name="found">Where the student is. Gradients flow here.</param>
    /// <param name="start">Where it began.</param>
    /// <param name="target">Where the expert is.</param>
    /// <returns>A scalar: 1 without progress, 0 on arrival.</returns>
    public static Tensor Distance(IReadOnlyList<Tensor> found, IReadOnlyList<Tensor> start, IReadOnlyList<Tensor> target)
    {
        ArgumentNullException.ThrowIfNull(found);
        static Tensor Sum(IReadOnlyList<Tensor> a, IReadOnlyList<Tensor> b) =>
            a.Zip(b, (x, y) => (x - y.Detach()).Square().Sum()).Aggregate((x, y) => x + y);
        return Sum(found, target) / Sum([.. start.Select(s => s.Detach())], target);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _rate?.Dispose();
        base.Dispose(disposing);
    }

    [Golden("mtt")]
    private static GoldenOutputs Golden(GoldenInputs vector) =>
        MatchOn(vector, logits => logits.CrossEntropyLoss(vector.Labels("labels")));

    private protected static GoldenOutputs MatchOn(GoldenInputs vector, Func<Tensor, Tensor> inner)
    {
        GoldenOutputs outputs = [];
        OnVector(vector, (start, target, loss) =>
        {
            IReadOnlyList<Tensor> found = Descend(start, vector["syn_lr"], vector.Integer("syn_steps"), loss);
            outputs["loss"] = Distance(found, start, target);
            outputs["theta_final"] = Ops.Cat([.. found.Select(w => w.Flatten())]);
        }, inner);
        return outputs;
    }

    /// <summary>What a vector of trajectory matching holds: start, target, and the loss of a step, with the whole set
    /// in each.</summary>
    private protected static void OnVector(
        GoldenInputs vector, Action<Tensor[], Tensor[], Func<int, IReadOnlyList<Tensor>, Tensor>> use,
        Func<Tensor, Tensor>? inner = null)
    {
        long[][] shapes =
        [
            .. vector.Raw("param_shapes").EnumerateArray()
                .Select(s => s.EnumerateArray().Select(e => e.GetInt64()).ToArray()),
        ];
        Tensor samples = vector["syn"];
        inner ??= logits => logits.CrossEntropyLoss(vector.Labels("labels"));
        using var network = new Surrogate(new Role("network", GoldenNetworks.Of(shapes, samples, (int)shapes[^1][0])));
        use(
            Cut(vector["theta0"], shapes), Cut(vector["theta_target"], shapes),
            (_, weights) => inner(network.Logits(weights, samples)));
    }

    private static Tensor[] Cut(Tensor flat, long[][] shapes)
    {
        long at = 0;
        return [.. shapes.Select(shape =>
        {
            long size = shape.Aggregate(1L, (a, b) => a * b);
            return flat.Narrow(0, (at += size) - size, size).Reshape(shape);
        })];
    }
}

/// <summary>What a recipe may write under <c>mtt:</c>.</summary>
public record TrajectoryMatchingOptions : SynthesizerOptions
{
    /// <summary>N, steps on the samples.</summary>
    [Range(1, 10_000)]
    public int InnerSteps { get; init; } = 20;

    /// <summary>M, epochs of the expert that they stand for.</summary>
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 2;

    /// <summary>The last epoch of an expert from which a student starts.</summary>
    [Range(0, 10_000)]
    public int LastStart { get; init; } = 10;

    /// <summary>Samples in a step; the whole set where it has fewer.</summary>
    [Range(1, 1 << 20)]
    public int InnerBatch { get; init; } = 256;

    /// <summary>α at first.</summary>
    [Range(0, 100, MinimumIsExclusive = true)]
    public double StepSize { get; init; } = 0.01;

    /// <summary>The learning rate of α.</summary>
    [Range(0, 100)]
    public double StepSizeLr { get; init; } = 1e-5;

    /// <summary>Changes of which one at a time is done to the samples of a step; none by default.</summary>
    public IReadOnlyList<AugmentationGroup> Augment { get; init; } = [];
}
