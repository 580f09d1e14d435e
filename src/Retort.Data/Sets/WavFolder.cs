using System.ComponentModel.DataAnnotations;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>Recordings in WAV files, with a table that gives each its label and split: samples are log-mel
/// spectrograms.</summary>
/// <remarks>
/// <para>A sample is [1, mels, frames], with mean 0 and deviation 1 over the recording's own windows, so that loudness does not
/// count; the middle of longer recordings, zeros around shorter ones. Channels are averaged.
/// All files have one sampling rate.</para>
/// <para>Filters and window are those of the usual log-mel features; see <c>docs/data.md</c>.</para>
/// </remarks>
[Dataset("wav-folder")]
public record WavFolder : DatasetOptions
{
    private const int MostValues = 1 << 29;

    /// <summary>The table in the data's folder: CSV with a header, plain or gzip.</summary>
    public string Index { get; init; } = "index.csv";

    /// <summary>Its column of paths, relative to the data's folder.</summary>
    public string File { get; init; } = "file";

    /// <summary>Its column of classes.</summary>
    public virtual string Label { get; init; } = "label";

    /// <summary>Its column that says which split a recording belongs to.</summary>
    public string SplitColumn { get; init; } = "split";

    /// <summary>Milliseconds under a window.</summary>
    [Range(1.0, 1000.0)]
    public double Window { get; init; } = 32;

    /// <summary>Milliseconds from one window's start to the next.</summary>
    [Range(0.5, 1000.0)]
    public double Hop { get; init; } = 16;

    /// <summary>Bands of frequencies, the height of a sample.</summary>
    [Range(1, 512)]
    public int Mels { get; init; } = 32;

    /// <summary>Windows of a sample, its width.</summary>
    [Range(1, 4096)]
    public int Frames { get; init; } = 48;

    /// <summary>What errors and reports call the set.</summary>
    protected virtual string SetName => "wav-folder";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(split);
        string path = Path.Combine(root, Index);
        if (!System.IO.File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        Table table = Table.Read(path, new CsvTable());
        int splits = table.Find(SplitColumn);
        int label = table.Find(Label);
        int file = table.Find(File);
        DelimitedRecord[] rows = [.. table.Rows.Where(row => row.Fields[splits] == split)];
        if (rows.Length == 0)
        {
            string known = string.Join(", ", table.Rows.Select(row => row.Fields[splits]).Distinct().Take(20));
            throw new DataFormatException(path, split, $"has no split '{split}'; the splits are {known}");
        }
        DelimitedRecord[] training = [.. table.Rows.Where(row => row.Fields[splits] == "train")];
        var labels = new LabelMap((training.Length > 0 ? training : rows).Select(row => row.Fields[label]));
        long[] classes = [.. rows.Select(row => labels.Find(row.Fields[label], path, row.Line))];
        return Dataset.OfNumbers(SetName, split, Read(root, path, rows, file), [1, Mels, Frames], classes, labels.ClassNames);
    }

    private float[] Read(string root, string index, DelimitedRecord[] rows, int file)
    {
        int size = Mels * Frames;
        if ((long)rows.Length * size > MostValues)
        {
            throw new DataFormatException(index, "file",
                $"{rows.Length} recordings of {Mels} × {Frames} values are more than {MostValues} values, which is the limit; "
                + "ask for fewer mels or frames");
        }
        var values = new float[rows.Length * size];
        LogMel? features = null;
        int rate = 0;
        for (int k = 0; k < rows.Length; k++)
        {
            string name = rows[k].Fields[file];
            string place = $"line {rows[k].Line}", path = DataFolder.Inside(root, name, index, place);
            if (!System.IO.File.Exists(path))
                throw new DataFormatException(index, place, $"there is no file '{name}'");
            WavAudio audio = WavFile.Read(path);
            if (audio.Length == 0)
                throw new DataFormatException(path, "data", "the recording is empty");
            if (features is null)
            {
                rate = audio.SampleRate;
                features = Features(path, rate);
            }
            if (audio.SampleRate != rate)
            {
                throw new DataFormatException(path, "fmt",
                    $"{audio.SampleRate} samples a second; the first recording has {rate}, and all must have the same");
            }
            features.Write(Mono(audio), values.AsSpan(k * size, size));
        }
        return values;
    }

    private LogMel Features(string path, int rate)
    {
        int window = (int)Math.Round(rate * Window / 1000);
        int hop = (int)Math.Round(rate * Hop / 1000);
        if (window < 2 || hop < 1)
        {
            throw new DataFormatException(path, "fmt",
                $"at {rate} samples a second a window of {Window} ms has {window} samples and a hop of {Hop} ms {hop}; "
                + "at least 2 and 1 are needed");
        }
        var features = new LogMel(rate, window, hop, Mels, Frames);
        return features.IsFineEnough ? features : throw new DataFormatException(path, "mels",
            $"a window of {Window} ms at {rate} samples a second is too short for {Mels} bands: some are empty; "
            + "ask for fewer, or for a longer window");
    }

    private static float[] Mono(WavAudio audio)
    {
        if (audio.Channels.Count == 1)
            return audio.Channels[0];
        var mean = new float[audio.Length];
        for (int k = 0; k < mean.Length; k++)
        {
            foreach (float[] channel in audio.Channels)
                mean[k] += channel[k] / audio.Channels.Count;
        }
        return mean;
    }
}
