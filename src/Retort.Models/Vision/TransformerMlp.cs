using Retort.Torch.Nn;

namespace Retort.Models.Vision;

/// <summary>Two layers with GELU between them, as transformers and mixers use it.</summary>
/// <remarks>
/// […, width] → […, width], or [N, width, H, W] with 1 × 1 convolutions. Parameters carry timm's names: <c>fc1</c>, <c>fc2</c>.
/// </remarks>
public sealed class TransformerMlp : Sequential
{
    /// <summary>Creates the layers with PyTorch's initial values.</summary>
    /// <param name="width">Width of input and output.</param>
    /// <param name="hidden">Width between the layers.</param>
    /// <param name="dropRate">Probability of a zero after each layer while training.</param>
    /// <param name="convolutions">Whether the layers are 1 × 1 convolutions over images.</param>
    public TransformerMlp(int width, int hidden, double dropRate = 0, bool convolutions = false)
    {
        Add("fc1", convolutions ? new Conv2d(width, hidden, kernel: 1) : new Linear(width, hidden));
        Add("act", new Gelu());
        Add("drop1", new Dropout(dropRate));
        Add("fc2", convolutions ? new Conv2d(hidden, width, kernel: 1) : new Linear(hidden, width));
        Add("drop2", new Dropout(dropRate));
    }
}
