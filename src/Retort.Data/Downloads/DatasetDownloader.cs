using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Retort.Data.Downloads;

/// <summary>Fetches public data sets from their publishers, with resume and checksum.</summary>
/// <remarks>A file grows as <c>NAME.part</c> and gets its name only when its checksum is right, so that a folder never holds
/// a damaged file under a good name. An interrupted download goes on where it stopped, in the same call or a later one.</remarks>
public sealed class DatasetDownloader
{
    // Of a file whose size nobody published: enough for the sets of the catalogue, and no endless stream.
    private const long LargestUnknown = 4L << 30;

    private readonly HttpClient _client;
    private readonly int _attempts;
    private readonly TimeSpan _pause;
    private readonly TimeProvider _time;

    /// <summary>Creates a downloader.</summary>
    /// <param name="client">Makes the requests; its time-out should suit a slow line.</param>
    /// <param name="attempts">How often each address is tried before the next one.</param>
    /// <param name="pause">How long to wait between two tries; null for two seconds.</param>
    /// <param name="time">The clock that waits; null for the system's.</param>
    public DatasetDownloader(HttpClient client, int attempts = 4, TimeSpan? pause = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempts);
        _client = client;
        _attempts = attempts;
        _pause = pause ?? TimeSpan.FromSeconds(2);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Fetches a whole set; files that are there and right already are kept.</summary>
    /// <param name="set">What to fetch.</param>
    /// <param name="folder">Where to; made if need be.</param>
    /// <param name="progress">Told about each piece that arrives.</param>
    /// <param name="cancellation">Stops between two pieces; what has arrived stays for the next call.</param>
    /// <exception cref="DownloadException">A file could not be fetched from any address, or its checksum is wrong.</exception>
    /// <exception cref="DataFormatException">An archive is damaged.</exception>
    public async Task GetAsync(
        PublicDataset set, string folder, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(set);
        Directory.CreateDirectory(folder);
        if (set.Members.Count > 0 && set.Members.All(name => File.Exists(Path.Combine(folder, name))))
            return;
        foreach (PublicFile file in set.Files)
        {
            string path = Path.Combine(folder, file.Name);
            await GetAsync(file, path, progress, cancellation).ConfigureAwait(false);
            if (set.Members.Count > 0)
            {
                await ArchiveMembers.ExtractAsync(path, set.Members, folder, cancellation).ConfigureAwait(false);
                File.Delete(path);
            }
        }
    }

    /// <summary>Fetches one file; one that is there and right already is kept.</summary>
    /// <param name="file">What to fetch.</param>
    /// <param name="path">Where to.</param>
    /// <param name="progress">Told about each piece that arrives.</param>
    /// <param name="cancellation">Stops between two pieces; what has arrived stays for the next call.</param>
    /// <exception cref="DownloadException">The file could not be fetched from any address, or its checksum is wrong.</exception>
    public async Task GetAsync(
        PublicFile file, string path, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (File.Exists(path) && await ChecksumAsync(path, file.Kind, cancellation).ConfigureAwait(false) == file.Checksum)
            return;
        List<string> failures = [];
        foreach (Uri address in file.Addresses)
        {
            for (int attempt = 1; attempt <= _attempts; attempt++)
            {
                if (failures.Count > 0)
                    await Task.Delay(_pause, _time, cancellation).ConfigureAwait(false);
                string? failure = await TryAsync(file, address, path, progress, cancellation).ConfigureAwait(false);
                if (failure is null)
                    return;
                failures.Add($"{address}: {failure}");
                if (failure.StartsWith("HTTP 4", StringComparison.Ordinal))
                    break;   // asking again will not make it appear
            }
        }
        throw new DownloadException($"{file.Name} could not be fetched:\n  {string.Join("\n  ", failures.Distinct())}");
    }

    private async Task<string?> TryAsync(
        PublicFile file, Uri address, string path, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        string part = path + ".part";
        try
        {
            bool resumed = await TransferAsync(file, address, part, progress, cancellation).ConfigureAwait(false);
            string found = await ChecksumAsync(part, file.Kind, cancellation).ConfigureAwait(false);
            if (found == file.Checksum)
            {
                File.Move(part, path, overwrite: true);
                return null;
            }
            File.Delete(part);
            string cause = resumed ? " (an earlier part may have been of another version; it was thrown away)" : "";
            return $"the {Name(file.Kind)} checksum is {found}; {file.Checksum} is expected{cause}";
        }
        catch (HttpRequestException error)
        {
            return error.StatusCode is { } code ? $"HTTP {(int)code} {code}" : error.Message;
        }
        catch (HttpIOException error)
        {
            return $"the transfer broke off ({error.Message})";
        }
        catch (TaskCanceledException error) when (!cancellation.IsCancellationRequested)
        {
            return $"no answer in time ({error.Message})";
        }
    }

    private async Task<bool> TransferAsync(
        PublicFile file, Uri address, string part, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        long held = File.Exists(part) ? new FileInfo(part).Length : 0;
        if (held > 0 && held == file.Bytes)
            return true;
        if (file.Bytes is { } size && held > size)
            held = 0;
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        if (held > 0)
            request.Headers.Range = new RangeHeaderValue(held, null);
        using HttpResponseMessage response =
            await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return true;   // everything is there already, as the checksum will tell
        response.EnsureSuccessStatusCode();

        bool resumed = response.StatusCode == HttpStatusCode.PartialContent
            && response.Content.Headers.ContentRange?.From == held;
        if (response.StatusCode == HttpStatusCode.PartialContent && !resumed)
            throw new HttpRequestException(
                $"the server sent another part than asked for ({response.Content.Headers.ContentRange})");
        held = resumed ? held : 0;
        long? total = file.Bytes ?? (response.Content.Headers.ContentLength is { } length ? held + length : null);
        long limit = file.Bytes ?? LargestUnknown;

        Stream content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            FileStream target = new(part, resumed ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read);
            await using (target.ConfigureAwait(false))
            {
                byte[] block = new byte[1 << 16];
                while (true)
                {
                    int got = await content.ReadAsync(block, cancellation).ConfigureAwait(false);
                    if (got == 0)
                        break;
                    held += got;
                    if (held > limit)
                        throw new HttpRequestException($"the server sent more than the {limit} bytes that are expected");
                    await target.WriteAsync(block.AsMemory(0, got), cancellation).ConfigureAwait(false);
                    progress?.Report(new DownloadProgress(file.Name, held, total));
                }
            }
        }
        if (total is { } all && held < all)
            throw new HttpRequestException($"the transfer broke off after {held} of {all} bytes");
        return resumed;
    }

    private static async Task<string> ChecksumAsync(string path, ChecksumKind kind, CancellationToken cancellation)
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            byte[] hash = kind == ChecksumKind.Md5
                ? await Md5Async(stream, cancellation).ConfigureAwait(false)
                : await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false);
            return Convert.ToHexStringLower(hash);
        }
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5351",
        Justification = "It is the only checksum that some publishers give, and it is here against damage.")]
    private static ValueTask<byte[]> Md5Async(Stream stream, CancellationToken cancellation) =>
        MD5.HashDataAsync(stream, cancellation);

    private static string Name(ChecksumKind kind) => kind == ChecksumKind.Md5 ? "MD5" : "SHA-256";
}
