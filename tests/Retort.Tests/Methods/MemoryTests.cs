using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;

namespace Retort.Tests.Methods;

/// <summary>Methods that take hold of networks or samples, or own much: trained on small pictures.</summary>
public sealed class MemoryTests
{
    private const int Samples = 12, Classes = 3, Side = 8, BatchSize = 4, Steps = 6;

    private static readonly Dictionary<string, Func<Criterion>> Made = new(StringComparer.Ordinal)
    {
        ["ps-kd"] = () => new ProgressiveSelfDistillation(new ProgressiveSelfDistillationOptions()),
        ["nd-loss"] = () => new NormAndDirection(new NormAndDirectionOptions()),
        ["sobolev"] = () => new SobolevMatching(new SobolevMatchingOptions()),
        ["sla"] = () => new LabelAugmentation(new LabelAugmentationOptions()),
        ["byot"] = () => new BeYourOwnTeacher(new BeYourOwnTeacherOptions { StudentTaps = ["layer1", "layer2"] }),
        ["srd"] = () => new SimpleRecipe(new SimpleRecipeOptions()),
        ["pad"] = () => new PrimeAware(new PrimeAwareOptions()),
    };

    public static TheoryData<string> Names => [.. Made.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Interrupted_and_resumed_a_training_ends_with_the_same_bits(string name)
    {
        using var scope = new TensorScope();
        using Module teacher = Net(seed: 2, width: 3);
        float[] whole = Train(name, teacher, seed: 1, from: 0, state: null, keepAt: Steps / 2, out Dictionary<string, Tensor>? kept);
        float[] resumed = Train(name, teacher, seed: 9, from: Steps / 2, kept, keepAt: -1, out _);
        Assert.Equal(whole, resumed);
        using Module untrained = Net(seed: 1, width: 2);
        Assert.NotEqual(Nets.Values(untrained), whole);
    }

    [Fact]
    public void The_prediction_of_the_epoch_before_softens_the_label_by_a_share_that_grows()
    {
        using var scope = new TensorScope();
        using var criterion = new ProgressiveSelfDistillation(new ProgressiveSelfDistillationOptions { FinalShare = 0.8 });
        Tensor first = Tensor.From(new float[] { 1, 0, 0, 0, 2, 0 }, 2, 3), second = Tensor.From(new float[] { 0, 0, 1, 3, 0, 0 }, 2, 3);
        Tensor labels = Tensor.From(new long[] { 0, 2 }), index = Tensor.From(new long[] { 5, 7 });
        Signals At(Tensor logits, long step) => new(
            new Batch(Tensor.Zeros(2, 1), labels, index), new StepClock(step, TotalSteps: 4, StepsPerEpoch: 2), new RoleSignals("student", logits));
        criterion.Attach(new Attachment { Student = new Role("student", new Identity()), Data = Pictures().Take(8) });
        criterion.Prepare(At(first, 0));
        Assert.Equal(CrossEntropy.Loss(first, labels).ToDouble(), criterion.Evaluate(At(first, 0)).ToDouble(), 1e-6);
        criterion.Advance(At(first, 0));

        // Epoch 1 of 2, counted from 0: the share is 0.8 · 2 / 2.
        Tensor target = labels.OneHot(3).To(DType.Float32) * 0.2 + first.Softmax(1) * 0.8;
        double expected = -(target * second.LogSoftmax(1)).Sum(1).Mean().ToDouble();
        Assert.Equal(expected, criterion.Evaluate(At(second, 2)).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_criterion_that_keeps_predictions_says_that_it_needs_the_samples()
    {
        using var criterion = new ProgressiveSelfDistillation(new ProgressiveSelfDistillationOptions());
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => criterion.Attach(new Attachment { Student = new Role("student", new Identity()) }));
        Assert.Contains("training samples are needed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Class_means_are_the_teacher_s_over_the_plain_training_samples()
    {
        using var scope = new TensorScope();
        using Module teacher = Net(seed: 2, width: 3);
        teacher.Eval();
        var role = new Role("teacher", teacher);
        Dataset data = Pictures();
        using var criterion = new NormAndDirection(new NormAndDirectionOptions());
        criterion.Attach(new Attachment { Student = role, Teachers = [role], Data = data });
        using GradMode off = Autograd.NoGrad();
        Batch all = new Loader(data, new LoaderOptions { BatchSize = Samples }).Epoch(0).First();
        using var session = new TapSession(role, [TapPath.LastFeature]);
        Tensor features = session.Run(all.Input).Tap(TapPath.LastFeature);
        Tensor member = all.Labels.OneHot(Classes).To(DType.Float32).T();
        Tensor means = member.MatMul(features) / member.Sum(1, keepDim: true);
        Assert.True(criterion.Owned.StateDict()["class_means.rows"].Allclose(means, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void A_teacher_s_own_Jacobians_cost_nothing_and_another_s_train_the_first_layer()
    {
        using var scope = new TensorScope();
        using Module teacher = Net(seed: 2, width: 2), other = Net(seed: 3, width: 2);
        teacher.Eval();
        other.Eval();
        using var criterion = new SobolevMatching(new SobolevMatchingOptions());
        criterion.Attach(new Attachment { Student = new Role("student", teacher), Teachers = [new Role("teacher", teacher)] });
        Batch batch = new Loader(Pictures(), new LoaderOptions { BatchSize = BatchSize }).Epoch(0).First();
        batch = batch.With(batch.Input.SetRequiresGrad());
        Tensor Of(Module student) => criterion.Evaluate(
            new Signals(batch, default, new RoleSignals("student", student.Call(batch.Input)), new RoleSignals("teacher", batch.Labels)));
        Assert.Equal(0, Of(teacher).ToDouble(), 1e-10);
        Tensor loss = Of(other);
        Assert.True(loss.ToDouble() > 0);
        Tensor slope = Autograd.Grad(loss, [other.Parameters().First().Value])[0];
        Assert.True(slope.Abs().Sum().ToDouble() > 0);
    }

    [Theory]
    [InlineData("nd-loss")]
    [InlineData("sobolev")]
    public void A_teacher_that_is_left_off_early_is_refused_by_name(string name)
    {
        using var scope = new TensorScope();
        using Module teacher = Net(seed: 2, width: 3);
        using Criterion criterion = Made[name]();
        var role = new Role("big", teacher) { Until = "layer2" };
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => criterion.Attach(new Attachment { Student = role, Teachers = [role], Data = Pictures() }));
        Assert.Contains("'big' is left off at 'layer2'", error.Message, StringComparison.Ordinal);
    }

    // By hand: quarter turns against the clock of 1 2 / 3 4.
    [Fact]
    public void Pictures_are_turned_by_one_two_and_three_quarters_sample_by_sample()
    {
        using var scope = new TensorScope();
        using var criterion = new LabelAugmentation(new LabelAugmentationOptions());
        InputRequest request = Assert.Single(criterion.Inputs);
        Tensor input = Tensor.From(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 2, 1, 2, 2);
        Tensor turned = request.Make(new Batch(input, Tensor.Arange(2), Tensor.Arange(2)));
        Assert.Equal([6L, 1, 2, 2], turned.Shape);
        Assert.Equal([2f, 4, 1, 3, 4, 3, 2, 1, 3, 1, 4, 2], turned.Narrow(0, 0, 3).Contiguous().ToArray<float>());
        Assert.False(request.Teacher);
        Assert.Throws<ShapeException>(() => request.Make(new Batch(Tensor.Zeros(1, 1, 2, 3), Tensor.Arange(1), Tensor.Arange(1))));
    }

    [Fact]
    public void An_input_requires_a_gradient_only_where_a_term_reads_it()
    {
        using var scope = new TensorScope();
        using Module net = Net(seed: 1, width: 2);
        Batch batch = new Loader(Pictures(), new LoaderOptions { BatchSize = BatchSize }).Epoch(0).First();
        TrainingSetup plain = Nets.Setup(new Role("student", net), Made["ps-kd"]());
        TrainingSetup asking = Nets.Setup(new Role("student", net), Made["ps-kd"](), Made["sobolev"]());
        using Faculty without = new(plain), with = new(asking);
        Assert.False(without.Prepared(batch).Input.RequiresGrad);
        Assert.True(with.Prepared(batch).Input.RequiresGrad);
        Assert.False(batch.Input.RequiresGrad);
    }

    private static Module Net(int seed, int width)
    {
        Engine.ManualSeed((ulong)seed);
        return new SmallCnnOptions { Width = width, InChannels = 1, Classes = Classes }.Build();
    }

    private static Dataset Pictures()
    {
        var random = new Random(4);
        var pixels = new byte[Samples * Side * Side];
        random.NextBytes(pixels);
        long[] labels = [.. Enumerable.Range(0, Samples).Select(n => (long)(n % Classes))];
        return Dataset.OfImages("pictures", "train", pixels, [1, Side, Side], labels, ["a", "b", "c"]);
    }

    private static float[] Train(
        string name, Module teacher, int seed, int from, Dictionary<string, Tensor>? state, int keepAt, out Dictionary<string, Tensor>? kept)
    {
        kept = null;
        Dataset data = Pictures();
        using Module student = Net(seed, width: 2);
        var loader = new Loader(data, new LoaderOptions { BatchSize = BatchSize, Shuffle = true, Seed = 5 });
        Criterion criterion = Made[name]();
        TrainingSetup setup = Nets.Setup(new Role("student", student), criterion) with
        {
            Data = data,
            Teachers = criterion.NeedsTeacher ? [new Role("teacher", teacher)] : [],
        };
        using var trainer = new SupervisedTrainer(setup, loader.Epoch(0).First());
        if (state is not null)
            trainer.Load(state);
        using var meter = new TermMeter(trainer.FigureNames);
        for (int step = from; step < Steps; step++)
        {
            if (step == keepAt)
                kept = trainer.State().ToDictionary(s => s.Key, s => s.Value.Detach().Clone());
            Batch batch = loader.Epoch(step / loader.StepsPerEpoch, step % loader.StepsPerEpoch).First();
            trainer.Step(batch, new StepClock(step, Steps, loader.StepsPerEpoch), meter);
        }

        return Nets.Values(student);
    }
}
