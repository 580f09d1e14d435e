using Retort.Distillation;
using Retort.Methods.Generative;
using Retort.Models.Generative;
using Retort.Torch;

namespace Retort.Tests.Methods.Generative;

/// <summary>What is peculiar to score distillation.</summary>
[Collection("default generator")]
public sealed class ScoreDistillationTests
{
    // A point with the teacher's denoiser D = x / 2: at x = 3, σ = 2, ε = 1 the noisy point is 5, the noise seen 1.25, and w = 4/5.
    [Fact]
    public void The_gradient_of_a_point_worked_by_hand()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.From(new double[,] { { 3 }, { 3 } }).SetRequiresGrad(), noise = Tensor.Ones(DType.Float64, 2, 1), sigma = Tensor.From([2.0, 2.0]);
        Tensor loss = ScoreDistillation.Loss(x, new Share(0.5), sigma, noise, 1, _ => noise);
        const double Pull = 0.8 * 0.25;
        Assert.Equal(Pull * Pull / 2, loss.ToDouble(), 1e-12);
        Assert.Equal([Pull / 2, Pull / 2], Autograd.Grad(loss, [x])[0].ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    // Seen with the condition 1.25 and without it 3.75 (D = x / 2 and −x / 2): guided by 3, 3.75 + 3 (1.25 − 3.75).
    [Fact]
    public void Guidance_goes_from_the_answer_without_a_condition_through_that_with_it()
    {
        using var scope = new TensorScope();
        var network = new Share(0.5, conditions: 2);
        Tensor noisy = Tensor.From(new double[,] { { 5 } }), sigma = Tensor.From([2.0]);
        using IDisposable told = network.Given(Tensor.From([1L]));
        Assert.Equal(1.25, ScoreDistillation.NoiseIn(network, noisy, sigma).ToDouble(), 1e-12);
        Assert.Equal(3.75 + 3 * (1.25 - 3.75), ScoreDistillation.NoiseIn(network, noisy, sigma, 3).ToDouble(), 1e-12);
        Assert.Equal(1.25, ScoreDistillation.NoiseIn(network, noisy, sigma).ToDouble(), 1e-12);
    }

    [Fact]
    public void Raw_noise_leaves_the_mean_of_the_gradient()
    {
        using var scope = new TensorScope();
        Tensor noise = Tensor.From([1.0, -3.0]), share = Tensor.From([0.5, 0.2]);
        Assert.Equal([1, -3], ScoreSampling.Expected(noise, share, NoiseTerm.Exact).ToArray<double>());
        Assert.Equal([-0.5, 0.6], ScoreSampling.Expected(noise, share, NoiseTerm.Raw).ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_follower_that_sees_what_the_teacher_sees_pulls_nowhere()
    {
        using var scope = new TensorScope();
        Role student = new("student", new PointsOptions().Build()), teacher = ToyNets.Teacher();
        Assert.Equal(0, Loss(new VariationalScore(new VariationalScoreOptions()), student, teacher, ToyNets.Teacher()));
        Assert.True(Loss(new VariationalScore(new VariationalScoreOptions()), student, teacher, ToyNets.Teacher(shift: 0.3)) > 0);
        Assert.Equal(0, Loss(new EntropicScore(new EntropicScoreOptions { Lambda = 1 }), student, teacher, ToyNets.Teacher()));
    }

    [Fact]
    public void Without_entropy_a_follower_without_views_has_no_say()
    {
        using var scope = new TensorScope();
        Role student = new("student", new PointsOptions().Build()), teacher = ToyNets.Teacher(), other = ToyNets.Teacher(shift: 0.3);
        double alone = Loss(new ScoreSampling(new ScoreSamplingOptions()), student, teacher);
        Assert.Equal(alone, Loss(new EntropicScore(new EntropicScoreOptions { Lambda = 0 }), student, teacher, other), 1e-12);
        Assert.NotEqual(alone, Loss(new EntropicScore(new EntropicScoreOptions { Lambda = 0.5 }), student, teacher, other), 1e-3);
    }

    // One level s and a point-wise known sample: variances are max(0, λP − (1 − λ)s²); here the exact scores of a Gaussian of the
    // sample's own moments stand for a follower, so that nothing is learned but the sample.
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Entropy_decides_how_far_a_Gaussian_collapses(double lambda)
    {
        using var scope = new TensorScope();
        const double Level = 0.3, Variance = 0.25;
        double expected = Math.Max(0, lambda * Variance - (1 - lambda) * Level * Level);
        Engine.ManualSeed(4);
        Tensor unit = Tensor.Randn(null, 20_000, 1).To(DType.Float64), noise = Tensor.Randn(null, 20_000, 1).To(DType.Float64);
        Tensor factor = Tensor.From([Math.Sqrt(expected) + 0.05]).SetRequiresGrad();
        Tensor samples = unit * factor, sigma = Denoiser.LevelsOf(samples, Level);
        double own = Math.Pow(factor.Detach().ToArray<double>()[0], 2);
        var real = new Share(Variance / (Variance + Level * Level));
        var fake = new Share(own / (own + Level * Level));
        Tensor Off(Tensor noisy) => EntropicScore.Expected(ScoreDistillation.NoiseIn(fake, noisy, sigma), noise, lambda);
        double slope = Autograd.Grad(ScoreDistillation.Loss(samples, real, sigma, noise, 1, Off), [factor])[0].ToArray<double>()[0];

        // A little too wide, it is made narrower; a little too narrow, where that is possible, wider.
        Assert.True(slope > 0, $"{slope}");
        if (expected == 0)
            return;
        factor = Tensor.From([Math.Sqrt(expected) - 0.05]).SetRequiresGrad();
        samples = unit * factor;
        own = Math.Pow(factor.Detach().ToArray<double>()[0], 2);
        fake = new Share(own / (own + Level * Level));
        Assert.True(Autograd.Grad(ScoreDistillation.Loss(samples, real, sigma, noise, 1, Off), [factor])[0].ToArray<double>()[0] < 0);
    }

    [Fact]
    public void A_term_without_a_follower_and_guidance_without_conditions_are_named()
    {
        using var scope = new TensorScope();
        Role student = new("student", new PointsOptions().Build()), teacher = ToyNets.Teacher();
        var alone = Assert.Throws<ArgumentException>(() => Loss(new VariationalScore(new VariationalScoreOptions()), student, teacher));
        Assert.Contains("needs a teacher and a peer that follows the student", alone.Message, StringComparison.Ordinal);
        var guided = Assert.Throws<ArgumentException>(() => Loss(new ScoreSampling(new ScoreSamplingOptions { Guidance = 7.5 }), student, teacher));
        Assert.Contains("role 'teacher' takes no conditions; leave guidance at 1", guided.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scene_where_a_denoiser_is_needed_is_named()
    {
        using var scope = new TensorScope();
        using var criterion = new Denoising(new DenoisingOptions());
        var scene = new Attachment { Student = new Role("scene", new PointsOptions().Build()) };
        Assert.Contains(
            "role 'scene' (Points) makes samples, and does not denoise them",
            Assert.Throws<ArgumentException>(() => criterion.Attach(scene)).Message, StringComparison.Ordinal);
    }

    // Labels are told, and every second one is kept from a follower that is to do without.
    [Fact]
    public void A_follower_is_told_the_labels_but_for_a_share()
    {
        using var scope = new TensorScope();
        var spy = new Share(0.5, conditions: 8);
        double Untold(double share)
        {
            using var criterion = new Denoising(new DenoisingOptions { Untold = share });
            criterion.Attach(new Attachment { Student = new Role("student", spy) });
            criterion.Evaluate(ToyNets.Signals(ToyNets.Batch(2000), default));
            return spy.Heard!.Lt(0).To(DType.Float64).Mean().ToDouble();
        }

        Assert.Equal(0, Untold(0));
        Assert.Equal(0.5, Untold(0.5), 0.05);
        Assert.Equal(1, Untold(1));
    }

    [Fact]
    public void What_a_term_told_is_forgotten_even_by_a_network_in_two_roles()
    {
        using var scope = new TensorScope();
        var both = new Share(0.5, conditions: 8);
        Role student = new("student", new PointsOptions().Build()), teacher = new("teacher", both);
        Loss(new VariationalScore(new VariationalScoreOptions()), student, teacher, teacher);
        Assert.NotNull(both.Heard);
        both.Denoise(Tensor.Ones(1, 2), Tensor.Ones(1));
        Assert.Null(both.Heard);
    }

    private static double Loss(Criterion criterion, Role student, params Role[] teachers)
    {
        using (criterion)
        {
            criterion.Attach(new Attachment { Student = student, Teachers = teachers });
            Engine.ManualSeed(8);
            return criterion.Evaluate(ToyNets.Signals(ToyNets.Batch(64), default, teachers)).ToDouble();
        }
    }

    /// <summary>D = a·x; without a condition, where there are some, −a·x.</summary>
    private sealed class Share(double a, int conditions = 0) : Denoiser
    {
        public override double SigmaMax => 80;

        public override int Conditions => conditions;

        public Tensor? Heard { get; private set; }

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null)
        {
            Heard = Told;
            return noisy * (conditions == 0 || Told is not null ? a : -a);
        }
    }
}
