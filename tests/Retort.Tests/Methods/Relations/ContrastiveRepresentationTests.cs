using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Relations;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Methods.Relations;

[Collection("default generator")]
public sealed class ContrastiveRepresentationTests : IDisposable
{
    private const int Samples = 9, Width = 4;
    private static readonly long[] Labels = [2, 0, 1, 0, 2, 1, 1, 0, 2];
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    private static Dataset Data(long[] labels) =>
        Dataset.OfNumbers("numbers", "train", new float[labels.Length * 2], [2], labels, ["a", "b", "c"]);

    private static ContrastiveRepresentation Criterion(ContrastivePositive positive = ContrastivePositive.Exact, ulong seed = 1)
    {
        Engine.ManualSeed(seed);
        var criterion = new ContrastiveRepresentation(
            new ContrastiveRepresentationOptions { Negatives = 50, Width = Width, Positive = positive });
        var role = new Role("teacher", new MlpOptions { InFeatures = 2, Hidden = [], Classes = 3 }.Build());
        criterion.Attach(new Attachment { Student = role, Teachers = [role], Data = Data(Labels) });
        criterion.Prepare(SignalsOf(0, [0, 1]));
        return criterion;
    }

    private static Signals SignalsOf(long step, long[] ids)
    {
        using var generator = new Generator((ulong)step);
        Tensor Feature(long width) => Tensor.Randn(generator, ids.Length, width);
        RoleSignals Role(string name, long width) =>
            new(name, Feature(3), new Dictionary<TapPath, Tensor> { [TapPath.LastFeature] = Feature(width) });
        var batch = new Batch(Feature(2), Tensor.From([.. ids.Select(i => Labels[i])]), Tensor.From(ids));
        return new Signals(batch, new StepClock(step, 10, 5), Role("student", 5), Role("teacher", 6));
    }

    private static float[] State(ContrastiveRepresentation criterion, string name) =>
        criterion.Owned.StateDict()[$"banks.{name}"].ToArray<float>();

    [Fact]
    public void Looking_at_a_step_changes_nothing_and_gives_the_same_number()
    {
        using ContrastiveRepresentation criterion = Criterion();
        Signals signals = SignalsOf(3, [4, 1, 7]);
        float[] bank = State(criterion, "student");
        double first = criterion.Evaluate(signals).ToDouble();
        Assert.Equal(first, criterion.Evaluate(signals).ToDouble());
        Assert.Equal(bank, State(criterion, "student"));
        Assert.Equal([0f], State(criterion, "student_z"));

        // Another step draws other negatives for the same samples.
        var later = new Signals(signals.Batch, signals.Clock with { Step = 4 }, signals.Student, signals.Teachers);
        Assert.NotEqual(first, criterion.Evaluate(later).ToDouble());
    }

    [Fact]
    public void The_first_step_fixes_Z_for_good_and_renews_the_rows_that_it_saw()
    {
        using ContrastiveRepresentation criterion = Criterion();
        Signals signals = SignalsOf(0, [4, 1, 7]);
        float[] before = State(criterion, "teacher");
        criterion.Evaluate(signals);
        criterion.Advance(signals);
        float z = State(criterion, "student_z")[0];
        Assert.True(z > 0);
        float[] after = State(criterion, "teacher");
        for (int row = 0; row < Samples; row++)
        {
            float[] was = before[(row * Width)..((row + 1) * Width)], now = after[(row * Width)..((row + 1) * Width)];
            if (row is 4 or 1 or 7)
                Assert.Equal(1, Math.Sqrt(now.Sum(v => (double)v * v)), 1e-6);
            else
                Assert.Equal(was, now);
        }

        Signals next = SignalsOf(1, [0, 2]);
        criterion.Evaluate(next);
        criterion.Advance(next);
        Assert.Equal(z, State(criterion, "student_z")[0]);
    }

    // 50 draws of each of 3 samples among 6 others: an own-class negative would show.
    [Fact]
    public void Negatives_are_of_other_classes_and_the_positive_is_the_sample_or_its_class()
    {
        foreach (ContrastivePositive positive in Enum.GetValues<ContrastivePositive>())
        {
            using ContrastiveRepresentation criterion = Criterion(positive);
            var banks = criterion.Owned.Find("banks");
            long[] ids = [4, 1, 7];
            var method = banks.GetType().GetMethod("Candidates")!;
            var seen = new HashSet<long>();
            for (long step = 0; step < 5; step++)
            {
                var drawn = (Tensor)method.Invoke(
                    banks, [Tensor.From(ids), Tensor.From([.. ids.Select(i => Labels[i])]), 50, step,
                        positive == ContrastivePositive.Relax])!;
                long[] rows = drawn.ToArray<long>();
                for (int k = 0; k < ids.Length; k++)
                {
                    long[] own = rows[(k * 51)..((k + 1) * 51)];
                    if (positive == ContrastivePositive.Exact)
                        Assert.Equal(ids[k], own[0]);
                    Assert.Equal(Labels[ids[k]], Labels[own[0]]);
                    Assert.All(own[1..], row => Assert.NotEqual(Labels[ids[k]], Labels[row]));
                    seen.UnionWith(own);
                }
            }

            Assert.Equal(Samples, seen.Count);
        }
    }

    [Fact]
    public void A_product_with_the_whole_bank_and_gathered_rows_give_the_same_scores()
    {
        using var generator = new Generator(2);
        Tensor embeddings = Tensor.Randn(generator, 3, 4).To(DType.Float64),
            bank = Tensor.Randn(generator, 40, 4).To(DType.Float64);
        Tensor few = Tensor.From(new long[] { 3, 39, 0, 7, 11, 5 }, 3, 2), many = few.Repeat([1, 10]);
        double[] gathered = ContrastiveRepresentation.Scores(embeddings, bank, few).ToArray<double>();
        double[] whole = ContrastiveRepresentation.Scores(embeddings, bank, many).Narrow(1, 0, 2).Contiguous().ToArray<double>();
        Assert.All(gathered.Zip(whole), pair => Assert.Equal(pair.First, pair.Second, 1e-9 * pair.First));
    }

    // K / n = 2 / 4, Z = 2: P = 1/2 and 1/4, 1/4, so −(log 1/2 + 2 log 2/3) with ε = 0.
    [Fact]
    public void A_loss_worked_by_hand()
    {
        Tensor scores = Tensor.From(new double[,] { { 1, 0.5, 0.5 } });
        double expected = -(Math.Log(0.5) + 2 * Math.Log(2 / 3.0));
        Assert.Equal(expected, ContrastiveRepresentation.Loss(scores, 2, samples: 4, epsilon: 0).ToDouble(), 1e-12);
        Assert.Equal(expected, ContrastiveRepresentation.Loss(scores, Tensor.From([2.0]).Squeeze(0), 4, 0).ToDouble(), 1e-12);
    }

    [Fact]
    public void Samples_without_labels_or_of_one_class_are_refused()
    {
        var role = new Role("teacher", new MlpOptions { InFeatures = 2, Hidden = [], Classes = 3 }.Build());
        string Refused(long[] labels)
        {
            using var criterion = new ContrastiveRepresentation(new ContrastiveRepresentationOptions());
            return Assert.Throws<ArgumentException>(
                () => criterion.Attach(new Attachment { Student = role, Teachers = [role], Data = Data(labels) })).Message;
        }

        Assert.Contains("no label", Refused([0, -100, 1]), StringComparison.Ordinal);
        Assert.Contains("one class", Refused([1, 1]), StringComparison.Ordinal);
    }
}
