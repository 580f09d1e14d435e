using System.Buffers.Binary;
using Retort.Data;
using Retort.Data.Sets;

namespace Retort.Tests.Data.Sets;

public sealed class WavFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_spectrogram_is_the_transform_by_definition_through_triangles_made_unit()
    {
        const int Window = 16, Hop = 8, Mels = 3, Frames = 4;
        float[] sound = [.. Enumerable.Range(0, 40).Select(k => (float)(Math.Sin(0.9 * k) + (0.3 * Math.Cos(2.1 * k * k))))];
        var actual = new float[Mels * Frames];
        new LogMel(8000, Window, Hop, Mels, Frames).Write(sound, actual);

        float[] filters = LogMel.Filters(8000, Window, Mels);
        double[,] expected = new double[Mels, Frames];
        for (int frame = 0; frame < Frames; frame++)
        {
            for (int bin = 0; bin <= Window / 2; bin++)
            {
                double real = 0, imaginary = 0;
                for (int k = 0; k < Window; k++)
                {
                    double value = sound[(frame * Hop) + k] * (0.5 - (0.5 * Math.Cos(2 * Math.PI * k / Window)));
                    real += value * Math.Cos(2 * Math.PI * bin * k / Window);
                    imaginary -= value * Math.Sin(2 * Math.PI * bin * k / Window);
                }
                for (int mel = 0; mel < Mels; mel++)
                    expected[mel, frame] += filters[(mel * 9) + bin] * ((real * real) + (imaginary * imaginary));
            }
        }
        double[] logs = [.. expected.Cast<double>().Select(value => Math.Log(value))];
        double mean = logs.Average();
        double deviation = Math.Sqrt(logs.Average(x => (x - mean) * (x - mean)));
        for (int k = 0; k < logs.Length; k++)
            Assert.Equal((logs[k] - mean) / deviation, actual[k], 1e-4);
    }

    [Fact]
    public void Triangles_meet_at_their_neighbours_centres()
    {
        // At 2 × 700 Hz the scale ends at 2595 log₁₀ 2; a single triangle stands at half of it: 700 (√2 − 1) = 289.95 Hz.
        float[] one = LogMel.Filters(1400, 14, 1);   // frequencies 0, 100, …, 700
        Assert.Equal(0, one[0]);
        Assert.Equal(100 / 289.949, one[1], 1e-5);
        Assert.Equal((700 - 300) / (700 - 289.949), one[3], 1e-5);
        Assert.Equal(0, one[7], 1e-6);

        float[] three = LogMel.Filters(8000, 256, 3);
        int centre = Enumerable.Range(0, 129).MaxBy(bin => three[129 + bin]);
        Assert.InRange(three[129 + centre], 0.9, 1);
        Assert.InRange(three[centre], 0, 0.1);
        Assert.InRange(three[258 + centre], 0, 0.1);
    }

    [Fact]
    public void A_high_tone_lies_above_a_low_one_and_loudness_does_not_count()
    {
        WriteIndex("low.wav,0,train", "high.wav,1,train", "loud.wav,0,test");
        Write("low.wav", Tone(300, 0.2));
        Write("high.wav", Tone(3000, 0.2));
        Write("loud.wav", [.. Tone(300, 0.2).Select(value => (short)(4 * value))]);
        var options = new WavFolder { Frames = 8 };
        float[] train = Values(options, "train");
        float[] loud = Values(options, "test");

        Assert.True(LoudestRow(train.AsSpan(256, 256)) > LoudestRow(train.AsSpan(0, 256)) + 5);
        for (int k = 0; k < 256; k++)
            Assert.Equal(train[k], loud[k], 1e-3f);
        Assert.Equal(["0", "1"], options.Load(_folder.Path, "train").ClassNames);
    }

    [Fact]
    public void Zeros_stand_around_short_recordings()
    {
        WriteIndex("a.wav,0,train");
        Write("a.wav", Tone(300, 0.2)[..512]);   // windows of 256 at 0, 128, 256
        float[] values = Values(new WavFolder { Frames = 9, Mels = 2 }, "train");
        Assert.All(values[..3], value => Assert.Equal(0, value));
        Assert.All(values[3..6], value => Assert.NotEqual(0, value));
        Assert.All(values[6..12], value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("a.wav,0,dev", "the splits are dev")]
    [InlineData("../a.wav,0,train", "line 2: '../a.wav' lies outside")]
    [InlineData("b.wav,0,train", "line 2: there is no file 'b.wav'")]
    [InlineData("empty.wav,0,train", "the recording is empty")]
    public void A_wrong_index_is_refused_by_name(string line, string found)
    {
        WriteIndex(line);
        Write("a.wav", Tone(300, 0.2));
        Write("empty.wav", []);
        var error = Assert.Throws<DataFormatException>(() => new WavFolder().Load(_folder.Path, "train"));
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_bands_and_a_missing_column_are_refused()
    {
        WriteIndex("a.wav,0,train");
        Write("a.wav", Tone(300, 0.2));
        var error = Assert.Throws<DataFormatException>(() => new WavFolder { Mels = 100 }.Load(_folder.Path, "train"));
        Assert.Contains("too short for 100 bands", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<DataFormatException>(() => new SpokenDigits().Load(_folder.Path, "train"));
        Assert.Contains("no column 'digit'; there are: file, label, split", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_spoken_digits_are_read_as_their_index_says()
    {
        var options = new SpokenDigits();
        string root = SharedData.Require("fsdd-small");
        Dataset train = options.Load(root, "train");
        Dataset test = options.Load(root, "test");
        Assert.Equal((600, 300, 10), (train.Count, test.Count, train.ClassNames.Count));
        Assert.Equal([1, 32, 48], test.SampleShape);
        Assert.All(test.Labels.CountBy(label => label), pair => Assert.Equal(30, pair.Value));
        Assert.Equal(test.Fingerprint, options.Load(root, "test").Fingerprint);
    }

    private static float[] Values(WavFolder options, string split, string root)
    {
        using var scope = new Retort.Torch.TensorScope();
        Dataset set = options.Load(root, split);
        return set.Gather([.. Enumerable.Range(0, set.Count)]).Input.ToArray<float>();
    }

    private float[] Values(WavFolder options, string split) => Values(options, split, _folder.Path);

    private static int LoudestRow(ReadOnlySpan<float> sample)
    {
        float[] values = sample.ToArray();
        return Enumerable.Range(0, 32).MaxBy(row => values[(row * 8) + 4]);
    }

    // Noise beside the tone keeps every band above what counts as silence.
    private static short[] Tone(double hertz, double loudness)
    {
        var noise = new Random(7);
        return [.. Enumerable.Range(0, 1200).Select(
            k => (short)(32767 * loudness * (Math.Sin(2 * Math.PI * hertz * k / 8000) + (0.05 * (noise.NextDouble() - 0.5)))))];
    }

    private void WriteIndex(params string[] lines) =>
        _folder.Write("index.csv", "file,label,split\n" + string.Join('\n', lines) + "\n");

    private void Write(string name, short[] samples)
    {
        var bytes = new byte[44 + (2 * samples.Length)];
        "RIFF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), 8000);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), 16000);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(34), 16);
        "data"u8.CopyTo(bytes.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), 2 * samples.Length);
        for (int k = 0; k < samples.Length; k++)
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(44 + (2 * k)), samples[k]);
        _folder.Write(name, bytes);
    }
}
