using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Methods.Relations;
using Retort.Methods.Sequences;
using Retort.Torch;

namespace Retort.Tests.Methods;

/// <summary>What the papers say that a loss does, or does not, see.</summary>
public sealed class PropertyTests
{
    private const double Close = 1e-9;

    private static Tensor Random(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return Tensor.Randn(generator, shape).To(DType.Float64);
    }

    // By hand: the teacher's rows become the identity, the student's become (1, 1)/√2 and (1, 2)/√5.
    [Fact]
    public void Similarity_preserving_of_a_batch_worked_by_hand()
    {
        Tensor student = Tensor.From(new double[,] { { 1, 0 }, { 1, 1 } }), teacher = Tensor.From(new double[,] { { 1, 0, 0 }, { 0, 2, 0 } });
        Assert.Equal(
            1 - (1 / Math.Sqrt(2) + 2 / Math.Sqrt(5)) / 2, SimilarityPreserving.Loss(student, teacher).ToDouble(), 1e-12);
    }

    [Fact]
    public void Decoupled_distillation_is_distillation_when_the_wrong_classes_weigh_what_the_teacher_gives_them()
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            Tensor student = Random(seed, 1, 6), teacher = Random(seed + 100, 1, 6), label = Tensor.From(new long[] { (long)seed });
            double rest = 1 - (teacher / 3).Softmax(1).ToArray<double>()[seed];
            double decoupled = DecoupledKnowledgeDistillation.Loss(student, teacher, label, alpha: 1, beta: rest, temperature: 3).ToDouble();
            Assert.Equal(KnowledgeDistillation.Loss(student, teacher, 3).ToDouble(), decoupled, Close);
        }
    }

    // On one sample the gradient is the one of distillation, scaled: the weight itself must not add to it.
    [Fact]
    public void A_soft_labels_weight_is_a_constant()
    {
        Tensor student = Random(20, 1, 4).SetRequiresGrad(), teacher = Random(21, 1, 4), label = Tensor.From(new long[] { 1 });
        Tensor found = student.Detach().LogSoftmax(1), wanted = teacher.LogSoftmax(1);
        double ratio = found.ToArray<double>()[1] / (wanted.ToArray<double>()[1] - 1e-7), weight = 1 - Math.Exp(-ratio);
        double[] expected = (Autograd.Grad(KnowledgeDistillation.Loss(student, teacher, 2), [student])[0] * weight).ToArray<double>();
        double[] gradient = Autograd.Grad(WeightedSoftLabels.Loss(student, teacher, label, 2), [student])[0].ToArray<double>();
        Assert.All(gradient.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, Close));
    }

    [Fact]
    public void Attention_transfer_does_not_see_the_order_of_channels()
    {
        Tensor student = Random(1, 2, 3, 4, 4), teacher = Random(2, 2, 5, 4, 4);
        Assert.Equal(
            AttentionTransfer.Loss(student, teacher).ToDouble(), AttentionTransfer.Loss(student, teacher.Flip(1)).ToDouble(), Close);
    }

    [Fact]
    public void Relational_distillation_does_not_see_a_turn_or_a_scale()
    {
        Tensor student = Random(3, 5, 4), teacher = Random(4, 5, 7);
        Tensor turn = Ops.LinalgQr(Random(5, 4, 4)).Item1;
        Assert.Equal(
            RelationalKnowledgeDistillation.Loss(student, teacher).ToDouble(),
            RelationalKnowledgeDistillation.Loss(student.MatMul(turn) * 3, teacher).ToDouble(), 1e-7);
    }

    [Fact]
    public void Logit_standardisation_does_not_see_how_large_logits_are()
    {
        Tensor student = Random(6, 4, 5), teacher = Random(7, 4, 5);
        Assert.Equal(
            LogitStandardization.Loss(student, teacher).ToDouble(), LogitStandardization.Loss(student, teacher * 4).ToDouble(), 1e-6);
    }

    // Directions alone count; equal directions cost nothing, and of two orthogonal ones the kernel is 1 and e^{−0.8}.
    [Fact]
    public void Correlation_congruence_of_a_batch_worked_by_hand()
    {
        Tensor apart = Tensor.From(new double[,] { { 2, 0 }, { 0, 3 } }),
            together = Tensor.From(new double[,] { { 1, 0 }, { 5, 0 } });
        double factor = Math.Exp(-0.8), difference = factor * (0.8 + 0.8 * 0.8 / 2);
        Assert.Equal(difference * difference / 2, CorrelationCongruence.Loss(apart, together).ToDouble(), Close);
        Assert.Equal(0, CorrelationCongruence.Loss(apart * 7, apart).ToDouble(), Close);
    }

    // One of two layers of the student is the teacher's own map: all attention on it costs nothing, half of it half as much.
    [Fact]
    public void Attention_between_layers_weighs_what_their_energies_differ_by()
    {
        Tensor teacher = Random(51, 3, 4, 4, 4), other = Random(52, 3, 2, 4, 4);
        double Loss(double share) => AttentionFeatureMatching.Loss(
            [teacher, other], [teacher], Tensor.From([share, 1 - share]).Reshape([1, 1, 2]).Repeat([3, 1, 1])).ToDouble();
        Assert.Equal(0, Loss(1), Close);
        Assert.True(Loss(0) > 0);
        Assert.Equal(Loss(0) / 2, Loss(0.5), Close);
    }

    [Fact]
    public void Neuron_selectivity_of_equal_maps_is_nothing()
    {
        Tensor map = Random(8, 2, 3, 4, 4);
        Assert.Equal(0, NeuronSelectivity.Loss(map, map).ToDouble(), Close);
    }

    [Fact]
    public void Plackett_Luce_with_a_sure_teacher_is_the_cross_entropy()
    {
        Tensor student = Random(9, 3, 4), labels = Tensor.From(new long[] { 2, 0, 3 });
        Tensor sure = labels.OneHot(4).To(DType.Float64) * 200;
        Assert.Equal(
            student.CrossEntropyLoss(labels).ToDouble(), PlackettLuceDistillation.Loss(student, sure, labels).ToDouble(), Close);
    }

    [Fact]
    public void The_margin_is_the_mean_of_the_negative_values_of_a_normal_distribution()
    {
        double[] weight = [1, 0.5, 2], bias = [0, -0.4, 1];
        double[] margin = FeatureOverhaul.Margin(Tensor.From(weight), Tensor.From(bias)).ToArray<double>();
        for (int c = 0; c < weight.Length; c++)
        {
            double mass = 0, moment = 0;
            for (double x = -30; x < 0; x += 1e-4)
            {
                double density = Math.Exp(-Math.Pow((x - bias[c]) / weight[c], 2) / 2);
                mass += density;
                moment += x * density;
            }

            Assert.Equal(moment / mass, margin[c], 1e-3);
        }
    }

    [Fact]
    public void A_constant_channel_costs_nothing_and_is_not_NaN_under_Pearson()
    {
        Tensor flat = Tensor.Ones(DType.Float64, 2, 3, 4, 4).SetRequiresGrad();
        Tensor loss = PearsonDistillation.Loss(flat, Tensor.Ones(DType.Float64, 2, 3, 4, 4));
        Assert.Equal(0, loss.ToDouble());
    }

    [Fact]
    public void Dead_features_give_a_finite_loss_and_gradient()
    {
        Tensor teacher = Random(10, 3, 4, 2, 2), dead = Tensor.Zeros(DType.Float64, 3, 4, 2, 2).SetRequiresGrad();
        foreach (Func<Tensor, Tensor, Tensor> loss in (ReadOnlySpan<Func<Tensor, Tensor, Tensor>>)
            [(s, t) => SimilarityPreserving.Loss(s, t), (s, t) => AttentionTransfer.Loss(s, t), (s, t) => NeuronSelectivity.Loss(s, t),
                (s, t) => ProbabilisticTransfer.Loss(s, t), (s, t) => RelationalKnowledgeDistillation.Loss(s, t),
                (s, t) => FactorTransfer.Loss(s, t)])
        {
            Tensor value = loss(dead, teacher);
            Assert.True(double.IsFinite(value.ToDouble()));
            Assert.True(Autograd.Grad(value, [dead])[0].Isfinite().All().ToBoolean());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Generalised_Jensen_Shannon_ends_in_both_divergences(double beta)
    {
        Tensor student = Random(11, 2, 3, 5), teacher = Random(12, 2, 3, 5), mask = Tensor.Ones(DType.Float64, 2, 3);
        double expected = beta == 0
            ? TokenForwardKl.Loss(student, teacher, mask, subtractEntropy: true).ToDouble()
            : TokenReverseKl.Loss(student, teacher, mask).ToDouble();
        Assert.Equal(expected, GeneralizedJensenShannon.Loss(student, teacher, mask, beta: beta).ToDouble(), Close);
    }

    [Fact]
    public void Positions_without_a_label_count_for_nothing()
    {
        Tensor student = Random(13, 1, 3, 5), teacher = Random(14, 1, 3, 5);
        Tensor mask = Tensor.From(new long[] { 1, 0, 1 }, 1, 3), changed = teacher.Clone();
        changed[0][1].FillInPlace(9);
        Assert.Equal(
            TokenReverseKl.Loss(student, teacher, mask).ToDouble(), TokenReverseKl.Loss(student, changed, mask).ToDouble(), Close);
        Assert.Equal(0, TokenReverseKl.Loss(student, teacher, mask * 0).ToDouble());
    }

    [Fact]
    public void A_token_that_cannot_occur_does_not_make_a_divergence_NaN()
    {
        Tensor impossible = Tensor.From(new double[] { 0, 1, double.NegativeInfinity }, 1, 1, 3), mask = Tensor.Ones(1, 1);
        Tensor student = impossible.Clone().SetRequiresGrad();
        Tensor loss = TokenForwardKl.Loss(student, impossible, mask);
        Assert.True(double.IsFinite(loss.ToDouble()));
    }

    [Fact]
    public void Interpolation_at_the_end_is_the_forward_divergence()
    {
        Tensor student = Random(15, 2, 3, 5), teacher = Random(16, 2, 3, 5), mask = Tensor.Ones(DType.Float64, 2, 3);
        Assert.Equal(
            TokenForwardKl.Loss(student, teacher, mask).ToDouble(),
            InterpolatedDistillation.Loss(student, teacher, mask, interpolation: 1).ToDouble(), Close);
    }

    [Fact]
    public void Adaptive_interpolation_never_falls_and_ends_at_the_end()
    {
        var rule = new AdaptiveInterpolation(0.2);
        double before = rule.Value;
        for (int step = 0; step <= 50; step++)
        {
            rule = rule.After(loss: 2 + Math.Sin(step), floor: 0.2 + 0.7 * step / 50, end: 0.9, rate: 0.5);
            Assert.InRange(rule.Value, before, 0.9);
            before = rule.Value;
        }

        Assert.Equal(0.9, rule.Value);
    }

    [Fact]
    public void Sinkhorn_targets_share_samples_evenly()
    {
        Tensor targets = ClassRelation.SinkhornTargets(Random(17, 6, 3) * 0.02, iterations: 50);
        Assert.All(targets.Sum(dim: 1).ToArray<double>(), sum => Assert.Equal(1, sum, 1e-9));
        Assert.All(targets.Sum(dim: 0).ToArray<double>(), sum => Assert.Equal(2, sum, 1e-6));
    }

    [Fact]
    public void A_temperature_of_nothing_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() =>
        DecoupledKnowledgeDistillation.Loss(Random(18, 2, 3), Random(19, 2, 3), Tensor.From(new long[] { 0, 1 }), temperature: 0));
}
