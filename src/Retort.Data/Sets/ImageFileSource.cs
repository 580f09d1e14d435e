using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Retort.Data.Images;
using Retort.Torch;

namespace Retort.Data.Sets;

/// <summary>Picture files decoded, scaled and cut when they are asked for.</summary>
internal sealed class ImageFileSource(string root, string[] paths, ImageFolderSet options) : ISampleSource
{
    private readonly ImageDecodeOptions _decode = new() { Mode = options.Grey ? ImageMode.Grey : ImageMode.Rgb };

    public int Count => paths.Length;

    public IReadOnlyList<long> SampleShape { get; } = [options.Grey ? 1 : 3, options.Size, options.Size];

    public DType ElementType => DType.UInt8;

    public bool IsCostly => true;

    // Names and lengths, not content: reading a large set twice would be too dear.
    public string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes($"{options}\n"));
            foreach (string path in paths)
            {
                string name = Path.GetRelativePath(root, path).Replace('\\', '/');
                hash.AppendData(
                    Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name} {new FileInfo(path).Length}\n")));
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public void Read(int place, Span<byte> target)
    {
        Image image = ImageFile.Load(paths[place], _decode);
        int size = options.Size;
        if (options.Fit == ImageFit.Stretch)
        {
            image = image.Resize(size, size);
        }
        else
        {
            image = image.ResizeShorterSide(options.ShorterSide ?? (int)Math.Round(size * 8.0 / 7));
            image = image.Crop((image.Width - size) / 2, (image.Height - size) / 2, size, size);
        }
        image.CopyPlanar(target);
    }
}
