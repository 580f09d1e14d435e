using System.CommandLine;
using System.Globalization;
using Retort.Data.Downloads;
using Retort.Recipes;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort data</c>.</summary>
internal static class DataCommand
{
    public static Command Create()
    {
        var list = new Command("list", "List the public data sets that can be fetched.");
        list.SetAction(_ =>
        {
            foreach (PublicDataset set in DatasetCatalogue.All)
                Console.WriteLine($"{set.Name,-14} {set.Title} (licence: {set.Licence})");
            return Exit.Done;
        });
        var name = new Argument<string>("NAME") { Description = "A set of `retort data list`." };
        var folder = new Option<string?>("--out")
        {
            Description = "Folder (default: where a recipe without a root looks: data/NAME, or below RETORT_DATA).",
        };
        var get = new Command("get", "Fetch a public data set from its publisher; an interrupted download goes on.")
        {
            name, folder,
        };
        get.SetAction(async (parsed, cancellation) =>
        {
            string wanted = parsed.GetValue(name)!;
            PublicDataset set = DatasetCatalogue.Find(wanted) ?? throw Unknown(wanted);
            string usual = DataProvider.DefaultRoot(set.Name), target = parsed.GetValue(folder) ?? usual;
            using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(30) };
            try
            {
                await new DatasetDownloader(client).GetAsync(set, target, new Printer(), cancellation).ConfigureAwait(false);
            }
            catch (DownloadException e)
            {
                throw new RunException(e.Message, inner: e);
            }

            string root = target == usual ? string.Empty : $", root: {Path.GetFullPath(target)}";
            Console.WriteLine($"{set.Name} is in {target}; a recipe names it as `data: {{ dataset: {set.Name}{root} }}`.");
            return Exit.Done;
        });
        return new Command("data", "Fetch public data sets.") { list, get };
    }

    private static RunException Unknown(string name)
    {
        string[] known = [.. DatasetCatalogue.All.Select(s => s.Name)];
        string? nearest = Spelling.Nearest(name, known);
        string hint = nearest is null ? $"there are: {string.Join(", ", known)}" : $"nearest: {nearest}";
        return new RunException($"there is no public data set '{name}'; {hint}.", isInputWrong: true);
    }

    /// <summary>A line a second: a download is watched, not logged.</summary>
    private sealed class Printer : IProgress<DownloadProgress>
    {
        private long _last;

        public void Report(DownloadProgress value)
        {
            if (System.Diagnostics.Stopwatch.GetElapsedTime(_last).TotalSeconds < 1 && value.Bytes != value.Total)
                return;
            _last = System.Diagnostics.Stopwatch.GetTimestamp();
            CultureInfo plain = CultureInfo.InvariantCulture;
            string share = value.Total is > 0
                ? string.Create(plain, $" of {value.Total / 1048576.0:F1} MiB ({100.0 * value.Bytes / value.Total:F0} %)")
                : " MiB";
            Console.Error.WriteLine(string.Create(plain, $"  {value.File}: {value.Bytes / 1048576.0:F1}{share}"));
        }
    }
}
