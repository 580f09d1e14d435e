using Retort.Torch.Nn;

namespace Retort.Torch.Optim;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
public sealed class ParameterGroup
{
    private double? _learningRate;
    private double? _weightDecay;
    private double? _initialLearningRate;

    /// <summary>Names the parameters and, where they differ from the optimiser's, their rates.</summary>
    /// <param name="parameters">Leaf tensors of a floating-point type; at least one.</param>
    /// <param name="learningRate">At least 0; null for the optimiser's.</param>
    /// <param name="weightDecay">At least 0; null for the optimiser's.</param>
    /// <param name="name">What reports call the group.</param>
    /// <exception cref="ArgumentException">There are no parameters, or a tensor is not of a floating-point type.</exception>
    public ParameterGroup(
        IEnumerable<Tensor> parameters, double? learningRate = null, double? weightDecay = null, string name = "")
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = [.. parameters];
        if (Parameters.Count == 0)
            throw new ArgumentException("A parameter group needs at least one parameter.", nameof(parameters));
        for (int k = 0; k < Parameters.Count; k++)
        {
            if (!Parameters[k].DType.IsFloatingPoint())
            {
                throw new ArgumentException(
                    $"parameter {k} is {Parameters[k].DType}; only floating-point tensors are trained.", nameof(parameters));
            }
        }

        if (learningRate is { } rate)
            LearningRate = rate;
        _initialLearningRate = learningRate;
        if (weightDecay is { } decay)
            WeightDecay = decay;
        Name = name;
    }

    /// <summary>Names a module's parameters; see the other constructor.</summary>
    /// <remarks>It holds the tensors that are there now: move the module to its device and type before.</remarks>
    public ParameterGroup(
        IEnumerable<Parameter> parameters, double? learningRate = null, double? weightDecay = null, string name = "")
        : this(Tensors(parameters), learningRate, weightDecay, name)
    {
    }

    /// <summary>What reports call the group; may be empty.</summary>
    public string Name { get; }

    /// <summary>The tensors that the optimiser changes in place.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>The learning rate of the next step, at least 0. Schedules write it.</summary>
    public double LearningRate
    {
        get => _learningRate ?? throw Unadopted();
        set => _learningRate = Require.AtLeastZero(value, nameof(LearningRate));
    }

    /// <summary>The learning rate that a schedule's factor multiplies, at least 0; at first the group's own.</summary>
    public double InitialLearningRate
    {
        get => _initialLearningRate ?? throw Unadopted();
        set => _initialLearningRate = Require.AtLeastZero(value, nameof(InitialLearningRate));
    }

    /// <summary>Weight decay per step, at least 0: added to the gradient, or decoupled from it, as the optimiser does
    /// it.</summary>
    public double WeightDecay
    {
        get => _weightDecay ?? throw Unadopted();
        set => _weightDecay = Require.AtLeastZero(value, nameof(WeightDecay));
    }

    /// <summary>Two groups of a module's trainable parameters: matrices and kernels decay; vectors (biases, norms) do
    /// not.</summary>
    /// <param name="module">Its frozen parameters are left out.</param>
    /// <param name="learningRate">Of both groups; null for the optimiser's.</param>
    /// <param name="weightDecay">Of the first group; null for the optimiser's.</param>
    public static IReadOnlyList<ParameterGroup> SplitByDecay(
        Module module, double? learningRate = null, double? weightDecay = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ILookup<bool, Parameter> byRank = module.Parameters().Where(p => p.Trainable).ToLookup(p => p.Value.Dimensions > 1);
        var groups = new List<ParameterGroup>();
        if (byRank[true].Any())
            groups.Add(new ParameterGroup(byRank[true], learningRate, weightDecay, "decay"));
        if (byRank[false].Any())
            groups.Add(new ParameterGroup(byRank[false], learningRate, 0, "no-decay"));
        return groups;
    }

    /// <summary>Fills in what the group left to its optimiser.</summary>
    internal void Adopt(OptimizerOptions options)
    {
        _learningRate ??= options.LearningRate;
        _initialLearningRate ??= _learningRate;
        _weightDecay ??= options.WeightDecay;
    }

    private static IEnumerable<Tensor> Tensors(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return parameters.Select(parameter => parameter.Value);
    }

    private static InvalidOperationException Unadopted() =>
        new("The parameter group belongs to no optimiser yet, whose value it takes.");
}
