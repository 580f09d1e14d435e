using Retort.Data;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

/// <summary>Small networks, batches and terms for tests of trainers.</summary>
internal static class Nets
{
    public const int Features = 6, Classes = 3;

    public static Sequential Mlp(int seed, int width = 5)
    {
        Engine.ManualSeed((ulong)seed);
        return new Sequential(new Linear(Features, width), new BatchNorm1d(width), new Relu(), new Linear(width, Classes));
    }

    public static Batch Batch(int seed, int count = 8)
    {
        using var random = new Generator((ulong)seed);
        return new Batch(
            Tensor.Randn(random, count, Features), Tensor.Arange(count).Remainder(Classes).To(DType.Int64), Tensor.Arange(count));
    }

    public static TrainingSetup Setup(Role student, params Criterion[] criteria) => new()
    {
        Student = student,
        Criteria = criteria,
        CriterionNames = [.. criteria.Select((c, k) => $"term{k}")],
        Optimizer = new SgdChoice { Lr = 0.1, Momentum = 0 },
    };

    public static float[] Values(Module module) => [.. module.StateDict().Values.SelectMany(v => v.To(DType.Float32).ToArray<float>())];
}

/// <summary>A term that tests make up.</summary>
internal sealed class Term(Func<Signals, Tensor> compute, TermOptions? options = null) : Criterion(options ?? new TermOptions())
{
    public override bool NeedsTeacher => false;

    public override IEnumerable<InputRequest> Inputs => Wanted;

    public IReadOnlyList<InputRequest> Wanted { get; init; } = [];

    public bool OnInputsAlone { get; init; }

    public override bool ReadsInput(TapRole role) => !OnInputsAlone && base.ReadsInput(role);

    public Attachment? Attached { get; private set; }

    public List<long> Remembered { get; } = [];

    public override void Attach(Attachment attachment) => Attached = attachment;

    protected override Tensor Compute(Signals signals) => compute(signals);

    protected override void Remember(Signals signals) => Remembered.Add(signals.Clock.Step);
}

/// <summary>Options of <see cref="Term"/>.</summary>
internal sealed record TermOptions : CriterionOptions
{
    public static TermOptions Of(string from) => new() { From = from };

    public static TermOptions Weighing(Schedule weight) => new() { Weight = weight };
}
