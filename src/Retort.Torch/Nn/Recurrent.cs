using System.Globalization;

namespace Retort.Torch.Nn;

/// <summary>What the recurrent layers share: their weights, PyTorch's names for them, and their initial values.</summary>
/// <remarks>
/// Parameters for layer k: <c>weight_ih_lk</c> [gates·hidden, input], <c>weight_hh_lk</c> [gates·hidden, hidden],
/// <c>bias_ih_lk</c> and <c>bias_hh_lk</c> [gates·hidden], with the suffix <c>_reverse</c> for the backward direction. All
/// start uniform in ±1/√hidden.
/// </remarks>
public abstract class Recurrent : Module
{
    private readonly Parameter[] _weights;

    private protected Recurrent(int gates, long inputSize, long hiddenSize, RecurrentOptions options)
    {
        InputSize = Check.AtLeastOne(inputSize);
        HiddenSize = Check.AtLeastOne(hiddenSize);
        Check.AtLeastOne(options.Layers, "layers");
        Check.Probability(options.Dropout, "dropout");
        Options = options;
        var weights = new List<Parameter>();
        for (int layer = 0; layer < options.Layers; layer++)
        {
            for (int direction = 0; direction < Directions; direction++)
            {
                string suffix = string.Create(CultureInfo.InvariantCulture, $"_l{layer}{(direction == 1 ? "_reverse" : "")}");
                long width = layer == 0 ? inputSize : hiddenSize * Directions;
                weights.Add(New("weight_ih" + suffix, gates * hiddenSize, width));
                weights.Add(New("weight_hh" + suffix, gates * hiddenSize, hiddenSize));
                if (!options.Bias)
                    continue;
                weights.Add(New("bias_ih" + suffix, gates * hiddenSize));
                weights.Add(New("bias_hh" + suffix, gates * hiddenSize));
            }
        }
        _weights = [.. weights];
    }

    /// <summary>Width of the input.</summary>
    public long InputSize { get; }

    /// <summary>Width of a direction's state.</summary>
    public long HiddenSize { get; }

    /// <summary>The choices that it was made with.</summary>
    public RecurrentOptions Options { get; }

    private protected int Directions => Options.Bidirectional ? 2 : 1;

    private protected Tensor[] Weights => Array.ConvertAll(_weights, weight => weight.Value);

    private protected Tensor ZeroState(Tensor input)
    {
        if (input.Dimensions != 3)
            throw new ShapeException(
                $"'input' [{string.Join(", ", input.Shape)}] of {GetType().Name} must have 3 dimensions: batch, time, width.");
        return input.NewZeros([Options.Layers * Directions, input.Size(Options.BatchFirst ? 0 : 1), HiddenSize]);
    }

    private Parameter New(string name, params long[] shape)
    {
        double bound = 1 / Math.Sqrt(HiddenSize);
        return Parameter(name, Init.Uniform(Tensor.Empty(DType.Float32, shape), -bound, bound));
    }
}

/// <summary>What a recurrent layer may choose; the defaults are PyTorch's.</summary>
public sealed record RecurrentOptions
{
    /// <summary>Layers on top of each other.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Whether a second direction reads the sequence backward; outputs are joined along the width.</summary>
    public bool Bidirectional { get; init; }

    /// <summary>Whether input and output are [N, T, width] rather than [T, N, width]. States never are.</summary>
    public bool BatchFirst { get; init; }

    /// <summary>Whether there are biases.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>Probability of a zero between layers while training.</summary>
    public double Dropout { get; init; }
}
