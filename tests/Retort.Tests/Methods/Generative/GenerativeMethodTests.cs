using Retort.Diffusion.Levels;
using Retort.Distillation;
using Retort.Methods.Generative;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Methods.Generative;

/// <summary>What is peculiar to each method.</summary>
[Collection("default generator")]
public sealed class GenerativeMethodTests
{
    // (arXiv:2303.01469, appendix C): s₀ = 2 and s₁ = 150.
    [Fact]
    public void Levels_grow_from_three_to_151_and_the_target_slows_down()
    {
        Assert.Equal(2, ConsistencyMatching.Levels(0, 2, 150));
        Assert.Equal(151, ConsistencyMatching.Levels(1, 2, 150));
        Assert.Equal(76, ConsistencyMatching.Levels(0.25, 2, 150));
        Assert.Equal(0.9, ConsistencyMatching.Decay(0.9, 2, 2), 1e-12);
        Assert.Equal(Math.Pow(0.9, 0.02), ConsistencyMatching.Decay(0.9, 2, 100), 1e-12);
    }

    [Fact]
    public void The_target_follows_the_student_only_after_a_step()
    {
        using var scope = new TensorScope();
        using var criterion = new ConsistencyDistillation(new ConsistencyDistillationOptions { Decay = 0.5 });
        Role student = ToyNets.Student(), teacher = ToyNets.Teacher();
        Signals signals = ToyNets.Signals(ToyNets.Batch(), default, teacher);
        criterion.Attach(new Attachment { Student = student, Teachers = [teacher] });
        criterion.Prepare(signals);
        string kept = criterion.Owned.StateDict().Keys.First(k => k.EndsWith("out_bias", StringComparison.Ordinal));
        float Kept() => criterion.Owned.StateDict()[kept].ToArray<float>()[0];
        float before = Kept();
        using (Autograd.NoGrad())
            student.Model.StateDict()["out.bias"].AddInPlace(1);
        criterion.Evaluate(signals);
        Assert.Equal(before, Kept());
        criterion.Advance(signals);
        Assert.Equal(before + 0.5f, Kept(), 1e-5);
    }

    // A student that is the teacher's own exact solution has nothing to learn: here of a single Gaussian, whose path is known.
    [Fact]
    public void Two_steps_of_the_teacher_are_one_of_a_student_that_predicts_where_they_lead()
    {
        using var scope = new TensorScope();
        var teacher = (Denoiser)ToyNets.Teacher().Model;
        var leads = new LeadsThere(teacher, steps: 3);
        Tensor samples = ToyNets.Batch(16).Input.To(DType.Float64), noise = samples.RandnLike();
        Tensor step = Tensor.Arange(16).Remainder(3).To(DType.Float64);
        Tensor losses = ProgressiveDistillation.Losses(leads, teacher, samples, noise, step, 3, new NoiseGrid());
        Assert.InRange(losses.Max().ToDouble(), 0, 1e-18);
        Assert.True(ProgressiveDistillation.Losses(teacher, teacher, samples, noise, step, 3, new NoiseGrid()).Max().ToDouble() > 1e-6);
    }

    // One point is all there is, at (1, 0). From anywhere, whenever the teacher takes over, it leads there: the way is z − (1, 0),
    // a square of 5 in the mean, and the exact student is off by what the noise end lacks of 1.
    [Fact]
    public void A_guided_student_is_asked_for_where_its_step_and_the_teachers_lead()
    {
        using var scope = new TensorScope();
        var exact = (Denoiser)new MixtureDenoiserOptions { Modes = 1, Radius = 1, Deviation = 1e-9 }.Build();
        Tensor noise = Tensor.From(new double[,] { { 1, 2 }, { -3, 0 } }), time = Tensor.From([0.2, 0.7]);
        Assert.Equal(5 * Math.Pow(1 / 0.999 - 1, 2), SlimFlow.Guided(exact, exact, noise, time).ToDouble(), 1e-9);
        Tensor fresh = Tensor.From(new double[,] { { 0, 1 }, { 1, 1 } });
        Tensor wanted = Tensor.From(new double[,] { { 0.8, 2.2 }, { -1.8, 0.6 } });
        Assert.True(SlimFlow.Annealed(noise, fresh, 0.6).Allclose(wanted, rtol: 0, atol: 1e-12));
    }

    [Fact]
    public void A_guidance_weight_asks_for_a_teacher()
    {
        using var plain = new SlimFlow(new SlimFlowOptions());
        using var guided = new SlimFlow(new SlimFlowOptions { Guidance = 1 });
        Assert.Equal((false, true), (plain.NeedsTeacher, guided.NeedsTeacher));
    }

    [Fact]
    public void Pairs_are_kept_together_and_distillation_looks_at_the_noise_end_alone()
    {
        using var scope = new TensorScope();
        var seen = new List<double[]>();
        var spy = new Spy((state, time) =>
        {
            seen.Add([.. state.Flatten().ToArray<float>().Select(v => (double)v), .. time.ToArray<float>().Select(v => (double)v)]);
            return state;
        });
        using var criterion = new RectifiedFlow(new RectifiedFlowOptions { Steps = 1 });
        criterion.Attach(new Attachment { Student = new Role("student", spy) });
        Retort.Data.Batch batch = ToyNets.Batch(4, pairs: true);
        double loss = criterion.Evaluate(ToyNets.Signals(batch, default)).ToDouble();
        Tensor noise = batch["noise"];
        Assert.Equal([.. noise.Flatten().ToArray<float>().Select(v => (double)v), 1, 1, 1, 1], seen[0], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(batch.Input.Square().Mean().ToDouble(), loss, 1e-5);   // the spy says z, the pair z − x
    }

    [Fact]
    public void Times_of_the_robust_flow_are_mostly_at_both_ends()
    {
        using var scope = new TensorScope();
        var times = new List<float>();
        var spy = new Spy((state, time) =>
        {
            times.AddRange(time.ToArray<float>());
            return state;
        });
        using var criterion = new RectifiedFlowPlus(new RectifiedFlowPlusOptions());
        criterion.Attach(new Attachment { Student = new Role("student", spy) });
        Engine.ManualSeed(3);
        criterion.Evaluate(ToyNets.Signals(ToyNets.Batch(4000, pairs: true), default));

        // Of one arm's mass, (e^{0.8} − 1) / (e⁴ − 1) lies below 0.2 and (e⁴ − e^{3.2}) / (e⁴ − 1) above 0.8.
        double low = (Math.Exp(0.8) - 1) / (Math.Exp(4) - 1), high = (Math.Exp(4) - Math.Exp(3.2)) / (Math.Exp(4) - 1);
        Assert.Equal((low + high) / 2, times.Count(t => t < 0.2) / 4000.0, 0.03);
        Assert.Equal((low + high) / 2, times.Count(t => t > 0.8) / 4000.0, 0.03);
        Assert.All(times, t => Assert.InRange(t, 1e-5f, 1 - 9e-6f));
    }

    [Fact]
    public void Another_generators_samples_take_the_place_of_the_data()
    {
        using var scope = new TensorScope();
        using var criterion = new Denoising(new DenoisingOptions { From = "point" });
        var point = new Role("point", new MixtureDenoiserOptions { Modes = 1, Radius = 5, Deviation = 1e-3 }.Build());
        var perfect = new Role("student", new MixtureDenoiserOptions { Modes = 1, Radius = 5, Deviation = 1e-3 }.Build());
        criterion.Attach(new Attachment { Student = perfect, Teachers = [point] });

        // The batch is of the ring; a denoiser that knows only the point is right about what the point generates.
        Signals signals = ToyNets.Signals(ToyNets.Batch(), default, point);
        Assert.InRange(criterion.Evaluate(signals).ToDouble(), 0, 0.1);
    }

    [Fact]
    public void The_derivative_along_the_path_is_its_difference_quotient()
    {
        using var scope = new TensorScope();
        Role student = ToyNets.Student(Parameterization.Flow, interval: true);
        student.Model.To(dtype: DType.Float64);
        var net = (Denoiser)student.Model;
        Tensor x = ToyNets.Batch(6).Input.To(DType.Float64), noise = x.RandnLike(), time = x.UniformEach() * 0.5 + 0.4, until = time * 0.3;
        using GradMode off = Autograd.NoGrad();
        Tensor v = noise - x, state = FlowMatching.Between(x, noise, time);
        const double h = 1e-5;
        Tensor quotient = (net.Velocity(state + v * h, time + h, until) - net.Velocity(state - v * h, time - h, until)) / (2 * h);
        using (Autograd.EnableGrad())
        {
            Tensor target = v - (time - until).Unsqueeze(1) * quotient;
            Tensor each = (net.Velocity(state, time, until) - target).Square().Sum([1]);
            double expected = (each / (each + 1e-3)).Mean().ToDouble();
            Assert.Equal(expected, MeanFlow.Loss(net, null, x, noise, time, until, power: 1).ToDouble(), 1e-6);
        }
    }

    [Fact]
    public void A_step_along_the_path_from_noise_worked_by_hand()
    {
        using var scope = new TensorScope();

        // The student says 3 everywhere; the teacher's denoiser is half its input.
        var student = new Constant(3, sigmaMax: 4);
        var teacher = new Half();
        Tensor noise = Tensor.From(new double[,] { { 2 } });
        double loss = Bootstrapping.Loss(student, teacher, noise, Tensor.From([4.0]), Tensor.From([1.0]), boundary: 10).ToDouble();

        // x = 3 + 4·2 = 11, f = 5.5, so the target is 3 + ¾·2.5 and the loss 2.5²; at the top f is ½·8, against 3.
        Assert.Equal(2.5 * 2.5 + 10 * 1, loss, 1e-9);
    }

    [Fact]
    public void Samples_that_are_as_dense_as_they_should_be_are_not_pulled()
    {
        using var scope = new TensorScope();
        var teacher = (Denoiser)ToyNets.Teacher().Model;
        var shifted = (Denoiser)ToyNets.Teacher(shift: 0.3).Model;
        Tensor x = ToyNets.Batch(16).Input.To(DType.Float64).SetRequiresGrad(), noise = x.Detach().RandnLike(), sigma = Denoiser.LevelsOf(x, 1);
        Assert.Equal(0, DistributionMatching.Loss(x, teacher, teacher, sigma, noise).ToDouble());
        Assert.Equal(0, ScoreIdentity.Loss(x, teacher, teacher, sigma, noise).ToDouble(), 1e-12);

        // Where what is generated lies too far to the right, samples go to the left.
        Tensor pull = Autograd.Grad(DistributionMatching.Loss(x, teacher, shifted, sigma, noise), [x])[0];
        Assert.True(pull.Select(1, 0).Mean().ToDouble() > 0);
    }

    [Fact]
    public void A_discriminator_learns_to_tell_noisy_samples_apart_and_leaves_the_generator_alone()
    {
        using var scope = new TensorScope();
        using var criterion = new NoisyDiscriminator(new() { SigmaData = 0.46, Levels = new GridLevels { SigmaMax = 0.5 } });
        Role student = ToyNets.Student();
        Signals signals = ToyNets.Signals(ToyNets.Batch(256), default);
        criterion.Attach(new Attachment { Student = student });
        criterion.Prepare(signals);
        Parameter[] parts = [.. criterion.PartsOf(PartMover.Opponent)];
        using var adam = new Adam([.. parts.Select(p => p.Value)], new AdamOptions { LearningRate = 0.01 });
        Engine.ManualSeed(3);
        double first = criterion.EvaluateOpponent(signals).ToDouble();
        for (int step = 0; step < 100; step++)
        {
            using var inner = new TensorScope();
            adam.ZeroGrad();
            criterion.EvaluateOpponent(signals).Backward();
            adam.Step();
        }

        Assert.Equal(2 * Math.Log(2), first, 0.1);                     // undecided at first
        Assert.InRange(criterion.EvaluateOpponent(signals).ToDouble(), 0, 1);
        Assert.All(student.Model.Parameters(), p => Assert.Null(p.Value.Grad));
        Assert.True(criterion.Evaluate(signals).ToDouble() > 1);        // what is told apart must move
    }

    [Fact]
    public void A_gradient_that_is_no_number_pulls_nowhere()
    {
        using var scope = new TensorScope();
        Tensor x = Tensor.Ones(DType.Float64, 2, 1).SetRequiresGrad();
        Tensor slope = Autograd.Grad(ScorePull.Along(x, Tensor.From(new double[,] { { double.NaN }, { 3 } })), [x])[0];
        Assert.Equal([0, 1.5], slope.ToArray<double>());
    }

    private sealed class Constant(double value, double sigmaMax) : Denoiser
    {
        public override double SigmaMax => sigmaMax;

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null) => noisy * 0 + value;
    }

    private sealed class Half : Denoiser
    {
        public override double SigmaMax => 80;

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null) => noisy / 2;
    }

    private sealed class Spy(Func<Tensor, Tensor, Tensor> velocity) : Denoiser
    {
        public override double SigmaMax => 80;

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null) => throw new InvalidOperationException();

        public override Tensor Velocity(Tensor state, Tensor time, Tensor? until = null) => velocity(state, time);
    }

    private sealed class LeadsThere(Denoiser teacher, int steps) : Denoiser
    {
        public override double SigmaMax => 80;

        public override Tensor Denoise(Tensor noisy, Tensor sigma, Tensor? until = null)
        {
            var grid = new NoiseGrid();
            double large = Math.Pow(80, 1.0 / 7), small = Math.Pow(0.002, 1.0 / 7);
            Tensor place = (sigma.Pow(1.0 / 7) - large) / (small - large);
            Tensor middle = grid.At(place + 0.5 / steps), last = grid.At(place + 1.0 / steps);
            Tensor half = Step(noisy, sigma, middle), end = Step(half, middle, last);
            return noisy - Spread(sigma / (last - sigma), noisy) * (end - noisy);
        }

        private Tensor Step(Tensor x, Tensor from, Tensor to) => x + Spread(to - from, x) * (x - teacher.Denoise(x, from)) / Spread(from, x);
    }
}
