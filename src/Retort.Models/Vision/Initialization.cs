using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Initial values that several families set over PyTorch's defaults.</summary>
internal static class Initialization
{
    /// <summary>He et al.'s normal over each convolution's outputs, in the modules' order; biases become zero.</summary>
    public static void ConvolutionsByFanOut(Module model)
    {
        foreach (Conv2d convolution in Of<Conv2d>(model))
        {
            Init.KaimingNormal(convolution.Weight, fan: Fan.Out);
            if (convolution.Bias is not null)
                Init.Constant(convolution.Bias, 0);
        }
    }

    /// <summary>A normal for each linear layer's weight; biases become zero.</summary>
    public static void LinearsNormal(Module model, double std)
    {
        foreach (Linear linear in Of<Linear>(model))
        {
            Init.Normal(linear.Weight, 0, std);
            if (linear.Bias is not null)
                Init.Constant(linear.Bias, 0);
        }
    }

    /// <summary>A truncated normal of deviation 0.02 for each linear layer's weight; biases become zero.</summary>
    public static void LinearsTruncated(Module model)
    {
        foreach (Linear linear in Of<Linear>(model))
        {
            Init.TruncatedNormal(linear.Weight, std: 0.02);
            if (linear.Bias is not null)
                Init.Constant(linear.Bias, 0);
        }
    }

    private static IEnumerable<T> Of<T>(Module model)
        where T : Module => model.NamedModules().Select(entry => entry.Value).OfType<T>();
}
