using System.Globalization;
using System.Text.Json;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>A file of boxes in the form of COCO: <c>images</c>, <c>categories</c> and <c>annotations</c>.</summary>
/// <remarks>Classes are the categories in the order of their ids. A box is <c>bbox: [x, y, width, height]</c> in pixels; those
/// marked <c>iscrowd</c> stand for groups and are left out.</remarks>
internal sealed class CocoFile
{
    private const int MostBytes = 1 << 28;
    private const int MostBoxes = 1000;
    private const int MostClasses = 10_000;
    private const int MostPixels = 1 << 16;
    private readonly string _path;
    private readonly List<string> _classes = [];
    private readonly Dictionary<long, int> _classOf = [];
    private readonly List<CocoPicture> _pictures = [];
    private readonly Dictionary<long, CocoPicture> _pictureOf = [];

    private CocoFile(string path) => _path = path;

    /// <summary>Names of the classes.</summary>
    public IReadOnlyList<string> Classes => _classes;

    /// <summary>Pictures in the order of the file.</summary>
    public IReadOnlyList<CocoPicture> Pictures => _pictures;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFormatException">It is missing, no JSON, or not of the form; the message names the entry.</exception>
    public static CocoFile Read(string path)
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        string text = TextFile.ReadAll(path, MostBytes);
        var file = new CocoFile(path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw file.Fail("file", "holds no JSON object");
            file.ReadCategories(document.RootElement);
            file.ReadImages(document.RootElement);
            file.ReadAnnotations(document.RootElement);
        }
        catch (JsonException error)
        {
            throw new DataFormatException(
                path, $"line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1}", "is not valid JSON",
                error);
        }

        return file;
    }

    private void ReadCategories(JsonElement root)
    {
        var names = new SortedDictionary<long, string>();
        foreach ((string place, JsonElement entry) in List(root, "categories"))
        {
            if (!names.TryAdd(Whole(entry, "id", place), Text(entry, "name", place)))
                throw Fail(place, $"has the id {Whole(entry, "id", place)} of another category");
            if (names.Count > MostClasses)
                throw Fail(place, $"is one more than the {MostClasses} categories that are allowed");
        }

        foreach ((long id, string name) in names)
        {
            _classOf.Add(id, _classes.Count);
            _classes.Add(name);
        }

        if (_classes.Count == 0)
            throw Fail("categories", "names no category");
    }

    private void ReadImages(JsonElement root)
    {
        foreach ((string place, JsonElement entry) in List(root, "images"))
        {
            long width = Whole(entry, "width", place), height = Whole(entry, "height", place);
            if (width is < 1 or > MostPixels || height is < 1 or > MostPixels)
                throw Fail(place, $"is {width} × {height}; a side has 1 to {MostPixels} pixels");
            var picture = new CocoPicture(place, Text(entry, "file_name", place), (int)width, (int)height);
            if (!_pictureOf.TryAdd(Whole(entry, "id", place), picture))
                throw Fail(place, $"has the id {Whole(entry, "id", place)} of another image");
            _pictures.Add(picture);
        }

        if (_pictures.Count == 0)
            throw Fail("images", "names no picture");
    }

    private void ReadAnnotations(JsonElement root)
    {
        foreach ((string place, JsonElement entry) in List(root, "annotations"))
        {
            long image = Whole(entry, "image_id", place), category = Whole(entry, "category_id", place);
            if (!_pictureOf.TryGetValue(image, out CocoPicture? picture))
                throw Fail(place, $"is of image {image}, which is not there");
            if (!_classOf.TryGetValue(category, out int kind))
                throw Fail(place, $"is of category {category}, which is not there");
            CocoBox box = Box(entry, place, picture, kind);
            if (entry.TryGetProperty("iscrowd", out JsonElement crowd) && crowd.ValueKind == JsonValueKind.Number
                && crowd.GetDouble() != 0)
                continue;
            if (picture.Boxes.Count == MostBoxes)
                throw Fail(place, $"is one more than the {MostBoxes} boxes that a picture may have");
            picture.Boxes.Add(box);
        }
    }

    private CocoBox Box(JsonElement entry, string place, CocoPicture picture, int kind)
    {
        if (!entry.TryGetProperty("bbox", out JsonElement list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() != 4 || list.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.Number))
            throw Fail($"{place}.bbox", "must be a list of four numbers: x, y, width, height");
        double[] n = [.. list.EnumerateArray().Select(e => e.GetDouble())];

        // Published files round, so that a box may end a pixel outside its picture. NaN fails the comparisons.
        if (!(n[0] >= -1 && n[1] >= -1 && n[2] > 0 && n[3] > 0
            && n[0] + n[2] <= picture.Width + 1 && n[1] + n[3] <= picture.Height + 1))
        {
            throw Fail($"{place}.bbox", string.Create(
                CultureInfo.InvariantCulture,
                $"is [{string.Join(", ", n)}]; it must be larger than nothing and lie in its picture "
                + $"of {picture.Width} × {picture.Height}"));
        }

        return new CocoBox(
            Math.Max(0, n[0]), Math.Max(0, n[1]), Math.Min(picture.Width, n[0] + n[2]), Math.Min(picture.Height, n[1] + n[3]),
            kind);
    }

    private IEnumerable<(string Place, JsonElement Entry)> List(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            throw Fail(name, "is no list");
        int number = 0;
        foreach (JsonElement entry in list.EnumerateArray())
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{name}[{number++}]");
            if (entry.ValueKind != JsonValueKind.Object)
                throw Fail(place, "is no object");
            yield return (place, entry);
        }
    }

    private long Whole(JsonElement entry, string name, string place) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number)
            ? number
            : throw Fail($"{place}.{name}", "must be a whole number");

    private string Text(JsonElement entry, string name, string place) =>
        entry.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text
            ? text
            : throw Fail($"{place}.{name}", "must be a text");

    private DataFormatException Fail(string place, string problem) => new(_path, place, problem);
}

/// <summary>A picture that a file of boxes names.</summary>
/// <param name="Place">Where the file names it, for messages.</param>
/// <param name="File">Its path, as the file says.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
internal sealed record CocoPicture(string Place, string File, int Width, int Height)
{
    /// <summary>Its boxes, in the order of the file.</summary>
    public List<CocoBox> Boxes { get; } = [];
}

/// <summary>A box in pixels and its class.</summary>
internal readonly record struct CocoBox(double Left, double Top, double Right, double Bottom, int Class);
