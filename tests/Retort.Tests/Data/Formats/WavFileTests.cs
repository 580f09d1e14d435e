using System.Buffers.Binary;
using Retort.Data;
using Retort.Data.Formats;

namespace Retort.Tests.Data.Formats;

public sealed class WavFileTests
{
    [Theory]
    [InlineData(1, 8, new byte[] { 0, 128, 192 }, new[] { -1f, 0f, 0.5f })]
    [InlineData(1, 16, new byte[] { 0, 0x80, 0, 0, 0, 0x40 }, new[] { -1f, 0f, 0.5f })]
    [InlineData(1, 24, new byte[] { 0, 0, 0x80, 0, 0, 0, 0, 0, 0x40 }, new[] { -1f, 0f, 0.5f })]
    [InlineData(1, 32, new byte[] { 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40 }, new[] { -1f, 0f, 0.5f })]
    [InlineData(3, 32, new byte[] { 0, 0, 0x80, 0xBF, 0, 0, 0, 0, 0, 0, 0, 0x3F }, new[] { -1f, 0f, 0.5f })]
    public void Every_encoding_gives_the_same_numbers(int code, int bits, byte[] samples, float[] expected)
    {
        WavAudio audio = Read(Wav(code, 1, bits, samples));
        Assert.Equal(8000, audio.SampleRate);
        Assert.Equal(expected, Assert.Single(audio.Channels));
    }

    [Fact]
    public void Stereo_is_taken_apart_and_other_chunks_are_skipped()
    {
        byte[] extra = [.. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, 0];   // an odd chunk has a byte of padding
        WavAudio audio = Read(Wav(1, 2, 16, [0, 0x40, 0, 0xC0, 0, 0x20, 0, 0xE0], extra));
        Assert.Equal([0.5f, 0.25f], audio.Channels[0]);
        Assert.Equal([-0.5f, -0.25f], audio.Channels[1]);
    }

    [Theory]
    [InlineData(0, (byte)'X', "no RIFF WAVE header")]
    [InlineData(16, 8, "'fmt ' chunk has 8 bytes")]
    [InlineData(20, 7, "encoding 7")]
    [InlineData(22, 99, "99 channels")]
    [InlineData(22, 0, "0 channels")]
    [InlineData(32, 5, "5 bytes a frame")]
    [InlineData(34, 12, "12 bits")]
    [InlineData(40, 5, "5 bytes")]
    [InlineData(43, 0x7F, "claims")]
    [InlineData(36, (byte)'x', "without a 'data' chunk")]
    public void Hostile_headers_are_refused(int offset, byte value, string found)
    {
        byte[] bytes = Wav(1, 1, 16, [1, 0, 2, 0, 3, 0]);
        bytes[offset] = value;
        Assert.Contains(found, Assert.Throws<DataFormatException>(() => Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_is_refused()
    {
        byte[] whole = Wav(1, 1, 16, [1, 0, 2, 0, 3, 0]);
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<DataFormatException>(() => Read(whole[..length]));
    }

    [Fact]
    public void Any_byte_may_be_wrong_without_another_kind_of_error()
    {
        byte[] whole = Wav(1, 2, 16, [1, 0, 2, 0, 3, 0, 4, 0]);
        for (int place = 0; place < 44; place++)
        {
            foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 0x7F, 0x80, 0xFF])
            {
                byte[] bytes = [.. whole];
                bytes[place] = value;
                Exception? error = Record.Exception(() => Read(bytes));
                Assert.True(error is null or DataFormatException, $"byte {place} = {value}: {error}");
            }
        }
    }

    [SkippableFact]
    public void The_spoken_digits_are_read()
    {
        string folder = SharedData.Require("fsdd-small", "recordings");
        string[] files = Directory.GetFiles(folder, "*.wav");
        Assert.Equal(900, files.Length);
        double seconds = files.Average(file =>
        {
            WavAudio audio = WavFile.Read(file);
            Assert.Equal(8000, audio.SampleRate);
            Assert.Contains(audio.Channels[0], sample => Math.Abs(sample) > 0.01f);
            return (double)audio.Length / audio.SampleRate;
        });
        Assert.Equal(0.43, seconds, 0.005);
    }

    private static WavAudio Read(byte[] bytes) => WavFile.Read(new MemoryStream(bytes), "test.wav");

    private static byte[] Wav(int code, int channels, int bits, byte[] samples, params byte[] extra)
    {
        byte[] format = new byte[16];
        BinaryPrimitives.WriteUInt16LittleEndian(format, (ushort)code);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(4), 8000);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(12), (ushort)(channels * bits / 8));
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(14), (ushort)bits);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, samples.Length);
        return [.. "RIFF"u8, 0, 0, 0, 0, .. "WAVE"u8, .. "fmt "u8, 16, 0, 0, 0, .. format, .. extra, .. "data"u8, .. length, .. samples];
    }
}
