using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;
using Retort.Data.Images;

namespace Retort.Data.Sets;

/// <summary>Pictures with boxes around objects of several classes, in the form of COCO.</summary>
/// <remarks>
/// <para>A JSON file for each split names pictures, categories and boxes; classes are the categories in the order of their ids.
/// A batch has the boxes as <c>boxes</c>, [N, G, 5] float32: x0, y0, x1, y1 in pixels of the picture as models get it, and the
/// class; G is what the fullest picture of the split has, and rows of zeros follow a picture's last box.</para>
/// <para>Pictures are scaled by the mean of the area under a pixel; a split lies in memory.</para>
/// </remarks>
[Dataset("coco-detection")]
public record CocoSet : DatasetOptions
{
    private const long MostBytes = 1L << 30;

    /// <summary>Width of the pictures that models get; null for the first picture's own.</summary>
    [Range(1, 8192)]
    public virtual int? Width { get; init; }

    /// <summary>Height of the pictures that models get; null for the first picture's own.</summary>
    [Range(1, 8192)]
    public virtual int? Height { get; init; }

    /// <summary>The file of a split's boxes, below the data's folder; <c>{split}</c> stands for the split.</summary>
    [MinLength(1)]
    public virtual string Annotations { get; init; } = "annotations/instances_{split}.json";

    /// <summary>The folder that the names of a split's pictures begin in, below the data's folder; <c>{split}</c> stands for the
    /// split, and nothing for the data's folder itself.</summary>
    public virtual string Pictures { get; init; } = "{split}";

    /// <summary>What errors and reports call the set.</summary>
    protected virtual string SetName => "coco-detection";

    /// <inheritdoc/>
    public override string Task => "detection";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(split);
        if (!Directory.Exists(root))
            throw new DataFormatException(root, "folder", "there is no such folder");
        if (split.Length == 0 || split.AsSpan().ContainsAny('/', '\\', '.'))
            throw new DataFormatException(root, split, "is no name of a split");
        string Of(string name, string place) =>
            DataFolder.Inside(root, name.Replace("{split}", split, StringComparison.Ordinal), root, place);
        string list = Of(Annotations, "annotations"), pictures = Of(Pictures, "pictures");
        CocoFile file = CocoFile.Read(list);
        int count = file.Pictures.Count, most = Math.Max(1, file.Pictures.Max(p => p.Boxes.Count));
        int width = Width ?? file.Pictures[0].Width, height = Height ?? file.Pictures[0].Height;
        long bytes = count * ((3L * width * height) + (4L * most * BoxedSource.Columns));
        if (bytes > MostBytes)
        {
            throw new DataFormatException(list, "file",
                $"{count} pictures of {width} × {height} and their boxes take {bytes} bytes, and {MostBytes} is the limit; "
                + "ask for a smaller size");
        }

        byte[] pixels = new byte[count * 3 * width * height];
        float[] boxes = new float[count * most * BoxedSource.Columns];
        for (int k = 0; k < count; k++)
        {
            CocoPicture picture = file.Pictures[k];
            Load(picture, DataFolder.Inside(root, Path.Combine(pictures, picture.File), list, picture.Place), list)
                .Resize(width, height, ResizeFilter.Box).CopyPlanar(pixels.AsSpan(k * 3 * width * height, 3 * width * height));
            double across = (double)width / picture.Width, down = (double)height / picture.Height;
            Span<float> rows = boxes.AsSpan(k * most * BoxedSource.Columns);
            foreach ((int row, CocoBox box) in picture.Boxes.Index())
            {
                ReadOnlySpan<float> values = [(float)(box.Left * across), (float)(box.Top * down), (float)(box.Right * across),
                    (float)(box.Bottom * down), box.Class];
                values.CopyTo(rows[(row * BoxedSource.Columns)..]);
            }
        }

        // A picture's label says no more than that its boxes are known.
        return Dataset.Of(SetName, split, new BoxedSource(pixels, boxes, most, height, width), new long[count], file.Classes);
    }

    private static Image Load(CocoPicture picture, string path, string list)
    {
        if (!File.Exists(path))
            throw new DataFormatException(list, picture.Place, $"there is no file '{picture.File}'");
        Image image = ImageFile.Load(path, new ImageDecodeOptions { Mode = ImageMode.Rgb });
        return image.Width == picture.Width && image.Height == picture.Height
            ? image
            : throw new DataFormatException(path, "header",
                $"the picture is {image.Width} × {image.Height}; "
                + $"{Path.GetFileName(list)} says {picture.Width} × {picture.Height}");
    }
}
