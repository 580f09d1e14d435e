using Retort.Data;
using Retort.Data.Images;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class LabelMapSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LabelMapSetTests()
    {
        _folder.Write("classes.txt", "0 road\n1 sky above\n\n255 nothing\n");
        _folder.Write("train.txt", "p/a.png m/a.png\np/b.png m/b.png\n");
        Picture("p/a.png", 3, [.. Enumerable.Range(0, 48).Select(k => (byte)k)]);
        Picture("m/a.png", 1, [0, 0, 1, 1, 0, 0, 1, 1, 255, 255, 1, 1, 255, 255, 1, 1]);
        Picture("p/b.png", 3, new byte[48]);
        Picture("m/b.png", 1, new byte[16]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Pictures_are_averaged_and_maps_are_not()
    {
        using var scope = new TensorScope();
        Dataset data = new LabelMapSet { Width = 2, Height = 2 }.Load(_folder.Path, "train");
        Assert.Equal(["road", "sky above"], data.ClassNames);
        Batch batch = data.Gather([0, 1]);
        Assert.Equal([2L, 3, 2, 2], batch.Input.Shape);

        // The reds of the first quarter are 0, 3, 12 and 15.
        Assert.Equal(7.5 / 255, batch.Input.Select(0, 0).ToArray<float>()[0], 0.6 / 255);
        Assert.Equal([0L, 1, -100, 1], batch.Labels.Select(0, 0).ToArray<long>());
        Assert.Equal([0L, 0, 0, 0], batch.Labels.Select(0, 1).ToArray<long>());
    }

    [Fact]
    public void A_subset_keeps_each_picture_with_its_map()
    {
        using var scope = new TensorScope();
        Batch batch = new LabelMapSet().Load(_folder.Path, "train").Subset([1, 0]).Gather([1]);
        Assert.Equal([4L, 4], batch.Labels.Shape[1..]);
        Assert.Equal(-100, batch.Labels.ToArray<long>()[8]);
    }

    [Fact]
    public void A_separator_may_end_the_name_of_the_folder()
    {
        using var scope = new TensorScope();
        Assert.Equal(2, new LabelMapSet().Load(_folder.Path + Path.DirectorySeparatorChar, "train").Count);
    }

    [Theory]
    [InlineData("train.txt", "p/a.png", "line 1: has 1 words; it must be a picture's path and its map's")]
    [InlineData("train.txt", "p/a.png m/c.png", "line 1: there is no file 'm/c.png'")]
    [InlineData("train.txt", "\n../x.png m/a.png", "line 2: '../x.png' lies outside the data's folder")]
    [InlineData("train.txt", "", "names no picture")]
    [InlineData("classes.txt", "0 road\n2 sky", "line 2: has class 2; 1 comes next")]
    [InlineData("classes.txt", "road", "line 1: is 'road'; it must be a class's number, 0 to 255, and its name")]
    [InlineData("classes.txt", "0 road\n255 nothing", "a value is 1; classes are 0 to 0, and 255 is what does not count")]
    public void What_does_not_fit_is_named_with_its_place(string file, string text, string message)
    {
        _folder.Write(file, text);
        DataFormatException error = Assert.Throws<DataFormatException>(() => new LabelMapSet().Load(_folder.Path, "train"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_of_another_size_and_a_split_that_is_not_there_are_refused()
    {
        Assert.Contains("its lists are train", Error("test"), StringComparison.Ordinal);
        Assert.Contains("its lists are train", Error("../train"), StringComparison.Ordinal);
        _folder.Write("m/a.png", PngEncoder.Encode(new Image(2, 4, 1)));
        Assert.Contains("the map is 2 × 4; its picture is 4 × 4", Error("train"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void CamVid_has_eleven_classes_and_pixels_that_do_not_count()
    {
        string root = SharedData.Require("camvid-small");
        using var scope = new TensorScope();
        Dataset test = new CamVid { Width = 80, Height = 60 }.Load(root, "test");
        Assert.Equal(50, test.Count);
        Assert.Equal(11, test.ClassNames.Count);
        long[] labels = test.Gather([.. Enumerable.Range(0, 50)]).Labels.ToArray<long>();
        Assert.Equal(10, labels.Max());
        Assert.Equal(-100, labels.Min());

        // The README's counts are of pixels nine times as small.
        Assert.InRange(labels.Count(l => l == Dataset.NoLabel) * 9, 83_075 * 0.95, 83_075 * 1.05);
    }

    private string Error(string split) => Assert.Throws<DataFormatException>(() => new LabelMapSet().Load(_folder.Path, split)).Message;

    private void Picture(string name, int channels, byte[] pixels) =>
        _folder.Write(name, PngEncoder.Encode(new Image(4, 4, channels, pixels)));
}
