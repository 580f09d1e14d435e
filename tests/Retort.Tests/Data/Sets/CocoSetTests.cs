using Retort.Data;
using Retort.Data.Images;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class CocoSetTests : IDisposable
{
    private const string List = "annotations/instances_train.json";

    private const string Good =
        """
        {
          "categories": [{ "id": 7, "name": "cat" }, { "id": 3, "name": "dog" }],
          "images": [
            { "id": 1, "file_name": "a.png", "width": 4, "height": 4 },
            { "id": 2, "file_name": "b.png", "width": 8, "height": 4 }
          ],
          "annotations": [
            { "image_id": 2, "category_id": 7, "bbox": [2, 1, 4, 2] },
            { "image_id": 2, "category_id": 3, "bbox": [-0.5, 0, 8.5, 4.5], "iscrowd": 0 },
            { "image_id": 2, "category_id": 3, "bbox": [0, 0, 1, 1], "iscrowd": 1 }
          ]
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public CocoSetTests()
    {
        _folder.Write(List, Good);
        _folder.Write("train/a.png", PngEncoder.Encode(new Image(4, 4, 3, [.. Enumerable.Range(0, 48).Select(k => (byte)k)])));
        _folder.Write("train/b.png", PngEncoder.Encode(new Image(8, 4, 3)));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Boxes_are_scaled_with_their_pictures_and_cut_at_the_edges()
    {
        using var scope = new TensorScope();
        Dataset data = new CocoSet { Width = 4, Height = 2 }.Load(_folder.Path, "train");
        Assert.Equal(["dog", "cat"], data.ClassNames);
        Batch batch = data.Gather([0, 1]);
        Assert.Equal([2L, 3, 2, 4], batch.Input.Shape);
        Assert.Equal([2L, 2, 5], batch["boxes"].Shape);
        Assert.Equal(new float[10], batch["boxes"][0].ToArray<float>());
        Assert.Equal([1f, 0.5f, 3, 1.5f, 1, 0, 0, 4, 2, 0], batch["boxes"][1].ToArray<float>());
        Assert.Equal([0L, 0], batch.Labels.ToArray<long>());
    }

    [Fact]
    public void A_subset_keeps_each_picture_with_its_boxes()
    {
        using var scope = new TensorScope();
        Batch batch = new CocoSet { Width = 4, Height = 4 }.Load(_folder.Path, "train").Subset([1, 0]).Gather([1]);
        Assert.Equal(0, batch["boxes"].Abs().Sum().ToDouble());
        Assert.NotEqual(0, batch.Input.Sum().ToDouble());
    }

    [Theory]
    [InlineData("\"id\": 3, \"name\": \"dog\"", "\"id\": 7, \"name\": \"dog\"", "categories[1]: has the id 7 of another category")]
    [InlineData("\"id\": 3, \"name\": \"dog\"", "\"id\": 3", "categories[1].name: must be a text")]
    [InlineData("\"id\": 2, \"file_name\"", "\"id\": 1, \"file_name\"", "images[1]: has the id 1 of another image")]
    [InlineData("\"id\": 2, \"file_name\"", "\"id\": 2.5, \"file_name\"", "images[1].id: must be a whole number")]
    [InlineData("b.png", "c.png", "images[1]: there is no file 'c.png'")]
    [InlineData("b.png", "../../b.png", "images[1]: '")]
    [InlineData("\"width\": 8", "\"width\": 7000000", "images[1]: is 7000000 × 4; a side has 1 to 65536 pixels")]
    [InlineData("\"width\": 8", "\"width\": 9", "the picture is 8 × 4; instances_train.json says 9 × 4")]
    [InlineData("[2, 1, 4, 2]", "[2, 1, 4]", "annotations[0].bbox: must be a list of four numbers")]
    [InlineData("[2, 1, 4, 2]", "[2, 1, 40, 2]", "is [2, 1, 40, 2]; it must be larger than nothing and lie in its picture of 8 × 4")]
    [InlineData("[2, 1, 4, 2]", "[2, 1, 0, 2]", "it must be larger than nothing")]
    [InlineData("[2, 1, 4, 2]", "[2, 1, 1e999, 2]", "annotations[0].bbox")]
    [InlineData("\"category_id\": 7", "\"category_id\": 8", "annotations[0]: is of category 8, which is not there")]
    [InlineData("\"image_id\": 2", "\"image_id\": 4", "annotations[0]: is of image 4, which is not there")]
    [InlineData("\"images\"", "\"pictures\"", "images: is no list")]
    [InlineData("\"annotations\": [", "\"annotations\": [ 5,", "annotations[0]: is no object")]
    [InlineData("\"categories\":", "\"categories\"", "line 2, byte")]
    public void What_does_not_fit_is_named_with_its_place(string what, string instead, string message)
    {
        int at = Good.IndexOf(what, StringComparison.Ordinal);
        _folder.Write(List, Good[..at] + instead + Good[(at + what.Length)..]);
        Assert.Contains(message, Error(new CocoSet { Width = 4, Height = 4 }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_outside_or_takes_too_much_is_refused_before_it_is_read()
    {
        Assert.Contains("lies outside the data's folder", Error(new CocoSet { Annotations = "../x.json" }), StringComparison.Ordinal);
        Assert.Contains("lies outside the data's folder", Error(new CocoSet { Pictures = ".." }), StringComparison.Ordinal);
        Assert.Contains("is no name of a split", Error(new CocoSet(), "../train"), StringComparison.Ordinal);
        Assert.Contains("there is no such file", Error(new CocoSet(), "test"), StringComparison.Ordinal);
        _folder.Write(List, Good.Replace("\"width\": 4", "\"width\": 60000", StringComparison.Ordinal)
            .Replace("\"height\": 4", "\"height\": 60000", StringComparison.Ordinal));
        Assert.Contains("ask for a smaller size", Error(new CocoSet()), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Bccd_has_the_boxes_that_its_page_counts()
    {
        string root = SharedData.Require("bccd-small");
        using var scope = new TensorScope();
        Dataset test = new Bccd { Width = 120, Height = 90 }.Load(root, "test");
        Assert.Equal(40, test.Count);
        Assert.Equal(["RBC", "WBC", "Platelets"], test.ClassNames);
        Tensor boxes = test.Gather([.. Enumerable.Range(0, 40)])["boxes"].Reshape([-1, 5]);
        long[] classes = boxes.Select(1, 4).To(DType.Int64).ToArray<long>();
        float[] right = boxes.Select(1, 2).ToArray<float>();
        Assert.Equal(
            [476, 39, 37], Enumerable.Range(0, 3).Select(k => right.Zip(classes).Count(b => b.First > 0 && b.Second == k)));
        Assert.InRange(right.Max(), 100, 120);
    }

    private string Error(CocoSet set, string split = "train") =>
        Assert.Throws<DataFormatException>(() => set.Load(_folder.Path, split)).Message;
}
