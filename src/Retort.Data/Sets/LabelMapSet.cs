using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;
using Retort.Data.Images;

namespace Retort.Data.Sets;

/// <summary>Pictures with a class for each pixel, in the layout of the SegNet authors: lists of files, and maps whose grey values
/// are the classes.</summary>
/// <remarks>
/// <para>The folder has <c>train.txt</c> and <c>test.txt</c>, a picture and its map a line, and <c>classes.txt</c>, a number and
/// a name a line, from 0. A batch's labels are [N, H, W] of them, −100 where a pixel is not to count.</para>
/// <para>Pictures are scaled by the mean of the area under a pixel, maps by the nearest pixel; a split lies in memory.</para>
/// </remarks>
[Dataset("label-maps")]
public record LabelMapSet : DatasetOptions
{
    private const long MostBytes = 1L << 30;

    /// <summary>Width of the pictures that models get; null for the first picture's own.</summary>
    [Range(1, 8192)]
    public virtual int? Width { get; init; }

    /// <summary>Height of the pictures that models get; null for the first picture's own.</summary>
    [Range(1, 8192)]
    public virtual int? Height { get; init; }

    /// <summary>The value of pixels that do not count, in training or in figures; it is no class.</summary>
    [Range(0, 255)]
    public virtual int Ignore { get; init; } = 255;

    /// <summary>What errors and reports call the set.</summary>
    protected virtual string SetName => "label-maps";

    /// <inheritdoc/>
    public override string Task => "segmentation";

    /// <inheritdoc/>
    protected override (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Usual =>
        ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(split);
        string list = Path.Combine(root, split + ".txt");
        if (!Directory.Exists(root))
            throw new DataFormatException(root, "folder", "there is no such folder");
        if (split.AsSpan().ContainsAny('/', '\\', '.') || !File.Exists(list))
        {
            IEnumerable<string> found = Directory.EnumerateFiles(root, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!)
                .Where(f => f != "classes").Order(StringComparer.Ordinal);
            throw new DataFormatException(root, split, $"has no list '{split}.txt'; its lists are {string.Join(", ", found)}");
        }

        List<string> classes = Classes(Path.Combine(root, "classes.txt"));
        (string Picture, string Map)[] files = [.. Files(root, list)];
        if (files.Length == 0)
            throw new DataFormatException(list, "file", "names no picture");
        var decode = new ImageDecodeOptions { Mode = ImageMode.Rgb };
        Image? first = Width is null || Height is null ? ImageFile.Load(files[0].Picture, decode) : null;
        int width = Width ?? first!.Width, height = Height ?? first!.Height, area = checked(width * height);
        if (4L * files.Length * area > MostBytes)
        {
            throw new DataFormatException(list, "file",
                $"{files.Length} pictures of {width} × {height} take more than {MostBytes} bytes, which is the limit; "
                + "ask for a smaller size");
        }

        byte[] pixels = new byte[files.Length * 3 * area], maps = new byte[files.Length * area];
        for (int k = 0; k < files.Length; k++)
        {
            Image picture = ImageFile.Load(files[k].Picture, decode);
            Image map = ImageFile.Load(files[k].Map, new ImageDecodeOptions { Mode = ImageMode.Grey });
            if (map.Width != picture.Width || map.Height != picture.Height)
            {
                throw new DataFormatException(files[k].Map, "header",
                    $"the map is {map.Width} × {map.Height}; its picture is {picture.Width} × {picture.Height}");
            }

            picture.Resize(width, height, ResizeFilter.Box).CopyPlanar(pixels.AsSpan(k * 3 * area, 3 * area));
            Span<byte> values = maps.AsSpan(k * area, area);
            map.Resize(width, height, ResizeFilter.Nearest).CopyPlanar(values);
            foreach (byte value in values)
            {
                if (value != Ignore && value >= classes.Count)
                {
                    throw new DataFormatException(files[k].Map, "pixels",
                        $"a value is {value}; classes are 0 to {classes.Count - 1}, and {Ignore} is what does not count");
                }
            }
        }

        long[] labels = new long[files.Length];
        Array.Fill(labels, Dataset.NoLabel);
        return Dataset.Of(SetName, split, new LabelMapSource(pixels, maps, height, width, (byte)Ignore), labels, classes);
    }

    private List<string> Classes(string path)
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        var names = new List<string>();
        int number = 0;
        foreach (string line in TextFile.Lines(path))
        {
            number++;
            string[] words = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0)
                continue;
            if (words.Length < 2 || !byte.TryParse(words[0], out byte value))
            {
                throw new DataFormatException(path, $"line {number}",
                    $"is '{line}'; it must be a class's number, 0 to 255, and its name");
            }

            if (value == Ignore)
                continue;
            if (value != names.Count)
                throw new DataFormatException(path, $"line {number}", $"has class {value}; {names.Count} comes next");
            names.Add(words[1]);
        }

        return names.Count > 0 ? names : throw new DataFormatException(path, "file", "names no class");
    }

    private static IEnumerable<(string Picture, string Map)> Files(string root, string list)
    {
        int number = 0;
        foreach (string line in TextFile.Lines(list))
        {
            number++;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length == 0)
                continue;
            if (words.Length != 2)
            {
                throw new DataFormatException(list, $"line {number}",
                    $"has {words.Length} words; it must be a picture's path and its map's");
            }

            yield return (Existing(words[0], number), Existing(words[1], number));
        }

        string Existing(string name, int at)
        {
            string path = DataFolder.Inside(root, name, list, $"line {at}");
            return File.Exists(path) ? path : throw new DataFormatException(list, $"line {at}", $"there is no file '{name}'");
        }
    }
}
