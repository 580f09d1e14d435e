using System.Formats.Tar;
using System.Security.Cryptography;
using Retort.Data;
using Retort.Data.Downloads;

namespace Retort.Tests.Data.Downloads;

public sealed class DatasetDownloaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FileServer _server = new();
    private readonly HttpClient _client = new();
    private readonly byte[] _content = new byte[300_000];

    public DatasetDownloaderTests() => new Random(1).NextBytes(_content);

    private string Target => Path.Combine(_folder.Path, "file.bin");

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_fetched_checked_and_reported()
    {
        List<DownloadProgress> seen = [];
        await Downloader().GetAsync(Published(), Target, new Collector(seen));
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        Assert.Equal(new DownloadProgress("file.bin", 300_000, 300_000), seen[^1]);
        Assert.False(File.Exists(Target + ".part"));
    }

    [Fact]
    public async Task A_file_that_is_there_and_right_is_not_fetched_again()
    {
        await File.WriteAllBytesAsync(Target, _content);
        await Downloader().GetAsync(Published(), Target);
        Assert.Empty(_server.Ranges);
    }

    [Fact]
    public async Task An_interrupted_transfer_goes_on_where_it_stopped()
    {
        _server.BreakAfter.Enqueue(100_000);
        _server.BreakAfter.Enqueue(50_000);
        await Downloader().GetAsync(Published(), Target);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
        Assert.Equal(3, _server.Ranges.Count);
        Assert.Equal("", _server.Ranges[0]);
        Assert.All(_server.Ranges.Skip(1), range => Assert.StartsWith("bytes=", range, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_of_an_earlier_call_is_taken_up()
    {
        await File.WriteAllBytesAsync(Target + ".part", _content[..123_456]);
        await Downloader().GetAsync(Published(), Target);
        Assert.Equal("bytes=123456-", Assert.Single(_server.Ranges));
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_server_without_ranges_starts_again()
    {
        _server.IgnoreRanges = true;
        await File.WriteAllBytesAsync(Target + ".part", _content[..123_456]);
        await Downloader().GetAsync(Published(), Target);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_part_of_another_version_is_thrown_away_and_fetched_anew()
    {
        await File.WriteAllBytesAsync(Target + ".part", new byte[1000]);
        await Downloader().GetAsync(Published(), Target);
        Assert.Equal(["bytes=1000-", ""], _server.Ranges);
        Assert.Equal(_content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_nothing_behind()
    {
        PublicFile file = Published() with { Checksum = new string('0', 64) };
        var error = await Assert.ThrowsAsync<DownloadException>(() => Downloader().GetAsync(file, Target));
        Assert.Contains("the SHA-256 checksum is", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task More_bytes_than_published_are_not_taken()
    {
        PublicFile file = Published() with { Bytes = 1000 };
        var error = await Assert.ThrowsAsync<DownloadException>(() => Downloader().GetAsync(file, Target));
        Assert.Contains("more than the 1000 bytes", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public async Task A_missing_file_is_asked_for_once_and_then_the_mirror()
    {
        PublicFile file = Published();
        file = file with { Addresses = [new Uri(_server.Root, "gone"), .. file.Addresses] };
        await Downloader().GetAsync(file, Target);
        Assert.Equal(2, _server.Ranges.Count);
        file = file with { Addresses = [new Uri(_server.Root, "gone")], Checksum = "1" };
        var error = await Assert.ThrowsAsync<DownloadException>(() => Downloader().GetAsync(file, Target));
        Assert.Contains("gone: HTTP 404 NotFound", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, _server.Ranges.Count);
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_arrived()
    {
        using CancellationTokenSource cancellation = new();
        Collector stop = new([], () => cancellation.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Downloader().GetAsync(Published(), Target, stop, cancellation.Token));
        Assert.False(File.Exists(Target));
        Assert.True(new FileInfo(Target + ".part").Length > 0);
    }

    [Fact]
    public async Task An_archive_is_taken_apart_without_its_folders()
    {
        byte[] archive = Archive(("set/../../evil/a.bin", [1, 2]), ("set/b.bin", [3]), ("set/other.bin", [4]));
        Uri address = _server.Add("set.tar.gz", archive);
        PublicFile file = new("set.tar.gz", [address], ChecksumKind.Sha256, Convert.ToHexStringLower(SHA256.HashData(archive)));
        PublicDataset set = new("set", "a set", "none", _server.Root, [file], ["a.bin", "b.bin"]);
        await Downloader().GetAsync(set, _folder.Path);
        Assert.Equal(["a.bin", "b.bin"], Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order());
        await Downloader().GetAsync(set, _folder.Path);
        Assert.Single(_server.Ranges);
        PublicDataset more = set with { Members = ["a.bin", "c.bin"] };
        var error = await Assert.ThrowsAsync<DataFormatException>(() => Downloader().GetAsync(more, _folder.Path));
        Assert.Contains("no file c.bin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_catalogue_is_complete_and_in_order()
    {
        Assert.Equal(["cifar10", "cifar100", "fashion-mnist", "mnist"], DatasetCatalogue.All.Select(set => set.Name));
        foreach (PublicFile file in DatasetCatalogue.All.SelectMany(set => set.Files))
        {
            Assert.Equal(file.Kind == ChecksumKind.Md5 ? 32 : 64, file.Checksum.Length);
            Assert.NotEmpty(file.Addresses);
        }
        Assert.Null(DatasetCatalogue.Find("imagenet"));
    }

    [SkippableFact]
    public void The_catalogue_knows_the_published_files_of_fashion_mnist()
    {
        foreach (PublicFile file in DatasetCatalogue.Find("fashion-mnist")!.Files)
        {
            byte[] bytes = File.ReadAllBytes(SharedData.Require("fashion-mnist", file.Name));
            Assert.Equal(file.Bytes, bytes.Length);
            Assert.Equal(file.Checksum, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }

    private DatasetDownloader Downloader() => new(_client, attempts: 3, pause: TimeSpan.FromMilliseconds(1));

    private PublicFile Published() => new("file.bin", [_server.Add("file.bin", _content)], ChecksumKind.Sha256,
        Convert.ToHexStringLower(SHA256.HashData(_content)), _content.Length);

    private static byte[] Archive(params (string Name, byte[] Content)[] members)
    {
        using MemoryStream tar = new();
        using (TarWriter writer = new(tar, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in members)
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
        return TemporaryFolder.Gzip(tar.ToArray());
    }

    private sealed class Collector(List<DownloadProgress> seen, Action? then = null) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            seen.Add(value);
            then?.Invoke();
        }
    }
}
