using Retort.Data;
using Retort.Data.Formats;

namespace Retort.Tests.Data.Formats;

public sealed class TextFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Quoted_fields_hold_delimiters_quotes_and_line_ends()
    {
        string path = _folder.Write("a.csv", "name,note\r\n\"Doe, J\",\"said \"\"hi\"\"\r\nand left\"\r\n\r\nplain,\r\n");
        using DelimitedReader reader = new(path, DelimitedOptions.Csv);
        DelimitedRecord[] records = [.. reader.Records()];
        Assert.Equal(["name", "note"], reader.Header);
        Assert.Equal(["Doe, J", "said \"hi\"\nand left"], records[0].Fields);
        Assert.Equal(["plain", ""], records[1].Fields);
        Assert.Equal([2L, 5L], records.Select(record => record.Line));
        Assert.Equal(1, reader.Column("note"));
    }

    [Fact]
    public void Packed_files_byte_order_marks_and_spaces_are_taken_in_stride()
    {
        string path = _folder.Write("a.csv.gz", TemporaryFolder.Gzip([0xEF, 0xBB, 0xBF, .. "a , b\n1,  \"x, y\"  \n"u8]));
        using DelimitedReader reader = new(path, new DelimitedOptions { TrimSpaces = true });
        Assert.Equal(["a", "b"], reader.Header);
        Assert.Equal(["1", "x, y"], Assert.Single(reader.Records()).Fields);
    }

    [Theory]
    [InlineData("a,b\n1,2,3\n", "line 2", "3 fields; the first record has 2")]
    [InlineData("a,b\n1\n", "line 2", "1 field; the first record has 2")]
    [InlineData("a,b\n1,\"open\n", "line 2", "not closed")]
    [InlineData("a,b\n1,\"x\"y\n", "line 2, column 6", "'y' after a closing quote")]
    [InlineData("a,b\n1,x\"y\n", "line 2, column 4", "a quote")]
    [InlineData("a,a\n", "line 1", "twice")]
    [InlineData("", "line 1", "empty")]
    public void Malformed_records_are_refused_with_their_line(string text, string place, string found)
    {
        string path = _folder.Write("bad.csv", text);
        var error = Assert.Throws<DataFormatException>(() =>
        {
            using DelimitedReader reader = new(path, DelimitedOptions.Csv);
            _ = reader.Records().Count();
        });
        Assert.Equal(place, error.Place);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_column_is_named_with_those_there_are()
    {
        using DelimitedReader reader = new(_folder.Write("a.csv", "x,y\n"), DelimitedOptions.Csv);
        Assert.Contains("no column 'label'; the header has: x, y", Assert.Throws<DataFormatException>(() => reader.Column("label")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Records_and_lines_longer_than_allowed_are_refused()
    {
        string path = _folder.Write("long.csv", "a\n\"" + string.Concat(Enumerable.Repeat("123456789\n", 20)) + "\"\n");
        using DelimitedReader reader = new(path, new DelimitedOptions { MaxRecordLength = 50 });
        Assert.Contains("limit", Assert.Throws<DataFormatException>(() => reader.Records().Count()).Message, StringComparison.Ordinal);
        string line = _folder.Write("long.txt", new string('x', 100_000));
        Assert.Equal("line 1", Assert.Throws<DataFormatException>(() => TextFile.Lines(line, 1000).Count()).Place);
        Assert.Equal([100_000], TextFile.Lines(line).Select(text => text.Length));
        Assert.Throws<DataFormatException>(() => TextFile.ReadAll(line, 99_999));
    }

    [Fact]
    public void A_text_bomb_stops_at_the_limit()
    {
        string path = _folder.Write("bomb.gz", TemporaryFolder.Gzip(new byte[40_000_000]));
        Assert.Contains("limit", Assert.Throws<DataFormatException>(() => TextFile.ReadAll(path, 1000)).Message, StringComparison.Ordinal);
        Assert.Contains("limit", Assert.Throws<DataFormatException>(() => TextFile.Lines(path, 1000).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_refused_with_their_line()
    {
        string path = _folder.Write("bad.txt", [.. "fine\n"u8, 0xC3, 0x28]);
        Assert.Equal("line 2", Assert.Throws<DataFormatException>(() => TextFile.Lines(path).Count()).Place);
        Assert.Equal("line 2", Assert.Throws<DataFormatException>(() => TextFile.ReadAll(path)).Place);
    }

    [Fact]
    public void A_packed_text_that_is_cut_off_is_refused()
    {
        byte[] whole = TemporaryFolder.Gzip(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 5000))));
        string path = _folder.Write("cut.gz", whole[..^9]);
        Assert.Contains("cut off", Assert.Throws<DataFormatException>(() => TextFile.Lines(path).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lines_are_objects_and_blank_lines_are_skipped()
    {
        string path = _folder.Write("a.jsonl", "{\"x\": 1}\n\n{\"x\": [2]}");
        JsonLine[] lines = [.. JsonLines.Read(path)];
        Assert.Equal([1L, 3L], lines.Select(line => line.Number));
        Assert.Equal(2, lines[1].Value.GetProperty("x")[0].GetInt32());
    }

    [Theory]
    [InlineData("{}\n{\"a\": }\n", "line 2, byte 7", "not valid JSON")]
    [InlineData("[1]\n", "line 1", "a JSON array")]
    [InlineData("{\"a\":1", "line 1, byte 7", "not valid JSON")]
    public void Lines_that_are_no_json_objects_are_refused(string text, string place, string found)
    {
        var error = Assert.Throws<DataFormatException>(() => JsonLines.Read(_folder.Write("bad.jsonl", text)).Count());
        Assert.Equal(place, error.Place);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("train.tsv", 3310, 3610)]
    [InlineData("dev.tsv", 428, 444)]
    [InlineData("test.tsv", 912, 909)]
    public void Sst2_has_the_published_label_counts(string name, int negative, int positive)
    {
        using DelimitedReader reader = new(SharedData.Require("sst2", name), DelimitedOptions.Tsv with { HasHeader = false });
        string[] labels = [.. reader.Records().Select(record => record.Fields[1])];
        Assert.Equal((negative, positive), (labels.Count(label => label == "0"), labels.Count(label => label == "1")));
    }

    [SkippableTheory]
    [InlineData("adult.data.gz", 32561, 7841)]
    [InlineData("adult.test.gz", 16281, 3846)]
    public void Adult_has_the_published_rows(string name, int rows, int rich)
    {
        DelimitedOptions options = new() { HasHeader = false, TrimSpaces = true };
        using DelimitedReader reader = new(SharedData.Require("adult", name), options);
        string[][] records = [.. reader.Records().Select(record => record.Fields)];
        Assert.Equal(rows, records.Length);
        Assert.Equal(rich, records.Count(fields => fields[14].StartsWith(">50K", StringComparison.Ordinal)));
    }

    [SkippableTheory]
    [InlineData("train.jsonl", 7473)]
    [InlineData("test.jsonl", 1319)]
    public void Gsm8k_has_answers_that_end_in_a_number(string name, int count)
    {
        string[] answers = [.. JsonLines.Read(SharedData.Require("gsm8k", name)).Select(line => line.Value.GetProperty("answer").GetString()!)];
        Assert.Equal(count, answers.Length);
        Assert.All(answers, answer => Assert.Contains("#### ", answer, StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Tiny_shakespeare_has_its_characters()
    {
        string text = TextFile.ReadAll(SharedData.Require("tiny-shakespeare", "input.txt"));
        Assert.Equal(1_115_394, text.Length);
        Assert.Equal(65, text.Distinct().Count());
    }

    [SkippableFact]
    public void The_index_of_the_spoken_digits_has_a_header()
    {
        using DelimitedReader reader = new(SharedData.Require("fsdd-small", "index.csv"), DelimitedOptions.Csv);
        int split = reader.Column("split");
        Assert.Equal(300, reader.Records().Count(record => record.Fields[split] == "test"));
    }

    [SkippableTheory]
    [InlineData("cora/edges.tsv", 5278)]
    [InlineData("cora/split.tsv", 2708)]
    [InlineData("cranfield/beir/qrels/test.tsv", 1837)]
    public void Tables_of_the_shared_data_have_their_rows(string path, int rows)
    {
        using DelimitedReader reader = new(SharedData.Require(path.Split('/')), DelimitedOptions.Tsv);
        Assert.Equal(rows, reader.Records().Count());
    }

    [SkippableTheory]
    [InlineData("cranfield/beir/corpus.jsonl", 1400)]
    [InlineData("cranfield/beir/queries.jsonl", 225)]
    public void Documents_of_the_shared_data_have_a_text(string path, int count) =>
        Assert.Equal(count, JsonLines.Read(SharedData.Require(path.Split('/'))).Count(line => line.Value.TryGetProperty("text", out _)));

    [SkippableTheory]
    [InlineData("trec-qc/train_5500.label", 5452)]
    [InlineData("trec-qc/TREC_10.label", 500)]
    public void Lines_of_the_shared_data_are_counted(string path, int count) =>
        Assert.Equal(count, TextFile.Lines(SharedData.Require(path.Split('/'))).Count(line => line.Length > 0));

    [SkippableTheory]
    [InlineData("wnut17/wnut17train.conll")]
    [InlineData("domain-corpora/science/train.txt")]
    [InlineData("domain-corpora/politics/valid.txt")]
    public void Reading_lines_and_reading_all_agree(string path)
    {
        string file = SharedData.Require(path.Split('/'));
        string all = TextFile.ReadAll(file).ReplaceLineEndings("\n");
        Assert.Equal(all.TrimEnd('\n'), string.Join('\n', TextFile.Lines(file)).TrimEnd('\n'));
    }
}
