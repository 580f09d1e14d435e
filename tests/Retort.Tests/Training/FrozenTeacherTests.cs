using Retort.Caching;
using Retort.Data;
using Retort.Distillation;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Caching;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

[Collection("default generator")]
public sealed class FrozenTeacherTests : IDisposable
{
    private readonly CacheFixture _fixture = new();
    private readonly Module _student = new MlpOptions { InChannels = 1, ImageSize = 28, Hidden = [8], Classes = 36 }.Build();

    [Fact]
    public void A_checkpoint_holds_the_student_and_its_optimiser_and_nothing_of_a_teacher()
    {
        Batch batch = _fixture.Data.Training(seed: 1).Epoch(0).First();
        using var trainer = new SupervisedTrainer(Setup(_fixture.Teacher), batch);
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(batch, new StepClock(0, 2, 2), meter);
        string path = Path.Combine(_fixture.Folder + ".safetensors");
        Checkpoint.Save(path, trainer, meter, new TrainingPosition("key", 1, 0, double.NaN, 0));
        string[] names = [.. SafeTensors.Read(path).Keys];
        string[] model = [.. names.Where(n => n.StartsWith("model.", StringComparison.Ordinal))
            .Select(n => n["model.".Length..])];
        Assert.Equal(_student.StateDict().Keys.Order(StringComparer.Ordinal), model.Order(StringComparer.Ordinal));
        Assert.All(names.Except(model.Select(m => "model." + m)), name => Assert.True(
            name.StartsWith("optimizer.", StringComparison.Ordinal) || name is "auto_scales" or "generator" or "figures", name));
        long moments = names.Where(n => n.StartsWith("optimizer.", StringComparison.Ordinal))
            .Select(n => SafeTensors.Read(path)[n].NumElements).Sum();
        Assert.InRange(moments, _student.ParameterCount(), _student.ParameterCount() + 16);
        Assert.All(_fixture.Teacher.Model.Parameters(), p => Assert.True(!p.Trainable && p.Value.Grad is null));
    }

    // A trace keeps sizes as constants: run on another size, it would bring its class map to the first one's.
    [Fact]
    public void Samples_of_another_shape_than_the_first_are_answered_by_the_network_itself()
    {
        using var scope = new TensorScope();
        using Module model = new SegmenterOptions { Width = 2, Classes = 3 }.Build();
        using var teacher = new FrozenTeacher(new Role("teacher", model), []);
        using var generator = new Generator(1);
        Tensor small = Tensor.Randn(generator, 2, 3, 8, 8), large = Tensor.Randn(generator, 2, 3, 12, 16);
        teacher.Run(small);
        Assert.True(teacher.IsCompiled);
        using GradMode off = Autograd.NoGrad();
        Assert.True(teacher.Run(large).Output.Allclose(model.Call(large), rtol: 1e-4, atol: 1e-5));
        Assert.True(teacher.Run(small).Output.Allclose(model.Call(small), rtol: 1e-3, atol: 1e-4));
    }

    [Fact]
    public void A_teacher_whose_answers_are_cached_is_neither_run_nor_loaded()
    {
        using OutputCache cache = _fixture.Cache(new CacheContents());
        var absent = new Role("outputs", () => throw new InvalidOperationException("the teacher's network was asked for."));
        TrainingSetup setup = Setup(absent) with { Ask = (role, taps) => new CachedTeacher(role.Name, cache, taps, Device.Cpu) };
        Batch batch = _fixture.Data.Training(seed: 1).Epoch(0).First();
        using var trainer = new SupervisedTrainer(setup, batch);
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(batch, new StepClock(0, 2, 2), meter);
        Assert.False(absent.IsLoaded);
        Assert.True(double.IsFinite(meter.Take()[0]));
    }

    [Fact]
    public void A_tap_that_the_cache_does_not_keep_is_named()
    {
        using OutputCache cache = _fixture.Cache(new CacheContents());
        var error = Assert.Throws<ArgumentException>(
            () => new CachedTeacher("outputs", cache, [TapPath.LastFeature], Device.Cpu));
        Assert.Contains("last-feature", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _student.Dispose();
        _fixture.Dispose();
    }

    private TrainingSetup Setup(Role teacher) => new()
    {
        Student = new Role("student", _student),
        Teachers = [teacher],
        Criteria =
        [
            RetortCatalog.Default.Create<Criterion>(new Retort.Methods.Logits.CrossEntropyOptions()),
            RetortCatalog.Default.Create<Criterion>(new Retort.Methods.Logits.KnowledgeDistillationOptions()),
        ],
        CriterionNames = ["task", "hints"],
        Optimizer = new SgdChoice { Lr = 0.1, Momentum = 0.9 },
    };
}
