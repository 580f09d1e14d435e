using Retort.Data;
using Retort.Data.Formats;

namespace Retort.Tests.Data.Formats;

public sealed class ImageFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Classes_and_files_come_in_ordinal_order()
    {
        Touch("dog/b.png", "dog/a.JPG", "dog/deep/er.jpeg", "dog/notes.txt", "Cat/1.png", ".git/x.png");
        ImageFolderListing listing = ImageFolder.List(_folder.Path);
        Assert.Equal(["Cat", "dog"], listing.Classes);
        Assert.Equal([("1.png", 0), ("a.JPG", 1), ("b.png", 1), ("er.jpeg", 1)],
            listing.Files.Select(file => (Path.GetFileName(file.Path), file.Label)));
    }

    [Fact]
    public void Split_folders_are_recognised_by_their_names()
    {
        Touch("train/x/1.png", "test/x/2.png");
        Assert.Equal(["test", "train"], ImageFolder.Splits(_folder.Path));
        Assert.EndsWith("1.png", Assert.Single(ImageFolder.List(_folder.Path, "train").Files).Path, StringComparison.Ordinal);
        Assert.Contains("splits (test, train)", Assert.Throws<DataFormatException>(() => ImageFolder.List(_folder.Path)).Message,
            StringComparison.Ordinal);
        Assert.Contains("no split 'val'", Assert.Throws<DataFormatException>(() => ImageFolder.List(_folder.Path, "val")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_folders_and_classes_are_refused()
    {
        Assert.Contains("no sub-folders", Assert.Throws<DataFormatException>(() => ImageFolder.List(_folder.Path)).Message,
            StringComparison.Ordinal);
        Touch("a/1.png", "b/readme.md");
        Assert.Contains("has no .png", Assert.Throws<DataFormatException>(() => ImageFolder.List(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    private void Touch(params string[] names)
    {
        foreach (string name in names)
            _folder.Write(name, [0]);
    }
}
