using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Pictures and labels in IDX files, as MNIST and its relatives are published, plain or gzip-compressed.</summary>
/// <remarks>The folder holds <c>train-images-idx3-ubyte</c>, <c>train-labels-idx1-ubyte</c> and the two <c>t10k-</c> files, each
/// with
/// <c>.gz</c> or without, unless other names are given.</remarks>
[Dataset("idx")]
public record IdxImages : DatasetOptions
{
    /// <summary>Names of the classes in label order; the default is the numbers from 0 to the largest label.</summary>
    public virtual IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>The file of the training pictures, with <c>.gz</c> or without.</summary>
    public string TrainImages { get; init; } = "train-images-idx3-ubyte";

    /// <summary>The file of the training labels.</summary>
    public string TrainLabels { get; init; } = "train-labels-idx1-ubyte";

    /// <summary>The file of the test pictures.</summary>
    public string TestImages { get; init; } = "t10k-images-idx3-ubyte";

    /// <summary>The file of the test labels.</summary>
    public string TestLabels { get; init; } = "t10k-labels-idx1-ubyte";

    /// <summary>Each square of so many pixels becomes its mean, rounded: 2 makes 14 × 14 of 28 × 28. It must divide both
    /// sides.</summary>
    [Range(1, 64)]
    public int Shrink { get; init; } = 1;

    /// <summary>The name that reports give the set.</summary>
    protected virtual string SetName => "idx";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        (string imageName, string labelName) = split switch
        {
            "train" => (TrainImages, TrainLabels),
            "test" => (TestImages, TestLabels),
            _ => throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train and test"),
        };
        string imagePath = Find(root, imageName);
        string labelPath = Find(root, labelName);
        IdxArray images = IdxFile.Read(imagePath);
        IdxArray labels = IdxFile.Read(labelPath);
        if (images.Element != IdxElement.UInt8 || images.Shape.Count != 3)
            throw new DataFormatException(
                imagePath, "header", $"holds {images.Element} in {images.Shape.Count} dimensions; pictures are UInt8 in 3");
        if (labels.Element != IdxElement.UInt8 || labels.Shape.Count != 1)
            throw new DataFormatException(
                labelPath, "header", $"holds {labels.Element} in {labels.Shape.Count} dimensions; labels are UInt8 in 1");
        if (labels.Shape[0] != images.Shape[0])
            throw new DataFormatException(labelPath, "header", $"holds {labels.Shape[0]} labels for {images.Shape[0]} pictures");
        IReadOnlyList<string> names = ClassNames.Count > 0 ? ClassNames
            : [.. Enumerable.Range(0, labels.Bytes.Length == 0 ? 0 : labels.Bytes.Max() + 1)
                .Select(k => k.ToString(CultureInfo.InvariantCulture))];
        int wrong = Array.FindIndex(labels.Bytes, label => label >= names.Count);
        if (wrong >= 0)
            throw new DataFormatException(
                labelPath, $"label {wrong}", $"is {labels.Bytes[wrong]}; with {names.Count} classes it must be below that");
        (int height, int width) = (images.Shape[1], images.Shape[2]);
        if (height % Shrink != 0 || width % Shrink != 0)
        {
            throw new DataFormatException(
                imagePath, "header", $"holds pictures of {height} × {width}, which `shrink: {Shrink}` does not divide");
        }
        byte[] pixels = Shrink == 1 ? images.Bytes : Shrunk(images.Bytes, width, Shrink);
        return Dataset.OfImages(
            SetName, split, pixels, [1, height / Shrink, width / Shrink], Array.ConvertAll(labels.Bytes, label => (long)label),
            names);
    }

    // All pictures are one column of rows, since their height is a multiple of the square's.
    private static byte[] Shrunk(byte[] pixels, int width, int by)
    {
        int across = width / by, down = pixels.Length / width / by, area = by * by;
        var shrunk = new byte[down * across];
        for (int row = 0; row < down; row++)
        {
            for (int column = 0; column < across; column++)
            {
                int sum = area / 2;
                for (int y = 0; y < by; y++)
                {
                    foreach (byte pixel in pixels.AsSpan(((row * by + y) * width) + column * by, by))
                        sum += pixel;
                }

                shrunk[row * across + column] = (byte)(sum / area);
            }
        }

        return shrunk;
    }

    private static string Find(string root, string name)
    {
        string plain = Path.Combine(root, name), packed = plain + ".gz";
        return File.Exists(packed) ? packed : File.Exists(plain) ? plain
            : throw new DataFormatException(
                root, name, $"'{name}' or '{name}.gz' is missing; `retort data get` fetches public sets");
    }
}
