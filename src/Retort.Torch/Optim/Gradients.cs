namespace Retort.Torch.Optim;

/// <summary>What is done to gradients between backward and the step. Nothing here waits for the device.</summary>
public static class Gradients
{
    // PyTorch's, so that clipped trajectories agree with it.
    private const double ClipEpsilon = 1e-6;

    /// <summary>The L2 norm of several tensors taken as one vector: a scalar, float32 or wider.</summary>
    /// <param name="tensors">On any devices; at least one.</param>
    public static Tensor Norm(ReadOnlySpan<Tensor> tensors)
    {
        if (tensors.IsEmpty)
            throw new ArgumentException("The norm of no tensors was asked for.", nameof(tensors));
        using var scope = new TensorScope();
        Tensor[] norms = Ops.ForeachNorm(tensors);
        Device first = norms[0].Device;
        for (int k = 0; k < norms.Length; k++)
            norms[k] = norms[k].AtLeastFloat32().To(first);
        return scope.Keep(Ops.Stack(SameType(norms)).Norm());
    }

    /// <summary>Scales the gradients down so that their L2 norm, taken over all parameters, is at most
    /// <paramref name="maximum"/>.</summary>
    /// <param name="parameters">Those without a gradient are passed over.</param>
    /// <param name="maximum">Above 0.</param>
    /// <returns>The norm before, a scalar; 0 where no parameter has a gradient. NaN or infinite gradients become NaN.</returns>
    public static Tensor ClipNorm(IEnumerable<Tensor> parameters, double maximum)
    {
        Require.Positive(maximum);
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        Tensor[] gradients = Of(parameters);
        if (gradients.Length == 0)
            return scope.Keep(Tensor.Zeros());
        Tensor norm = Norm(gradients);
        Tensor scale = (maximum / (norm + ClipEpsilon)).ClampMax(1);
        Ops.ForeachMulInPlace(gradients, OnEachDevice(scale, gradients));
        return scope.Keep(norm);
    }

    /// <summary>Limits each element of the gradients to [−<paramref name="maximum"/>, <paramref name="maximum"/>]. NaN stays
    /// NaN.</summary>
    /// <param name="parameters">Those without a gradient are passed over.</param>
    /// <param name="maximum">Above 0.</param>
    public static void ClipValue(IEnumerable<Tensor> parameters, double maximum)
    {
        Require.Positive(maximum);
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        foreach (Tensor gradient in Of(parameters))
            gradient.ClampInPlace(-maximum, maximum);
    }

    /// <summary>Multiplies all gradients by a factor, such as one over the number of accumulated batches.</summary>
    public static void Scale(IEnumerable<Tensor> parameters, double factor)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = new TensorScope();
        Tensor[] gradients = Of(parameters);
        if (gradients.Length > 0)
            Ops.ForeachMulInPlace(gradients, factor);
    }

    /// <summary>A scalar once for each tensor, where that tensor is and of its type.</summary>
    internal static Tensor[] OnEachDevice(Tensor scalar, Tensor[] tensors) =>
        Array.ConvertAll(tensors, tensor => scalar.To(tensor.Device).To(tensor.DType));

    private static Tensor[] Of(IEnumerable<Tensor> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        var gradients = new List<Tensor>();
        foreach (Tensor parameter in parameters)
        {
            if (parameter.Grad is { } gradient)
                gradients.Add(gradient);
        }

        return [.. gradients];
    }

    private static Tensor[] SameType(Tensor[] norms) =>
        Array.Exists(norms, norm => norm.DType == DType.Float64)
            ? Array.ConvertAll(norms, norm => norm.To(DType.Float64))
            : norms;
}
