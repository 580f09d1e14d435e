using Retort.Data;
using Retort.Data.Images;
using Retort.Data.Sets;
using Retort.Torch;
using Retort.Tests.Data.Images;

namespace Retort.Tests.Data.Sets;

public sealed class DatasetOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Glyphs_are_drawn_on_demand_and_the_same_on_any_thread()
    {
        GlyphSet options = new() { Train = 400, Test = 72 };
        Dataset train = options.Load("", "train");
        Assert.Equal((400, 36), (train.Count, train.ClassNames.Count));
        byte[][] parallel = new byte[400][];
        Parallel.For(0, 400, k => parallel[k] = train.BytesOf(k).ToArray());
        Dataset again = options.Load("", "train");
        for (int k = 0; k < 400; k++)
            Assert.Equal(parallel[k], again.BytesOf(k).ToArray());
        Assert.NotEqual(parallel[0], options.Load("", "test").BytesOf(0).ToArray());
        Assert.Equal(train.Fingerprint, again.Fingerprint);
        Assert.NotEqual(train.Fingerprint, (options with { Seed = 1 }).Load("", "train").Fingerprint);
        Assert.NotEqual(train.Fingerprint, (options with { Difficulty = 0.5 }).Load("", "train").Fingerprint);
        Assert.Contains("splits are train and test", Assert.Throws<DataFormatException>(() => options.Load("", "dev")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_stated_mean_and_deviation_of_glyphs_are_those_of_the_pictures()
    {
        GlyphSet options = new() { Train = 1800 };
        Dataset train = options.Load("", "train");
        double[] pixels = [.. Enumerable.Range(0, train.Count).SelectMany(k => train.BytesOf(k).ToArray()).Select(value => value / 255.0)];
        double mean = pixels.Average();
        Assert.Equal(options.Normalization!.Value.Mean[0], mean, 0.02);
        Assert.Equal(options.Normalization!.Value.Deviation[0], Math.Sqrt(pixels.Average(x => (x - mean) * (x - mean))), 0.02);
    }

    [Fact]
    public void Figures_of_a_recipe_stand_before_the_usual_ones()
    {
        Assert.Null(new IdxImages().Normalization);
        Assert.Equal([0.2860], new FashionMnist().Normalization!.Value.Mean);
        var own = new FashionMnist { Mean = [0.5] }.Normalization!.Value;
        Assert.Equal(0.5, Assert.Single(own.Mean));
        Assert.Equal(0.3530, Assert.Single(own.Deviation));
        var scaled = new IdxImages { Deviation = [0.25] }.Normalization!.Value;
        Assert.Equal(0, Assert.Single(scaled.Mean));
        Assert.Equal(0.25, Assert.Single(scaled.Deviation));
    }

    [Fact]
    public void An_image_folder_is_decoded_scaled_and_cut()
    {
        for (int k = 0; k < 10; k++)
        {
            Image image = new(20 + k, 16, 3);
            Array.Fill(image.Pixels, (byte)(k * 20));
            _folder.Write($"{(k % 2 == 0 ? "even" : "odd")}/{k}.png", PngEncoder.Encode(image));
        }
        ImageFolderSet options = new() { Size = 8, TestFraction = 0.2 };
        Dataset train = options.Load(_folder.Path, "train");
        Dataset test = options.Load(_folder.Path, "test");
        Assert.Equal((8, 2), (train.Count, test.Count));
        Assert.Equal(["even", "odd"], train.ClassNames);
        Assert.Equal([3L, 8, 8], train.SampleShape);
        Assert.Equal([0L, 1], test.Labels);
        byte[] sample = train.BytesOf(0).ToArray();
        Assert.All(sample, value => Assert.Equal(sample[0], value));
        Assert.Equal(train.Fingerprint, options.Load(_folder.Path, "train").Fingerprint);
        using var scope = new TensorScope();
        Assert.Equal([8, 3, 8, 8], train.Gather([0, 1, 2, 3, 4, 5, 6, 7], threads: 2).Input.Shape);
        Assert.Equal(1, (options with { Grey = true, Fit = ImageFit.Stretch }).Load(_folder.Path, "train").SampleShape[0]);
    }

    [Fact]
    public void Split_folders_share_the_classes_of_training()
    {
        byte[] png = PngEncoder.Encode(ImageFileTests.Noise(9, 9, 3));
        foreach (string name in (string[])["train/a/1.png", "train/b/1.png", "train/c/1.png", "val/c/1.png"])
            _folder.Write(name, png);
        ImageFolderSet options = new() { Size = 4 };
        Assert.Equal(2, Assert.Single(options.Load(_folder.Path, "test").Labels));
        _folder.Write("val/d/1.png", png);
        Assert.Contains("not among those of the training split",
            Assert.Throws<DataFormatException>(() => options.Load(_folder.Path, "test")).Message, StringComparison.Ordinal);
        Assert.Throws<DataFormatException>(() => options.Load(Path.Combine(_folder.Path, "none"), "train"));
    }

    [Fact]
    public void A_damaged_picture_is_named_when_it_is_read()
    {
        _folder.Write("train/a/1.png", PngEncoder.Encode(ImageFileTests.Noise(9, 9, 3))[..50]);
        Dataset data = new ImageFolderSet { Size = 4 }.Load(_folder.Path, "train");
        Assert.EndsWith("1.png", Assert.Throws<DataFormatException>(() => data.BytesOf(0)).File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_becomes_standardised_numbers_and_categories()
    {
        _folder.Write("train.csv", "age,colour,id,class\n10,red,x,no\n20,blue,y,yes\n30,?,z,no\n?,red,w,yes\n");
        _folder.Write("test.csv", "age,colour,id,class\n40,green,q,yes\n");
        CsvTable options = new() { Ignore = ["id"] };
        using var scope = new TensorScope();
        Dataset train = options.Load(_folder.Path, "train");
        Assert.Equal(["no", "yes"], train.ClassNames);
        Assert.Equal([0L, 1, 0, 1], train.Labels);
        float step = (float)Math.Sqrt(1.5);
        Assert.Equal([-step, 0, 1, 0, 1, 0, step, 0, 0, 0, 0, 1], train.Gather([0, 1, 2, 3]).Input.ToArray<float>());
        Dataset test = options.Load(_folder.Path, "test");
        Assert.Equal([2 * step, 0, 0], test.Gather([0]).Input.ToArray<float>());
        _folder.Write("test.csv", "age,colour,id,class\n1,green,q,maybe\n");
        Assert.Contains("line 2: the label is 'maybe'; the training file has: no, yes",
            Assert.Throws<DataFormatException>(() => options.Load(_folder.Path, "test")).Message, StringComparison.Ordinal);
        Assert.Contains("there is no column 'x'; there are: age, colour, id, class",
            Assert.Throws<DataFormatException>(() => (options with { Label = "x" }).Load(_folder.Path, "train")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lines_give_numbers_or_text()
    {
        _folder.Write("train.jsonl", "{\"input\": [1, 2.5], \"label\": 10}\n{\"input\": [3, 4], \"label\": 9}\n");
        _folder.Write("text.jsonl", "{\"input\": \"ab\", \"label\": 10}\n");
        JsonLinesSet options = new();
        using var scope = new TensorScope();
        Dataset numbers = options.Load(_folder.Path, "train");
        Assert.Equal(["9", "10"], numbers.ClassNames);
        Assert.Equal([1L, 0], numbers.Labels);
        Assert.Equal([1f, 2.5f, 3, 4], numbers.Gather([0, 1]).Input.ToArray<float>());
        Dataset text = (options with { Test = "text.jsonl", MaxLength = 4 }).Load(_folder.Path, "test");
        Assert.Equal(['a' + 1L, 'b' + 1, 0, 0], text.Gather([0]).Input.ToArray<long>());
        _folder.Write("bad.jsonl", "{\"input\": [1, 2], \"label\": 9}\n{\"input\": [1], \"label\": 9}\n");
        Assert.Contains("line 2: 'input' has 1 numbers; the first line has 2",
            Assert.Throws<DataFormatException>(() => (options with { Test = "bad.jsonl" }).Load(_folder.Path, "test")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_with_labels_become_classes_and_text()
    {
        _folder.Write("train.txt", "A:x one\n\nB:y two\n");
        _folder.Write("test.txt", "B:z zw\u00F6lf\n");
        LabelledLines options = new() { LabelEnd = ":", MaxLength = 3 };
        using var scope = new TensorScope();
        Assert.Equal(["A", "B"], options.Load(_folder.Path, "train").ClassNames);
        Batch batch = options.Load(_folder.Path, "test").Gather([0]);
        Assert.Equal([1L], batch.Labels.ToArray<long>());
        Assert.Equal(['z' + 1L, 'w' + 1, 0xC3 + 1], batch.Input.ToArray<long>());
        _folder.Write("test.txt", "nothing\n");
        Assert.Contains("line 1: there is no label", Assert.Throws<DataFormatException>(() => options.Load(_folder.Path, "test")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_files_may_have_names_of_their_own()
    {
        _folder.Write("x.idx", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4]);
        _folder.Write("y.idx", [0, 0, 8, 1, 0, 0, 0, 2, 1, 0]);
        IdxImages options = new() { TrainImages = "x.idx", TrainLabels = "y.idx" };
        Dataset train = options.Load(_folder.Path, "train");
        Assert.Equal([1L, 0], train.Labels);
        Assert.Equal([3, 4], train.BytesOf(1).ToArray());
        Assert.Contains("t10k-images-idx3-ubyte", Assert.Throws<DataFormatException>(() => options.Load(_folder.Path, "test")).Message,
            StringComparison.Ordinal);
        _folder.Write("y.idx", [0, 0, 8, 1, 0, 0, 0, 1, 1]);
        Assert.Contains("1 labels for 2 pictures", Assert.Throws<DataFormatException>(() => options.Load(_folder.Path, "train")).Message,
            StringComparison.Ordinal);
    }

    // Squares of (1, 2, 5, 6) and (3, 4, 7, 9): means 3.5 and 5.75, rounded.
    [Fact]
    public void Idx_pictures_shrink_to_the_means_of_squares()
    {
        _folder.Write("x.idx", [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 1, 2, 3, 4, 5, 6, 7, 9]);
        _folder.Write("y.idx", [0, 0, 8, 1, 0, 0, 0, 1, 0]);
        IdxImages options = new() { TrainImages = "x.idx", TrainLabels = "y.idx", Shrink = 2 };
        Dataset train = options.Load(_folder.Path, "train");
        Assert.Equal([1L, 1, 2], train.SampleShape);
        Assert.Equal([4, 6], train.BytesOf(0).ToArray());
        Assert.Contains("2 × 4, which `shrink: 3` does not divide",
            Assert.Throws<DataFormatException>(() => (options with { Shrink = 3 }).Load(_folder.Path, "train")).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("fashion-mnist", 60_000, 10_000, 10)]
    [InlineData("cifar10-subset", 5_000, 2_000, 10)]
    [InlineData("sst2", 6_920, 1_821, 2)]
    [InlineData("adult", 32_561, 16_281, 2)]
    [InlineData("gsm8k", 7_473, 1_319, 0)]
    [InlineData("tiny-shakespeare", 7_842, 871, 0)]
    [InlineData("trec-qc", 5_452, 500, 6)]
    public void Shared_sets_are_loaded(string name, int train, int test, int classes)
    {
        string root = SharedData.Require(name);
        DatasetOptions options = name switch
        {
            "fashion-mnist" => new FashionMnist(),
            "cifar10-subset" => new Cifar10(),
            "sst2" => new CsvTable { Train = "train.tsv", Test = "test.tsv", Delimiter = "tab", Header = false, Quotes = false, Text = "1" },
            "adult" => new CsvTable { Train = "adult.data.gz", Test = "adult.test.gz", Header = false, TrimSpaces = true, LabelTrim = "." },
            "trec-qc" => new LabelledLines { Train = "train_5500.label", Test = "TREC_10.label", LabelEnd = ":" },
            "gsm8k" => new JsonLinesSet { Input = "question", Label = null },
            _ => new TextBlocks(),
        };
        using var scope = new TensorScope();
        Dataset trainSet = options.Load(root, "train");
        Dataset testSet = options.Load(root, "test");
        Assert.Equal((train, test, classes), (trainSet.Count, testSet.Count, testSet.ClassNames.Count));
        Batch batch = testSet.Gather([0, test - 1]);
        Assert.Equal([2, .. trainSet.SampleShape], batch.Input.Shape);
    }
}
