namespace Retort.Torch.Nn;

/// <summary>Fills tensors in place with PyTorch's initial values (<c>torch.nn.init</c>).</summary>
/// <remarks>
/// Without a generator the values come from the run's default one, as PyTorch's constructors do it: the same seed and the
/// same order of layers give the same weights as PyTorch. Every function returns the tensor that it was given.
/// </remarks>
public static class Init
{
    [ThreadStatic]
    private static int _skips;

    /// <summary>Leaves weights unset on this thread until the result is disposed: their values are loaded next.</summary>
    public static IDisposable Skip()
    {
        _skips++;
        return new Skipping();
    }

    /// <summary>Uniform between two bounds.</summary>
    public static Tensor Uniform(Tensor tensor, double low = 0, double high = 1, Generator? generator = null)
    {
        if (_skips > 0)
            return tensor;
        using GradMode off = Autograd.NoGrad();
        tensor.UniformInPlace(low, high, generator);
        return tensor;
    }

    /// <summary>Normal with that mean and standard deviation.</summary>
    public static Tensor Normal(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null)
    {
        if (_skips > 0)
            return tensor;
        using GradMode off = Autograd.NoGrad();
        tensor.NormalInPlace(mean, std, generator);
        return tensor;
    }

    /// <summary>Normal, redrawn outside [low, high]: the tails are cut off before scaling, as torch does it.</summary>
    public static Tensor TruncatedNormal(
        Tensor tensor, double mean = 0, double std = 1, double low = -2, double high = 2, Generator? generator = null)
    {
        if (_skips > 0)
            return tensor;
        using GradMode off = Autograd.NoGrad();
        double lowest = NormalCdf((low - mean) / std), highest = NormalCdf((high - mean) / std);
        using var scope = new TensorScope();
        tensor.UniformInPlace(2 * lowest - 1, 2 * highest - 1, generator);
        tensor.CopyInPlace(tensor.Erfinv());
        tensor.MulInPlace(std * Math.Sqrt(2));
        tensor.AddInPlace(mean);
        tensor.ClampInPlace(low, high);
        return tensor;
    }

    /// <summary>Every element the same.</summary>
    public static Tensor Constant(Tensor tensor, double value)
    {
        if (_skips > 0)
            return tensor;
        using GradMode off = Autograd.NoGrad();
        tensor.FillInPlace(value);
        return tensor;
    }

    /// <summary>He et al.'s uniform: bound √(6 / ((1 + slope²) · fan)); layers use the slope √5, that is 1 / √fan.</summary>
    /// <param name="tensor">A weight of at least two dimensions, [out, in, …].</param>
    /// <param name="slope">Negative slope of the leaky ReLU that follows; 0 is a plain ReLU.</param>
    /// <param name="fan">Which side's width keeps its variance.</param>
    /// <param name="generator">Where the numbers come from; the default generator when null.</param>
    public static Tensor KaimingUniform(Tensor tensor, double slope = 0, Fan fan = Fan.In, Generator? generator = null)
    {
        double bound = Math.Sqrt(2 / (1 + slope * slope)) / Math.Sqrt(FanOf(tensor, fan)) * Math.Sqrt(3);
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>He et al.'s normal: standard deviation √(2 / ((1 + slope²) · fan)).</summary>
    /// <param name="tensor">A weight of at least two dimensions, [out, in, …].</param>
    /// <param name="slope">Negative slope of the leaky ReLU that follows; 0 is a plain ReLU.</param>
    /// <param name="fan">Which side's width keeps its variance.</param>
    /// <param name="generator">Where the numbers come from; the default generator when null.</param>
    public static Tensor KaimingNormal(Tensor tensor, double slope = 0, Fan fan = Fan.In, Generator? generator = null) =>
        Normal(tensor, 0, Math.Sqrt(2 / (1 + slope * slope)) / Math.Sqrt(FanOf(tensor, fan)), generator);

    /// <summary>Glorot's uniform: bound gain · √(6 / (fan in + fan out)).</summary>
    public static Tensor XavierUniform(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        double bound = Math.Sqrt(3) * XavierStd(tensor, gain);
        return Uniform(tensor, -bound, bound, generator);
    }

    /// <summary>Glorot's normal: standard deviation gain · √(2 / (fan in + fan out)).</summary>
    public static Tensor XavierNormal(Tensor tensor, double gain = 1, Generator? generator = null) =>
        Normal(tensor, 0, XavierStd(tensor, gain), generator);

    /// <summary>LeCun's normal, truncated at two deviations: its variance after the cut is 1 / fan in.</summary>
    public static Tensor LecunNormal(Tensor tensor, Generator? generator = null)
    {
        if (_skips > 0)
            return tensor;
        // 0.8796 is the deviation of a unit normal cut at ±2: dividing by it restores the variance.
        double std = Math.Sqrt(1 / FanOf(tensor, Fan.In)) / 0.87962566103423978;
        TruncatedNormal(tensor, 0, 1, -2, 2, generator);
        using GradMode off = Autograd.NoGrad();
        tensor.MulInPlace(std);
        return tensor;
    }

    /// <summary>Rows (or columns, where there are fewer) that are orthonormal after flattening to [out, rest].</summary>
    public static Tensor Orthogonal(Tensor tensor, double gain = 1, Generator? generator = null)
    {
        RequireMatrix(tensor);
        if (_skips > 0)
            return tensor;
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        long rows = tensor.Size(0), columns = tensor.NumElements / rows;
        Tensor flat = Normal(Tensor.Empty(tensor.DType, rows, columns), 0, 1, generator);
        (Tensor q, Tensor r) = Ops.LinalgQr(rows < columns ? flat.Transpose(0, 1) : flat, "reduced");
        // The signs of R's diagonal make the draw uniform over orthogonal matrices.
        q = q * r.Diagonal().Sign();
        tensor.CopyInPlace((rows < columns ? q.Transpose(0, 1) : q).Reshape(tensor.Shape) * gain);
        return tensor;
    }

    /// <summary>Inputs or outputs that one unit of a weight sees: its channels times the kernel's positions.</summary>
    /// <exception cref="ShapeException">The weight has fewer than two dimensions.</exception>
    public static double FanOf(Tensor weight, Fan fan)
    {
        RequireMatrix(weight);
        double positions = 1;
        for (int dim = 2; dim < weight.Dimensions; dim++)
            positions *= weight.Size(dim);
        return weight.Size(fan == Fan.In ? 1 : 0) * positions;
    }

    private static double XavierStd(Tensor tensor, double gain) =>
        gain * Math.Sqrt(2 / (FanOf(tensor, Fan.In) + FanOf(tensor, Fan.Out)));

    private static void RequireMatrix(Tensor weight)
    {
        if (weight.Dimensions < 2)
            throw new ShapeException(
                $"'weight' [{string.Join(", ", weight.Shape)}] must have at least two dimensions, [out, in, …].");
    }

    // .NET has no error function; libtorch's is good to the last bit.
    private static double NormalCdf(double x)
    {
        using var scope = new TensorScope();
        return (1 + Tensor.FromScalar(x / Math.Sqrt(2)).Erf().ToDouble()) / 2;
    }

    private sealed class Skipping : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (_done)
                return;
            _done = true;
            _skips--;
        }
    }
}

/// <summary>Which side of a weight a variance is kept on.</summary>
public enum Fan
{
    /// <summary>The inputs of a unit: the forward pass keeps its variance.</summary>
    In,

    /// <summary>The outputs that an input reaches: the backward pass keeps its variance.</summary>
    Out,
}
