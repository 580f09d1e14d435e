using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Runs;
using Retort.Stages;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Federation;

/// <summary>What there is to exchange after the clients of a round have trained.</summary>
public sealed class FederatedRound
{
    private readonly StageContext _context;

    internal FederatedRound(StageContext context, int number)
    {
        _context = context;
        Number = number;
    }

    /// <summary>The round, from 0.</summary>
    public int Number { get; }

    /// <summary>The clients that take part, by rising index.</summary>
    public required IReadOnlyList<FederatedClient> Clients { get; init; }

    /// <summary>The server's network: what a shared model is left in.</summary>
    public required Module Common { get; init; }

    /// <summary>Samples at the server whose labels nobody looks at; null where the recipe holds none back.</summary>
    public Dataset? Proxy { get; init; }

    /// <summary>A network's logits for every sample of a set, [M, K], in evaluation mode.</summary>
    public Tensor Ask(Module model, Dataset data)
    {
        Predictions found = Predictor.Predict(model, _context.Data.Evaluation(data), _context.Device);
        return Tensor.From(found.Logits, [found.Labels.Length, found.Classes]).To(_context.Device);
    }

    /// <summary>A network's last feature for every sample of a set, [M, D], in evaluation mode.</summary>
    public Tensor Features(Module model, Dataset data)
    {
        ArgumentNullException.ThrowIfNull(model);
        return ModelFeatures.Of(new Role("client", model), _context.Data.Evaluation(data), _context.Device);
    }

    /// <summary>Trains a network on the proxy samples with answers in a teacher's place.</summary>
    /// <param name="model">The network, changed in place.</param>
    /// <param name="answers">Logits for the proxy samples, [M, K].</param>
    /// <param name="plan">How.</param>
    /// <param name="purpose">What tells its chance from others' of the round.</param>
    /// <exception cref="RunException">A term does not fit, or the loss is not finite any more.</exception>
    public void Distil(Module model, Tensor answers, TrainingPlan plan, string purpose)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(plan);
        Dataset proxy = Proxy ?? throw new InvalidOperationException("the federation holds no proxy samples.");
        using var scope = new TensorScope();
        new InnerTraining
        {
            Plan = plan,
            Student = new Role("student", model),
            Teachers = [new Role("answers", () => throw new RunException(
                "the fused answers have no network that a term could look into.", isInputWrong: true))],
            Ask = (role, _) => RememberedTeacher.Of(role.Name, answers, proxy),
            Data = proxy,
            Purpose = FormattableString.Invariant($"round {Number + 1}, {purpose}"),
        }.Run(_context);
    }

    /// <summary>A seed for one purpose of the round.</summary>
    public ulong SeedOf(string purpose) =>
        _context.SeedOf(FormattableString.Invariant($"{_context.Stage}/round {Number + 1}/{purpose}"));
}
