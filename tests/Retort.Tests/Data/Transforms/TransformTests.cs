using System.Reflection;
using Retort.Data;
using Retort.Data.Transforms;
using Retort.Torch;

namespace Retort.Tests.Data.Transforms;

public sealed class TransformTests
{
    public static TheoryData<string> Names => [.. Catalogue.Keys.Where(name => name != "one-of")];

    private static Dictionary<string, Type> Catalogue => typeof(TransformOptions).Assembly.GetTypes()
        .Where(type => type.GetCustomAttribute<TransformAttribute>() is not null)
        .ToDictionary(type => type.GetCustomAttribute<TransformAttribute>()!.Name);

    [Fact]
    public void The_catalogue_has_what_the_field_uses() =>
        Assert.Equal(
            [
                "color-jitter", "cutmix", "mixup", "one-of", "rand-augment", "random-affine", "random-crop", "random-erasing",
                "random-grayscale", "random-horizontal-flip", "random-resized-crop", "siamese-augmentation",
            ],
            Catalogue.Keys.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Names))]
    public void The_same_moment_gives_the_same_bits_and_another_epoch_others(string name)
    {
        using var scope = new TensorScope();
        IBatchTransform transform = Create(name);
        Batch batch = Pictures(16, 3, 12);
        float[] before = batch.Input.ToArray<float>();
        float[] first = transform.Apply(batch, new TransformMoment(1, 2, 3)).Input.ToArray<float>();
        Assert.Equal(before, batch.Input.ToArray<float>());
        Assert.Equal(first, transform.Apply(batch, new TransformMoment(1, 2, 3)).Input.ToArray<float>());
        Assert.Equal(before.Length, first.Length);
        Assert.All(first, value => Assert.True(float.IsFinite(value)));
        float[][] others = [.. Enumerable.Range(3, 8).Select(epoch => transform.Apply(batch, new TransformMoment(1, epoch, 3)).Input.ToArray<float>())];
        Assert.Contains(others, other => !other.SequenceEqual(first));
    }

    [Theory, MemberData(nameof(Names))]
    public void A_sample_looks_the_same_in_whatever_batch_it_is(string name)
    {
        if (name is "mixup" or "cutmix")
            return;
        using var scope = new TensorScope();
        IBatchTransform transform = Create(name);
        Batch whole = Pictures(12, 3, 12);
        Batch part = new(whole.Input.Narrow(0, 5, 3), whole.Labels.Narrow(0, 5, 3), whole.Index.Narrow(0, 5, 3));
        TransformMoment moment = new(7, 1, 0);
        float[] inWhole = transform.Apply(whole, moment).Input.Narrow(0, 5, 3).Contiguous().ToArray<float>();
        float[] alone = transform.Apply(part, moment).Input.ToArray<float>();
        for (int k = 0; k < alone.Length; k++)
            Assert.Equal(inWhole[k], alone[k], 1e-6f);
    }

    [Theory, MemberData(nameof(Names))]
    public void Grey_pictures_are_taken_too_and_nothing_leaks(string name)
    {
        IBatchTransform transform = Create(name);
        using var outer = new TensorScope();
        Batch batch = Pictures(6, 1, 9);
        int before = outer.Count;
        Batch result = transform.Apply(batch, new TransformMoment(1, 0, 0));
        Assert.Equal([6, 1, 9, 9], result.Input.Shape);
        Assert.InRange(outer.Count - before, 0, 2);
    }

    [Fact]
    public void A_crop_is_a_window_of_the_padded_picture()
    {
        using var scope = new TensorScope();
        Batch batch = Pictures(40, 1, 5);
        float[] pixels = batch.Input.ToArray<float>();
        float[] cropped = new RandomCrop(new RandomCropOptions { Padding = 2 }).Apply(batch, new TransformMoment(3, 0, 0)).Input.ToArray<float>();
        HashSet<(int, int)> shifts = [];
        for (int n = 0; n < 40; n++)
        {
            var shift = Enumerable.Range(-2, 5).SelectMany(dy => Enumerable.Range(-2, 5).Select(dx => (dy, dx)))
                .Single(s => Enumerable.Range(0, 25).All(i => cropped[(n * 25) + i] == At(n, (i / 5) + s.dy, (i % 5) + s.dx)));
            shifts.Add(shift);
        }
        Assert.InRange(shifts.Count, 15, 25);

        float At(int n, int y, int x) => y is < 0 or > 4 || x is < 0 or > 4 ? 0 : pixels[(n * 25) + (y * 5) + x];
    }

    [Fact]
    public void A_crop_may_have_a_size_of_its_own_and_mirror_its_border()
    {
        using var scope = new TensorScope();
        RandomCropOptions options = new() { Padding = 1, Size = 3, Border = Border.Reflect };
        Tensor output = new RandomCrop(options).Apply(Pictures(20, 1, 4), new TransformMoment(3, 0, 0)).Input;
        Assert.Equal([20, 1, 3, 3], output.Shape);
        Assert.All(output.ToArray<float>(), value => Assert.True(value > 0));
        Assert.Throws<ShapeException>(() => new RandomCrop(options with { Size = 7 }).Apply(Pictures(1, 1, 4), default));
    }

    [Fact]
    public void Normalised_channels_have_their_own_mean_and_deviation()
    {
        using var scope = new TensorScope();
        Batch batch = new(Tensor.From([1f, 2, 3, 4], 1, 2, 1, 2), Tensor.Arange(1), Tensor.Arange(1));
        using Normalize each = new([1, 2], [2, 4]);
        Assert.Equal([0f, 0.5f, 0.25f, 0.5f], each.Apply(batch, default).Input.ToArray<float>(), Near);
        using Normalize all = new([1], [2]);
        Assert.Equal([0f, 0.5f, 1, 1.5f], all.Apply(batch, default).Input.ToArray<float>(), Near);
        Assert.Equal([1f, 2, 3, 4], each.Undo(each.Apply(batch, default).Input).ToArray<float>(), Near);
        using Normalize three = new([1, 2, 3], [1, 1, 1]);
        Assert.Contains("by 3 means", Assert.Throws<ShapeException>(() => three.Apply(batch, default)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new Normalize([1], [0]));
        Assert.Throws<ArgumentException>(() => new Normalize([1, 2], [1]));
    }

    [Fact]
    public void Half_the_pictures_are_mirrored()
    {
        using var scope = new TensorScope();
        Batch batch = Pictures(400, 1, 3);
        float[] before = batch.Input.ToArray<float>();
        float[] after = new RandomHorizontalFlip(new RandomHorizontalFlipOptions()).Apply(batch, new TransformMoment(3, 0, 0)).Input.ToArray<float>();
        int mirrored = Enumerable.Range(0, 400).Count(n => after[n * 9] == before[(n * 9) + 2]);
        Assert.InRange(mirrored, 160, 240);
        Assert.Equal(400 - mirrored, Enumerable.Range(0, 400).Count(n => after[n * 9] == before[n * 9]));
    }

    [Fact]
    public void Classes_of_pixels_go_where_their_pixels_go()
    {
        using var scope = new TensorScope();
        long[] classes = [.. Enumerable.Range(1, 50 * 9).Select(k => (long)k)];
        Tensor labels = Tensor.From(classes, 50, 3, 3);
        var batch = new Batch(labels.Unsqueeze(1).To(DType.Float32), labels, Tensor.Arange(50));
        Batch mirrored = new RandomHorizontalFlip(new RandomHorizontalFlipOptions()).Apply(batch, new TransformMoment(3, 0, 0));
        Assert.NotEqual(classes, mirrored.Labels.ToArray<long>());
        Assert.Equal(mirrored.Input.To(DType.Int64).ToArray<long>(), mirrored.Labels.ToArray<long>());

        // What comes from outside is black, and no class.
        Batch cut = new RandomCrop(new RandomCropOptions { Padding = 1 }).Apply(batch, new TransformMoment(3, 0, 0));
        Assert.Contains(Dataset.NoLabel, cut.Labels.ToArray<long>());
        IEnumerable<long> shown = cut.Labels.ToArray<long>().Select(k => k == Dataset.NoLabel ? 0 : k);
        Assert.Equal(cut.Input.To(DType.Int64).ToArray<long>(), shown);

        Batch grey = new RandomErasing(new RandomErasingOptions { Probability = 1 }).Apply(batch, new TransformMoment(3, 0, 0));
        Assert.Equal(classes, grey.Labels.ToArray<long>());
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => new RandomAffine(new RandomAffineOptions()).Apply(batch, new TransformMoment(3, 0, 0)));
        Assert.Contains("cannot move the classes of pixels", error.Message, StringComparison.Ordinal);
    }

    // A quarter turn, a shift by whole pixels and a doubling move pixels exactly, so bilinear sampling must not blur them.
    [Fact]
    public void Warps_move_pixels_where_the_map_says()
    {
        using var scope = new TensorScope();
        Tensor input = Pictures(1, 1, 4).Input;
        float[] p = input.ToArray<float>();
        Assert.Equal(p, Warp.Apply(input, [AffineMap.Identity]).ToArray<float>(), Near);
        float[] shifted = Warp.Apply(input, [AffineMap.Translation(1, 0)]).ToArray<float>();
        Assert.Equal([p[1], p[2], p[3], 0], shifted[..4], Near);
        float[] turned = Warp.Apply(input, [AffineMap.Rotation(90)]).ToArray<float>();
        Assert.Equal([p[3], p[7], p[11], p[15]], turned[..4], Near);
        Tensor wide = Tensor.From([1f, 2, 3, 4, 5, 6, 7, 8], 1, 1, 2, 4);
        float[] lifted = Warp.Apply(wide, [AffineMap.Translation(0, 1)]).ToArray<float>();
        Assert.Equal([5f, 6, 7, 8, 0, 0, 0, 0], lifted, Near);
        AffineMap both = AffineMap.Translation(1, 0).Then(AffineMap.Rotation(90));
        Assert.Equal(0, both.X0, 1e-12);
        Assert.Equal(1, both.Y0, 1e-12);
    }

    [Fact]
    public void Colours_turn_around_the_circle()
    {
        using var scope = new TensorScope();
        Tensor red = Tensor.From([1f, 0, 0], 1, 3, 1, 1);
        Assert.Equal([0f, 1, 0], Colour.Hue(red, Amount(1.0 / 3)).ToArray<float>(), Near);
        Assert.Equal([0f, 0, 1], Colour.Hue(red, Amount(-1.0 / 3)).ToArray<float>(), Near);
        Tensor any = Tensor.From([0.2f, 0.7f, 0.4f, 0.9f, 0.1f, 0.9f, 0.5f, 0.5f, 0.5f], 3, 3, 1, 1);
        Assert.Equal(any.ToArray<float>(), Colour.Hue(any, Tensor.Zeros(3, 1, 1, 1)).ToArray<float>(), Near);
        Assert.Equal(any.ToArray<float>(), Colour.Hue(any, Tensor.Ones(3, 1, 1, 1)).ToArray<float>(), Near);
    }

    [Fact]
    public void Brightness_contrast_and_saturation_are_blends()
    {
        using var scope = new TensorScope();
        Tensor two = Tensor.From([0.2f, 0.6f], 1, 1, 1, 2);
        Assert.Equal([0.1f, 0.3f], Colour.Brightness(two, Amount(0.5)).ToArray<float>(), Near);
        Assert.Equal([0.3f, 0.5f], Colour.Contrast(two, Amount(0.5)).ToArray<float>(), Near);
        Tensor red = Tensor.From([1f, 0, 0], 1, 3, 1, 1);
        Assert.Equal([0.299f, 0.299f, 0.299f], Colour.Saturation(red, Amount(0)).ToArray<float>(), Near);
        Assert.Equal([1f, 0, 0], Colour.Saturation(red, Amount(2)).ToArray<float>(), Near);
    }

    [Fact]
    public void Operations_of_rand_augment_do_what_their_names_say()
    {
        using var scope = new TensorScope();
        Tensor ramp = Tensor.From([0f, 51 / 255f, 102 / 255f, 204 / 255f], 1, 1, 2, 2);
        Assert.Equal([0f, 0.25f, 0.5f, 1], Run(AugmentOperation.AutoContrast, ramp, 0), Near);
        Assert.Equal([0f, 0.2f, 0.4f, 0.2f], Run(AugmentOperation.Solarize, ramp, 0.5), Near);
        Assert.Equal([0f, 48 / 255f, 96 / 255f, 192 / 255f], Run(AugmentOperation.Posterize, ramp, 1), Near);
        Tensor even = Tensor.From([.. Enumerable.Range(0, 256).Select(i => i / 255f)], 1, 1, 16, 16);
        Assert.Equal(even.ToArray<float>(), Run(AugmentOperation.Posterize, even, 0), Near);
        Tensor dark = Tensor.From([.. Enumerable.Range(0, 4096).Select(i => (i % 100) / 255f)], 1, 1, 64, 64);
        Assert.InRange(Run(AugmentOperation.Equalize, dark, 0).Max(), 0.95f, 1);
        Assert.Equal(ramp.ToArray<float>(), Run(AugmentOperation.Sharpness, ramp, 0), Near);
        Tensor flat = Tensor.Full([1, 1, 5, 5], 0.5);
        Assert.All(Run(AugmentOperation.Sharpness, flat, -1), value => Assert.Equal(0.5f, value, 1e-5f));

        static float[] Run(AugmentOperation operation, Tensor input, double strength) =>
            AugmentOperations.Apply(operation, input, [strength]).ToArray<float>();
    }

    [Fact]
    public void Erased_areas_are_of_the_size_asked_for()
    {
        using var scope = new TensorScope();
        Batch batch = new(Tensor.Ones(200, 1, 32, 32), Tensor.Zeros(DType.Int64, 200), Tensor.Arange(200));
        float[] pixels = new RandomErasing(new RandomErasingOptions { Probability = 0.5, MinArea = 0.1, MaxArea = 0.3 })
            .Apply(batch, new TransformMoment(1, 0, 0)).Input.ToArray<float>();
        double[] erased = [.. Enumerable.Range(0, 200).Select(n => pixels.AsSpan(n * 1024, 1024).ToArray().Count(value => value == 0) / 1024.0)];
        Assert.InRange(erased.Count(share => share > 0), 75, 125);
        Assert.All(erased.Where(share => share > 0), share => Assert.InRange(share, 0.08, 0.33));
    }

    [Fact]
    public void Mixup_adds_pictures_and_labels_in_one_proportion()
    {
        using var scope = new TensorScope();
        Batch batch = OneHotPictures(8);
        Batch mixed = new Mixup(new MixupOptions { Alpha = 1 }, classes: 8).Apply(batch, new TransformMoment(4, 0, 0));
        Assert.Equal(mixed.Targets!.ToArray<float>(), mixed.Input.ToArray<float>(), Near);
        Assert.All(Rows(mixed.Targets!), row => Assert.Equal(1, row.Sum(), 1e-5f));
        Assert.Contains(Rows(mixed.Targets!), row => row.Max() < 0.999f);
        Assert.Equal(batch.Labels.ToArray<long>(), mixed.Labels.ToArray<long>());
    }

    [Fact]
    public void CutMix_labels_are_shares_of_the_area()
    {
        using var scope = new TensorScope();
        long[] labels = [0, 1, 2, 3];
        Tensor input = Tensor.From([.. labels.SelectMany(label => Enumerable.Repeat((float)label, 100))], 4, 1, 10, 10);
        Batch batch = new(input, Tensor.From(labels), Tensor.From(labels));
        bool cut = false;
        for (int epoch = 0; epoch < 10; epoch++)
        {
            Batch mixed = new CutMix(new CutMixOptions { Probability = 1 }, classes: 4).Apply(batch, new TransformMoment(4, epoch, 0));
            float[] pixels = mixed.Input.ToArray<float>();
            float[] targets = mixed.Targets!.ToArray<float>();
            for (int n = 0; n < 4; n++)
            {
                for (int label = 0; label < 4; label++)
                    Assert.Equal(pixels.AsSpan(n * 100, 100).ToArray().Count(value => value == label) / 100f, targets[(n * 4) + label], 1e-5f);
            }
            cut |= targets.Any(value => value is > 0.01f and < 0.99f);
        }
        Assert.True(cut);
    }

    [Fact]
    public void Mixing_leaves_batches_alone_or_refuses_samples_without_labels()
    {
        using var scope = new TensorScope();
        Batch batch = OneHotPictures(4);
        Assert.Same(batch, new Mixup(new MixupOptions { Probability = 0 }, 4).Apply(batch, default));
        Batch unlabelled = new(batch.Input, Tensor.Full([4], -100, DType.Int64), batch.Index);
        Assert.Contains("label -100", Assert.Throws<ArgumentException>(() =>
            new Mixup(new MixupOptions(), 4).Apply(unlabelled, default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_of_gives_each_choice_its_share()
    {
        using var scope = new TensorScope();
        OneOfOptions options = new()
        {
            Of = [new RandomErasingOptions { Probability = 0 }, new RandomErasingOptions { Probability = 1, MinArea = 0.2 }],
        };
        IBatchTransform transform = options.Create(4);
        Batch batch = Pictures(2, 1, 8);
        int second = Enumerable.Range(0, 200).Count(epoch => transform.Apply(batch, new TransformMoment(0, epoch, 0)).Input.ToArray<float>().Contains(0));
        Assert.InRange(second, 70, 130);
        Assert.Throws<ArgumentException>(() => new OneOfOptions().Create(4));
    }

    [Fact]
    public void Gradients_flow_through_what_moves_and_colours_pictures()
    {
        foreach (string name in (string[])["random-crop", "random-horizontal-flip", "random-affine", "color-jitter", "random-erasing"])
        {
            using var scope = new TensorScope();
            Tensor input = Pictures(4, 3, 8).Input.SetRequiresGrad();
            RandomStream[] streams = [.. Enumerable.Range(0, 4).Select(k => new RandomStream((ulong)k))];
            ((SampleTransform)Create(name)).Transform(input, streams).Sum().Backward();
            Assert.Contains(input.Grad!.ToArray<float>(), value => value != 0);
        }
    }

    private static bool Near(float a, float b) => Math.Abs(a - b) < 1e-5;

    private static Tensor Amount(double value) => Tensor.Full([1, 1, 1, 1], value);

    private static IBatchTransform Create(string name) => ((TransformOptions)Activator.CreateInstance(Catalogue[name])!).Create(classes: 10);

    private static IEnumerable<float[]> Rows(Tensor matrix) => matrix.ToArray<float>().Chunk((int)matrix.Size(1));

    private static Batch OneHotPictures(int count)
    {
        float[] values = new float[count * count];
        for (int k = 0; k < count; k++)
            values[(k * count) + k] = 1;
        return new Batch(Tensor.From(values, count, count), Tensor.Arange(count), Tensor.Arange(count));
    }

    private static Batch Pictures(int count, int channels, int size)
    {
        RandomStream random = new(11);
        float[] values = [.. Enumerable.Range(0, count * channels * size * size).Select(_ => (float)random.NextUniform(0.05, 0.95))];
        long[] labels = [.. Enumerable.Range(0, count).Select(k => (long)(k % 10))];
        long[] ids = [.. Enumerable.Range(0, count).Select(k => 100L + k)];
        return new Batch(Tensor.From(values, count, channels, size, size), Tensor.From(labels), Tensor.From(ids));
    }
}
