using Retort.Asking;
using Retort.Data;
using Retort.Tests.Data;

namespace Retort.Tests.Asking;

public sealed class ReplyJournalTests
{
    [Fact]
    public void Cut_off_anywhere_it_opens_with_every_whole_answer_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "replies.jsonl");
        using (ReplyJournal journal = ReplyJournal.Open(path))
        {
            for (int k = 0; k < 3; k++)
                journal.Add(new Reply { Key = $"{k}", Text = $"line\n{k}", OutputTokens = k });
        }

        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            int lines = whole[..length].Count(b => b == '\n');
            using (ReplyJournal journal = ReplyJournal.Open(path))
            {
                Assert.Equal(lines, journal.Count);
                journal.Add(new Reply { Key = "new", Text = "after" });
            }

            using ReplyJournal again = ReplyJournal.Open(path);
            Assert.Equal(lines + 1, again.Count);
            Assert.Equal("after", again.Find("new")!.Text);
            Assert.Equal(lines > 2 ? "line\n2" : null, again.Find("2")?.Text);
        }
    }

    [Theory]
    [InlineData("{\"key\":\"a\",\"text\":\n{\"key\":\"b\",\"text\":\"t\"}\n", "line 1")]
    [InlineData("{\"key\":\"b\",\"text\":\"t\"}\nnull\n", "line 2")]
    [InlineData("{\"key\":\"b\",\"text\":\"t\"}\n{\"text\":\"t\"}\n", "line 2")]
    public void Damaged_before_its_end_it_says_where(string text, string place)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("replies.jsonl", text);
        DataFormatException error = Assert.Throws<DataFormatException>(() => ReplyJournal.Open(path));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
    }

    [Fact]
    public void Two_cannot_write_one_journal()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "replies.jsonl");
        using ReplyJournal journal = ReplyJournal.Open(path);
        Assert.Throws<IOException>(() => ReplyJournal.Open(path));
    }
}
