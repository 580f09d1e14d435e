using System.Text.Json;
using Retort.Data.Images;

namespace Retort.Tests.Data.Images;

public sealed class ImageResizeTests
{
    [Fact]
    public void Sizes_and_filters_agree_with_pytorch_to_one_level()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllBytes(ImageFileTests.Fixture("resize.json")));
        byte[] pixels = [.. golden.RootElement.GetProperty("pixels").EnumerateArray().Select(value => value.GetByte())];
        Image image = new(9, 7, 1, pixels);
        foreach (JsonElement given in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var filter = Enum.Parse<ResizeFilter>(given.GetProperty("filter").GetString()!);
            Image result = image.Resize(given.GetProperty("width").GetInt32(), given.GetProperty("height").GetInt32(), filter);
            double[] expected = [.. given.GetProperty("pixels").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal(expected.Length, result.Pixels.Length);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], result.Pixels[i], 1.01);   // each of the two passes rounds to whole levels
        }
    }

    [Fact]
    public void A_box_half_the_size_is_the_mean_of_four_pixels()
    {
        Image image = new(4, 2, 1, [0, 4, 100, 100, 8, 12, 100, 104]);
        Assert.Equal([6, 101], image.Resize(2, 1, ResizeFilter.Box).Pixels);
    }

    [Fact]
    public void Nearest_never_makes_a_new_value()
    {
        Image image = new(3, 1, 1, [7, 9, 200]);
        Assert.Equal([7, 7, 9, 9, 200, 200], image.Resize(6, 1, ResizeFilter.Nearest).Pixels);
        Assert.Equal([9], image.Resize(1, 1, ResizeFilter.Nearest).Pixels);
    }

    [Theory]
    [InlineData(ResizeFilter.Box)]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    public void An_even_picture_stays_even(ResizeFilter filter)
    {
        Image image = new(5, 8, 3);
        Array.Fill<byte>(image.Pixels, 201);
        foreach ((int width, int height) in new[] { (1, 1), (3, 3), (16, 9), (5, 100) })
            Assert.All(image.Resize(width, height, filter).Pixels, value => Assert.Equal(201, value));
    }

    [Fact]
    public void The_shorter_side_gets_the_length_asked_for()
    {
        Image image = ImageFileTests.Noise(30, 20, 3);
        Image small = image.ResizeShorterSide(10);
        Assert.Equal((15, 10), (small.Width, small.Height));
        Image crop = small.Crop(2, 1, 5, 4);
        Assert.Equal(small.Pixels[(((1 * 15) + 2) * 3)..(((1 * 15) + 7) * 3)], crop.Pixels[..15]);
        Assert.Throws<ArgumentOutOfRangeException>(() => small.Crop(11, 0, 5, 4));
    }

    [SkippableFact]
    public void Bicubic_shrinking_is_that_of_the_super_resolution_sets()
    {
        Image high = ImageFile.Load(SharedData.Require("sr-set5-set14", "Set5", "HR", "butterfly.png"), new ImageDecodeOptions { Mode = ImageMode.Rgb });
        Image low = ImageFile.Load(SharedData.Require("sr-set5-set14", "Set5", "LR_bicubic", "X4", "butterflyx4.png"),
            new ImageDecodeOptions { Mode = ImageMode.Rgb });
        Image ours = high.Resize(low.Width, low.Height, ResizeFilter.Bicubic);
        double error = ours.Pixels.Zip(low.Pixels, (a, b) => Math.Pow(a - b, 2)).Average();
        Assert.InRange(error, 0, 0.5);
    }
}
