using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Training;
using Retort.Training.Optimizers;

namespace Retort.Tests.Training;

public sealed class SupervisedTrainerTests
{
    private static readonly StepClock First = new(0, 10, 5);

    [Fact]
    public void Frozen_parts_keep_their_weights_and_their_statistics()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        float[] linear = Nets.Values(net.Find("0")), norm = Nets.Values(net.Find("1")), head = Nets.Values(net.Find("3"));
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), CrossEntropyTerm()) with { Freeze = ["0", "1"] }, Nets.Batch(1));
        Step(trainer);
        trainer.Train();
        Step(trainer);
        Assert.Equal(linear, Nets.Values(net.Find("0")));
        Assert.Equal(norm, Nets.Values(net.Find("1")));
        Assert.NotEqual(head, Nets.Values(net.Find("3")));
    }

    [Fact]
    public void A_network_that_is_frozen_whole_is_refused()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => new SupervisedTrainer(
            Nets.Setup(new Role("student", net), CrossEntropyTerm()) with { Freeze = ["0", "1", "3"] }, Nets.Batch(1)));
        Assert.Contains("role 'student' has no parameter left to train", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_move_at_rates_of_their_own()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), same = Nets.Mlp(1);
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), CrossEntropyTerm()) with { Groups = [new ParameterGroupOptions { Modules = ["3"], Lr = 0 }] },
            Nets.Batch(1));
        using var plain = new SupervisedTrainer(Nets.Setup(new Role("student", same), CrossEntropyTerm()), Nets.Batch(1));
        float[] head = Nets.Values(net.Find("3"));
        Step(trainer);
        Step(plain);
        Assert.Equal(head, Nets.Values(net.Find("3")));
        Assert.Equal(Nets.Values(same.Find("0")), Nets.Values(net.Find("0")));
    }

    [Fact]
    public void Split_momenta_tell_the_task_s_gradient_from_the_others_and_resume_to_the_same_bits()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), twin = Nets.Mlp(1), copy = Nets.Mlp(1);
        using SupervisedTrainer trainer = Split(net), before = Split(twin);
        foreach (SupervisedTrainer each in (SupervisedTrainer[])[trainer, before])
        {
            Step(each);
            Step(each, First with { Step = 1 });
        }

        float[] taskMoves = Nets.Values(copy.Find("3")), first = [], second = [];
        for (int step = 0; step < 2; step++)
        {
            Parameter[] parameters = [.. copy.Parameters()];
            Tensor logits = copy.Call(Nets.Batch(4).Input);
            Tensor[] values = [.. parameters.Select(p => p.Value)];
            Tensor[] task = Autograd.Grad(logits.CrossEntropyLoss(Nets.Batch(4).Labels), values, retainGraph: true);
            Tensor[] other = Autograd.Grad(logits.Square().Mean(), values);
            using GradMode off = Autograd.NoGrad();
            first = Moved(first, task, 0.25f);
            second = Moved(second, other, 0.75f);
            int at = 0;
            foreach (Tensor value in values)
            {
                int count = (int)value.NumElements;
                float[] moves = [.. Enumerable.Range(at, count).Select(k => 0.1f * (first[k] + second[k]))];
                value.SubInPlace(Tensor.From(moves, value.Shape));
                at += count;
            }
        }

        float[] expected = Nets.Values(copy.Find("3")), found = Nets.Values(net.Find("3"));
        Assert.NotEqual(taskMoves, found);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));

        using Sequential last = Nets.Mlp(9);
        using SupervisedTrainer resumed = Split(last);
        resumed.Load(before.State().ToDictionary());
        Step(trainer, First with { Step = 2 });
        Step(resumed, First with { Step = 2 });
        Assert.Equal(Nets.Values(net), Nets.Values(last));
    }

    [Fact]
    public void A_term_sees_the_teacher_that_it_names()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), first = Nets.Mlp(2), second = Nets.Mlp(3);
        var seen = new List<string>();
        Tensor See(Signals signals)
        {
            seen.Add(string.Join(',', signals.Teachers.Select(t => t.Name)));
            return signals.Student.Logits.Square().Mean();
        }

        var named = new Term(See, TermOptions.Of("b"));
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), new Term(See), named) with { Teachers = [new Role("a", first), new Role("b", second)] },
            Nets.Batch(1));
        Step(trainer);
        Assert.Equal(["a,b", "b"], seen);
        Assert.Equal(["b"], named.Attached!.Teachers.Select(t => t.Name));
    }

    [Fact]
    public void A_network_is_not_run_on_the_batch_where_no_term_reads_what_it_makes_of_it()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        int runs = 0;
        using IDisposable count = net.OnOutput(_ =>
        {
            runs++;
            return null;
        });
        Term Reading(bool onInputsAlone) => new(signals => signals.Student.On("other").Logits.Square().Mean())
        {
            Wanted = [new InputRequest("other", batch => batch.Input * 2)],
            OnInputsAlone = onInputsAlone,
        };
        using var alone = new SupervisedTrainer(Nets.Setup(new Role("student", net), Reading(true)), Nets.Batch(1));
        runs = 0;
        Step(alone);
        Assert.Equal(1, runs);
        using var both = new SupervisedTrainer(Nets.Setup(new Role("student", net), Reading(true), Reading(false)), Nets.Batch(1));
        runs = 0;
        Step(both);
        Assert.Equal(2, runs);
    }

    [Fact]
    public void Further_inputs_are_made_once_and_run_through_the_roles_that_want_them()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1), teacher = Nets.Mlp(2);
        teacher.Eval();
        int made = 0;
        Tensor Negate(Batch batch)
        {
            made++;
            return -batch.Input;
        }

        Tensor Compare(Signals signals)
        {
            Tensor expected = teacher.Call(-signals.Batch.Input);
            Assert.True(signals.Teacher.On("negated").Logits.Allclose(expected, rtol: 1e-4, atol: 1e-5));
            Assert.Throws<KeyNotFoundException>(() => signals.Student.On("negated"));
            return signals.Student.Logits.Square().Mean();
        }

        InputRequest request = new("negated", Negate, Student: false);
        Term[] terms = [new(Compare) { Wanted = [request] }, new(Compare) { Wanted = [request] }];
        using var trainer = new SupervisedTrainer(
            Nets.Setup(new Role("student", net), terms) with { Teachers = [new Role("teacher", teacher)] }, Nets.Batch(1));
        made = 0;
        Step(trainer);
        Assert.Equal(1, made);
    }

    [Fact]
    public void Terms_remember_steps_and_not_inspections()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        Term[] terms = [CrossEntropyTerm(), CrossEntropyTerm()];
        using var trainer = new SupervisedTrainer(Nets.Setup(new Role("student", net), terms), Nets.Batch(1));
        trainer.Inspect(Nets.Batch(2), First);
        Step(trainer);
        Step(trainer, First with { Step = 1 });
        Assert.Equal([0L, 1L], terms[0].Remembered);
    }

    [Fact]
    public void A_teacher_left_off_early_gives_what_its_last_module_gave()
    {
        using var scope = new TensorScope();
        using Sequential teacher = Nets.Mlp(2);
        teacher.Eval();
        Tensor input = Nets.Batch(1).Input;
        int later = 0;
        using IDisposable counted = teacher.Find("3").OnOutput(_ =>
        {
            later++;
            return null;
        });
        using var frozen = new FrozenTeacher(new Role("teacher", teacher) { Until = "1" }, ["0"]);
        RoleSignals found = frozen.Run(input);
        Assert.Equal(0, later);
        Assert.Equal([8, 5], found.Output.Shape);
        Assert.True(found.Output.Allclose(teacher.Find("1").Call(found.Tap("0")), rtol: 1e-4, atol: 1e-5));
    }

    private static SupervisedTrainer Split(Module net) => new(
        Nets.Setup(
            new Role("student", net), new CrossEntropy(new CrossEntropyOptions()),
            new Term(signals => signals.Student.Logits.Square().Mean())) with
        {
            Optimizer = new SplitSgdChoice { Lr = 0.1, Momentum = 0.5, Difference = 0.25 },
        },
        Nets.Batch(1));

    private static float[] Moved(float[] before, Tensor[] gradients, float momentum)
    {
        float[] gradient = [.. gradients.SelectMany(g => g.Contiguous().ToArray<float>())];
        return before.Length == 0 ? gradient : [.. gradient.Select((g, k) => momentum * before[k] + g)];
    }

    private static Term CrossEntropyTerm() => new(signals => signals.Student.Logits.CrossEntropyLoss(signals.Labels));

    private static void Step(Trainer trainer, StepClock? clock = null)
    {
        using var meter = new TermMeter(trainer.FigureNames);
        trainer.Step(Nets.Batch(4), clock ?? First, meter);
    }
}
