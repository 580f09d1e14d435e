using Retort.Data;
using Retort.Data.Images;

namespace Retort.Tests.Data.Images;

public sealed class ImageFileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_encoded_is_decoded(int channels)
    {
        Image image = Noise(37, 21, channels);
        Image back = ImageFile.Decode(PngEncoder.Encode(image), "own.png",
            new ImageDecodeOptions { Mode = channels == 4 ? ImageMode.Rgba : ImageMode.Stored });
        Assert.Equal((37, 21, channels), (back.Width, back.Height, back.Channels));
        Assert.Equal(image.Pixels, back.Pixels);
    }

    [Fact]
    public void Palettes_transparency_and_deep_greys_are_understood()
    {
        Image colours = ImageFile.Load(Fixture("palette.png"));
        Assert.Equal(3, colours.Channels);
        Assert.Equal([10, 20, 30, 40, 50, 60, 70, 80, 90], colours.Pixels[..9]);
        Image alpha = ImageFile.Load(Fixture("palette.png"), new ImageDecodeOptions { Mode = ImageMode.Rgba });
        Assert.Equal([0, 128, 255], new[] { alpha.Pixels[3], alpha.Pixels[7], alpha.Pixels[11] });
        Assert.Equal([128, 255], ImageFile.Load(Fixture("grey16.png")).Pixels);
        Assert.Equal([200, 100], ImageFile.Load(Fixture("grey-alpha.png")).Pixels);
        Assert.Equal([200, 200, 200, 0, 100, 100, 100, 255],
            ImageFile.Load(Fixture("grey-alpha.png"), new ImageDecodeOptions { Mode = ImageMode.Rgba }).Pixels);
    }

    [Fact]
    public void Jpeg_pictures_are_read_in_colour_grey_and_inks()
    {
        Image colour = ImageFile.Load(Fixture("gradient.jpg"));
        Assert.Equal((16, 12, 3), (colour.Width, colour.Height, colour.Channels));
        for (int y = 0; y < 12; y++)
        {
            for (int x = 0; x < 16; x++)
            {
                int at = ((y * 16) + x) * 3;
                Assert.InRange(colour.Pixels[at] - (x * 16), -6, 6);
                Assert.InRange(colour.Pixels[at + 1] - (y * 20), -6, 6);
                Assert.InRange(colour.Pixels[at + 2] - 128, -6, 6);
            }
        }
        Image grey = ImageFile.Load(Fixture("grey.jpg"));
        Assert.Equal(1, grey.Channels);
        Assert.InRange(grey.Pixels[(5 * 16) + 5] - 80, -4, 4);
        Assert.Equal(3, ImageFile.Load(Fixture("grey.jpg"), new ImageDecodeOptions { Mode = ImageMode.Rgb }).Channels);
        Image inks = ImageFile.Load(Fixture("inks.jpg"));
        Assert.InRange(inks.Pixels[0], 250, 255);
        Assert.InRange(inks.Pixels[1], 122, 134);
        Assert.InRange(inks.Pixels[2], 0, 5);
    }

    [Theory]
    [InlineData("gradient.jpg")]
    [InlineData("palette.png")]
    [InlineData("grey16.png")]
    public void Every_cut_is_refused(string name)
    {
        byte[] whole = File.ReadAllBytes(Fixture(name));

        // A JPEG without its last marker has all its pixels; libjpeg-turbo says so, and we refuse it all the same.
        for (int length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<DataFormatException>(() => ImageFile.Decode(whole.AsSpan(0, length), "cut"));
            Assert.StartsWith("cut: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("gradient.jpg", 40)]
    [InlineData("palette.png", 400)]
    [InlineData("own", 60)]
    public void Damage_gives_a_picture_or_a_clear_error(string name, int rounds)
    {
        byte[] whole = name == "own" ? PngEncoder.Encode(Noise(9, 9, 3)) : File.ReadAllBytes(Fixture(name));
        RandomStream random = new(1);
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = [.. whole];
            for (int hit = 0; hit <= round % 3; hit++)
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            Exception? error = Record.Exception(() => ImageFile.Decode(bytes, "damaged"));
            Assert.True(error is null or DataFormatException, error?.ToString());
        }
    }

    [Fact]
    public void A_picture_larger_than_allowed_is_refused_before_it_takes_memory()
    {
        byte[] png = PngEncoder.Encode(Noise(9, 9, 3));
        png[16] = 0x7F;   // the width's first byte
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("at most", Assert.Throws<DataFormatException>(() => ImageFile.Decode(png, "bomb")).Message, StringComparison.Ordinal);
        byte[] wide = PngEncoder.Encode(Noise(9, 9, 3));
        wide[18] = 0x40;   // 16,393 pixels wide: allowed, but 300 bytes cannot hold them
        wide[22] = 0x0F;
        Assert.Contains("cannot hold", Assert.Throws<DataFormatException>(() => ImageFile.Decode(wide, "bomb")).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Throws<DataFormatException>(() =>
            ImageFile.Load(Fixture("gradient.jpg"), new ImageDecodeOptions { MaxPixels = 191 }));
        Assert.Throws<DataFormatException>(() =>
            ImageFile.Load(Fixture("gradient.jpg"), new ImageDecodeOptions { MaxFileBytes = 100 }));
    }

    [Fact]
    public void A_missing_library_is_named_with_its_package()
    {
        var error = Assert.Throws<DllNotFoundException>(() =>
            NativeImageLibrary.Load("libsomething", "libsomething0", "something", "no-such-library.so.9"));
        Assert.Contains("apt-get install libsomething0", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Camvid_annotations_have_the_published_pixel_counts()
    {
        string folder = SharedData.Require("camvid-small", "testannot");
        long[] counts = new long[256];
        foreach (string path in Directory.GetFiles(folder, "*.png"))
        {
            Image labels = ImageFile.Load(path);
            Assert.Equal((240, 180, 1), (labels.Width, labels.Height, labels.Channels));
            foreach (byte label in labels.Pixels)
                counts[label]++;
        }
        Assert.Equal([365968, 521207, 24404, 559406, 197366, 254105, 20611, 21461, 94463, 13933, 4001, 83075], counts[..12]);
    }

    [SkippableFact]
    public void Blood_cells_are_read_in_colour()
    {
        string[] files = Directory.GetFiles(SharedData.Require("bccd-small", "PNGImages"), "*.png");
        Assert.Equal(160, files.Length);
        Assert.All(files.Take(20), path => Assert.Equal((240, 180, 3), Sizes(ImageFile.Load(path))));
    }

    internal static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "Fixtures", name);

    internal static Image Noise(int width, int height, int channels)
    {
        RandomStream random = new(4);
        Image image = new(width, height, channels);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)random.NextInt(256);
        return image;
    }

    private static (int Width, int Height, int Channels) Sizes(Image image) => (image.Width, image.Height, image.Channels);
}
