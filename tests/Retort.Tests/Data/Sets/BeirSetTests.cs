using Retort.Data;
using Retort.Data.Sets;
using Retort.Torch;

namespace Retort.Tests.Data.Sets;

public sealed class BeirSetTests
{
    private const string Passages = """
        {"_id": "a", "text": "The wing, the FLOW"}
        {"_id": "b", "text": "the heat of plates"}
        {"_id": "c", "text": ""}
        {"_id": "d", "text": "the wing wing"}
        """;

    private const string Queries = """
        {"_id": "1", "text": "the wing?"}
        {"_id": "2", "text": "heat"}
        {"_id": "3", "text": "nothing answers this"}
        """;

    private const string Judged = "query-id\tcorpus-id\tscore\n1\ta\t2\n1\td\t1\n1\tb\t0\n2\tb\t4\n";

    [Fact]
    public void Pairs_are_a_relevant_passage_and_then_one_that_nobody_judged_so()
    {
        using TemporaryFolder folder = Files(Judged);
        using var scope = new TensorScope();
        Dataset train = (Set with { TestFraction = 0, Draws = 3 }).Load(folder.Path, "train");
        Assert.Equal(9, train.Count);
        Assert.Equal([3L, 4], train.SampleShape);
        Batch batch = train.Gather([.. Enumerable.Range(0, 9)]);
        Assert.All(batch.Labels.ToArray<long>(), label => Assert.Equal(0, label));
        long[] all = batch.Input.ToArray<long>();
        long wing = all[0];
        Assert.InRange(wing, 1, 8191);
        for (int k = 0; k < 6; k++)
        {
            // "the" is in three of four passages, so a text of the first query has the wing and perhaps the flow.
            Assert.Equal([wing, 0, 0, 0], all[(k * 12)..(k * 12 + 4)]);
            Assert.Equal(wing, all[k * 12 + 4]);
            Assert.DoesNotContain(wing, all[(k * 12 + 8)..(k * 12 + 12)]);
        }

        Assert.Equal(train.Fingerprint, (Set with { TestFraction = 0, Draws = 3 }).Load(folder.Path, "train").Fingerprint);
    }

    [Fact]
    public void A_sample_may_have_several_others()
    {
        using TemporaryFolder folder = Files(Judged);
        using var scope = new TensorScope();
        Dataset train = (Set with { TestFraction = 0, Draws = 2, Others = 3 }).Load(folder.Path, "train");
        Assert.Equal([5L, 4], train.SampleShape);
        Assert.Equal(6, train.Count);
        long[] first = train.Gather([0]).Input.ToArray<long>();
        Assert.All(Enumerable.Range(2, 3), row => Assert.DoesNotContain(first[4], first[(row * 4)..(row * 4 + 4)]));
    }

    [Fact]
    public void To_be_tested_a_query_has_all_passages_and_their_grades()
    {
        using TemporaryFolder folder = Files(Judged);
        using var scope = new TensorScope();
        Dataset test = (Set with { TestFraction = 0.5 }).Load(folder.Path, "test"), train = (Set with { TestFraction = 0.5 }).Load(folder.Path, "train");
        Assert.Equal(1, test.Count);
        Assert.Equal([5L, 4], test.SampleShape);
        float[] grades = test.Gather([0])["relevance"].ToArray<float>();
        bool first = grades[0] > 0;
        Assert.Equal(first ? [2, 0, 0, 1] : [0, 4, 0, 0], grades);
        Assert.Equal(first ? 8 : 16, train.Count);
    }

    [Theory]
    [InlineData("query-id\tcorpus-id\tscore\n1\tx\t2\n", "line 2", "there is no passage 'x'")]
    [InlineData("query-id\tcorpus-id\tscore\n9\ta\t2\n", "line 2", "there is no query '9'")]
    [InlineData("query-id\tcorpus-id\tscore\n1\ta\tbest\n", "line 2", "the score 'best' is no number")]
    [InlineData("query-id\tcorpus\tscore\n1\ta\t1\n", "header", "there is no column 'corpus-id'")]
    public void A_wrong_judgement_is_said_with_its_line(string judged, string place, string expected)
    {
        using TemporaryFolder folder = Files(judged);
        DataFormatException error = Assert.Throws<DataFormatException>(() => Set.Load(folder.Path, "train"));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Cranfield_has_its_questions_and_abstracts()
    {
        string root = SharedData.Require("cranfield");
        Dataset train = new Cranfield().Load(root, "train"), test = new Cranfield().Load(root, "test");
        Assert.Equal(90, test.Count);
        Assert.Equal([1401L, 64], test.SampleShape);
        Assert.Equal(0, train.Count % 8);
        using var scope = new TensorScope();
        int development = (new Cranfield { DevelopmentFraction = 0.2 }).Load(root, "development").Count;
        Assert.Equal(45, development);
        int judged = Enumerable.Range(0, 90).Sum(k => test.Gather([k])["relevance"].ToArray<float>().Count(g => g > 0));
        Assert.Equal(1837, judged + train.Count / 8);
    }

    private static BeirSet Set => new() { Length = 4, CommonShare = 0.5 };

    private static TemporaryFolder Files(string judged)
    {
        var folder = new TemporaryFolder();
        folder.Write("corpus.jsonl", Passages);
        folder.Write("queries.jsonl", Queries);
        Directory.CreateDirectory(Path.Combine(folder.Path, "qrels"));
        File.WriteAllText(Path.Combine(folder.Path, "qrels", "test.tsv"), judged);
        return folder;
    }
}
