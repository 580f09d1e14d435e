using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Optim;

namespace Retort.Tests.Torch.Optim;

public sealed class OptimizerTests
{
    private static readonly string[] OneOfEach =
    [
        "sgd dampening float64", "adam amsgrad float32", "adamw decay float64", "rmsprop centered-momentum float64",
        "adagrad decay float32", "lamb decay float64", "sam sgd float64",
    ];

    public static TheoryData<string> Kinds => [.. OneOfEach];

    [Theory, MemberData(nameof(Kinds))]
    public void Saved_and_loaded_it_goes_on_with_the_same_bits(string name)
    {
        using var scope = new TensorScope();
        JsonElement recorded = RecordedCases.Trajectory(name);
        DType dtype = recorded.GetProperty("dtype").GetString() == "float64" ? DType.Float64 : DType.Float32;
        var whole = new RecordedCases.Problem(dtype);
        using Optimizer throughout = RecordedCases.MakeOptimizer(recorded, whole.Parameters);
        Run(throughout, whole, 1, 40);

        var first = new RecordedCases.Problem(dtype);
        using Optimizer before = RecordedCases.MakeOptimizer(recorded, first.Parameters);
        Run(before, first, 1, 17);
        Dictionary<string, Tensor> saved = before.State().ToDictionary(s => s.Key, s => s.Value.Clone());
        before.ZeroGrad();
        using Optimizer after = RecordedCases.MakeOptimizer(recorded, first.Parameters);
        after.Load(saved);
        Assert.Equal(17, after.StepCount);
        Run(after, first, 18, 40);

        Assert.Equal(whole.Values(), first.Values());
    }

    [Fact]
    public void State_has_the_names_of_PyTorch()
    {
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(DType.Float32);
        using var adam = new Adam(problem.Parameters);
        Assert.Equal(["step", "param_groups.0.lr", "param_groups.0.initial_lr", "param_groups.0.weight_decay"], adam.State().Keys);
        problem.ComputeGradients(3);
        adam.Step();
        Assert.Equal(
            ["state.0.step", "state.0.exp_avg", "state.0.exp_avg_sq", "state.1.step", "state.1.exp_avg", "state.1.exp_avg_sq"],
            adam.State().Keys.Skip(4));
        Assert.Equal(4, adam.StateCount);
    }

    [Fact]
    public void An_own_state_may_be_loaded_again()
    {
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(DType.Float64);
        using var adam = new Adam(problem.Parameters);
        Run(adam, problem, 1, 3);
        double[] before = adam.State()["state.0.exp_avg"].ToArray<double>();
        adam.Load(adam.State());
        Assert.Equal(before, adam.State()["state.0.exp_avg"].ToArray<double>());
    }

    [Theory]
    [InlineData("state.0.momentum", "keeps for each parameter: step, exp_avg, exp_avg_sq")]
    [InlineData("state.9.exp_avg", "there are 3 parameters")]
    [InlineData("param_groups.1.lr", "there are 1 parameter groups")]
    [InlineData("param_groups.0.betas", "a group has lr")]
    [InlineData("nonsense", "is no name of it")]
    [InlineData("state.1.exp_avg", "but the parameter is Tensor [5] Float32")]
    public void A_state_that_does_not_fit_is_refused_and_changes_nothing(string name, string complaint)
    {
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(DType.Float32);
        using var adam = new Adam(problem.Parameters);
        Run(adam, problem, 1, 1);
        Dictionary<string, Tensor> state = adam.State().ToDictionary(s => s.Key, s => s.Value.Clone() * 2);
        state["step"] = Tensor.FromScalar(7L);
        state[name] = Tensor.Zeros(2, 2);
        float[] before = adam.State()["state.0.exp_avg"].ToArray<float>();

        string message = Assert.Throws<InvalidDataException>(() => adam.Load(state)).Message;

        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(complaint, message, StringComparison.Ordinal);
        Assert.Equal(before, adam.State()["state.0.exp_avg"].ToArray<float>());
        Assert.Equal(1, adam.StepCount);
    }

    [Fact]
    public void A_state_that_lacks_a_buffer_is_refused()
    {
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(DType.Float32);
        using var adam = new Adam(problem.Parameters);
        Run(adam, problem, 1, 1);
        var state = new Dictionary<string, Tensor>(adam.State());
        state.Remove("state.1.exp_avg_sq");
        Assert.Equal(
            "The optimiser's state lacks 'state.1.exp_avg_sq'.", Assert.Throws<InvalidDataException>(() => adam.Load(state)).Message);
    }

    [Fact]
    public void A_momentum_buffer_of_PyTorchs_SGD_needs_no_step_count()
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.From([1.0, 2.0]);
        using var sgd = new Sgd([parameter], new SgdOptions { LearningRate = 1, Momentum = 0.5, Dampening = 0.25 });
        sgd.Load(new Dictionary<string, Tensor> { ["state.0.momentum_buffer"] = Tensor.From([4.0, 0.0]) });
        parameter.Grad = Tensor.From([1.0, 1.0]);
        sgd.Step();
        // b = 0.5·4 + 0.75·1, and 0.75; the first-step rule (b = g) would give 1 and 1.
        Assert.Equal([1 - 2.75, 2 - 0.75], parameter.ToArray<double>());
    }

    [Fact]
    public void Gradients_stay_as_they_are()
    {
        using var scope = new TensorScope();
        foreach (string name in OneOfEach)
        {
            JsonElement recorded = RecordedCases.Trajectory(name);
            DType dtype = recorded.GetProperty("dtype").GetString() == "float64" ? DType.Float64 : DType.Float32;
            var problem = new RecordedCases.Problem(dtype);
            using Optimizer optimizer = RecordedCases.MakeOptimizer(recorded, problem.Parameters);
            problem.ComputeGradients(1);
            Tensor[] before = [.. problem.Parameters.Select(p => p.Grad!.Clone())];
            optimizer.Step();
            Assert.All(before.Zip(problem.Parameters), pair => Assert.True(pair.First.Equal(pair.Second.Grad!), name));
        }
    }

    [Fact]
    public void A_step_leaves_no_tensors_behind_but_the_state()
    {
        using var scope = new TensorScope();
        var problem = new RecordedCases.Problem(DType.Float32);
        using var adam = new Adam(problem.Parameters);
        Run(adam, problem, 1, 2);
        problem.ComputeGradients(1);
        int before = scope.Count;
        adam.Step();
        Assert.Equal(before, scope.Count);
    }

    [Fact]
    public void Parameters_without_gradients_stay_and_count_no_step()
    {
        using var scope = new TensorScope();
        Tensor still = Tensor.Ones(2), moved = Tensor.Ones(2);
        using var sgd = new Sgd([still, moved], new SgdOptions { LearningRate = 1, WeightDecay = 0.5, Momentum = 0.9 });
        moved.Grad = Tensor.Ones(2);
        sgd.Step();
        Assert.Equal([1f, 1f], still.ToArray<float>());
        Assert.Equal([-0.5f, -0.5f], moved.ToArray<float>());
        Assert.Equal(1, sgd.StateCount);
        sgd.ZeroGrad();
        Assert.Null(moved.Grad);
    }

    [Fact]
    public void A_group_added_later_is_trained_too()
    {
        using var scope = new TensorScope();
        Tensor first = Tensor.Ones(1), later = Tensor.Ones(1);
        using var sgd = new Sgd([first], new SgdOptions { LearningRate = 1 });
        sgd.Add(new ParameterGroup([later], learningRate: 3));
        first.Grad = Tensor.Ones(1);
        later.Grad = Tensor.Ones(1);
        sgd.Step();
        Assert.Equal((0, -2), (first.ToDouble(), later.ToDouble()));
        Assert.Throws<ArgumentException>(() => sgd.Add(new ParameterGroup([first])));
    }

    [Fact]
    public void Sam_puts_the_parameters_back_when_the_second_pass_fails()
    {
        using var scope = new TensorScope();
        Tensor parameter = Tensor.Ones(3);
        using var sam = new Sam(new Sgd([parameter]), new SamOptions { Rho = 0.5 });
        int passes = 0;
        Assert.Throws<TimeoutException>(() => sam.Step(() =>
        {
            parameter.Grad = Tensor.Ones(3);
            if (++passes == 2)
            {
                Assert.Equal(1 + 0.5 / Math.Sqrt(3), parameter[0].ToDouble(), 1e-6);
                throw new TimeoutException();
            }
        }));
        Assert.Equal([1f, 1f, 1f], parameter.ToArray<float>());
    }

    [Fact]
    public void Settings_out_of_range_are_refused()
    {
        using var scope = new TensorScope();
        Tensor[] p = [Tensor.Ones(1)];
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(p, new SgdOptions { LearningRate = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sgd(p, new SgdOptions { LearningRate = double.NaN }));
        Assert.Throws<ArgumentException>(() => new Sgd(p, new SgdOptions { Nesterov = true }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Adam(p, new AdamOptions { Beta1 = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sam(new Sgd(p), new SamOptions { Rho = 0 }));
        Assert.Throws<ArgumentException>(() => new Sgd(Array.Empty<Tensor>()));
        Assert.Throws<ArgumentException>(() => new Sgd([p[0], p[0]]));
        Assert.Throws<ArgumentException>(() => new Sgd([Tensor.Arange(3)]));
    }

    private static void Run(Optimizer optimizer, RecordedCases.Problem problem, int from, int to)
    {
        for (int step = from; step <= to; step++)
        {
            int now = step;
            optimizer.Step(() => problem.ComputeGradients(now));
        }
    }
}
