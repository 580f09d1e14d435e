using Retort.Data;
using Retort.Distillation;
using Retort.Torch;

namespace Retort.Tests.Distillation;

[Collection("default generator")]
public sealed class LabelChannelTests
{
    private static Batch Batch(params long[] labels) => new(
        Tensor.Zeros(labels.Length / 4, 3, 2, 2) + 7, Tensor.From(labels, labels.Length / 4, 2, 2), Tensor.Arange(labels.Length / 4));

    // The authors' codes of 21 classes and what does not count: (k − 11) / 10.
    [Fact]
    public void Fixed_codes_are_a_tenth_apart_around_nothing()
    {
        using var scope = new TensorScope();
        Tensor found = new LabelChannel { Noise = 0, Scale = 1 }.Beside(Batch(0, 11, 20, -100));
        Assert.Equal([1L, 4, 2, 2], found.Shape);
        Assert.All(found.Narrow(1, 0, 3).ToArray<float>(), value => Assert.Equal(7, value));
        Assert.Equal([-1.1f, 0, 0.9f, 1.0f], found.Select(1, 3).ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Drawn_codes_are_one_number_for_each_class_of_an_image_and_others_in_the_next()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        var options = new LabelChannel { Codes = 4, Noise = 0, Scale = 2, Random = true };
        float[] found = options.Beside(Batch(0, 0, 1, 2, 0, 0, 1, 2), generator).Select(1, 3).ToArray<float>();
        Assert.Equal(found[0], found[1]);
        Assert.Equal(3, found[..4].Distinct().Count());
        Assert.Empty(found[..4].Intersect(found[4..]));
    }

    [Fact]
    public void Noise_is_each_pixels_own()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        float[] found = new LabelChannel { Codes = 4, Noise = 0.5 }.Beside(Batch(1, 1, 1, 1), generator).Select(1, 3).ToArray<float>();
        Assert.Equal(4, found.Distinct().Count());
    }

    [Fact]
    public void Labels_without_a_code_and_labels_of_samples_are_refused()
    {
        using var scope = new TensorScope();
        ArgumentException error = Assert.Throws<ArgumentException>(() => new LabelChannel { Codes = 4 }.Beside(Batch(0, 1, 2, 3)));
        Assert.Contains("a label is 3; 4 codes serve labels 0 to 2", error.Message, StringComparison.Ordinal);
        var ofSamples = new Batch(Tensor.Zeros(2, 3, 2, 2), Tensor.From(new long[] { 1, 2 }), Tensor.Arange(2));
        Assert.Contains("[2]", Assert.Throws<ShapeException>(() => new LabelChannel().Beside(ofSamples)).Message, StringComparison.Ordinal);
    }
}
