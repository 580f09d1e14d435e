using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Retort.Data.Formats;

namespace Retort.Data.Sets;

/// <summary>A retrieval collection in BEIR's layout: passages, queries, and judgements of which answers which.</summary>
/// <remarks>
/// <para>A sample is a query and passages: int64 [1 + P, length], row 0 the query, words as numbers from 1, 0 for padding. Of
/// <c>train</c> the first passage is a relevant one, the others are some that nobody judged relevant; the label is 0, the place
/// of the relevant one. Of
/// <c>development</c> and <c>test</c> the passages are all there are, and the field <c>relevance</c> [P] has their
/// grades.</para>
/// <para>Words are letters and digits, in lower case; those in more than a share of the passages are left out; the others are
/// hashed. The queries are divided once and for all; a query without a relevant passage is left out.</para>
/// </remarks>
[Dataset("beir")]
public record BeirSet : DatasetOptions
{
    private static readonly string[] Places = ["relevant", "other"];

    /// <summary>The folder of the files in the data's folder.</summary>
    public virtual string Folder { get; init; } = ".";

    /// <summary>Judgements: a table with the columns <c>query-id</c>, <c>corpus-id</c> and <c>score</c>; above 0 is
    /// relevant.</summary>
    public string Judgements { get; init; } = "qrels/test.tsv";

    /// <summary>Words of a query or passage; longer ones are cut off.</summary>
    [Range(1, 1 << 16)]
    public int Length { get; init; } = 64;

    /// <summary>Numbers that words are hashed to, padding included.</summary>
    [Range(2, 1 << 24)]
    public int Vocabulary { get; init; } = 8192;

    /// <summary>Words in more than this share of the passages are left out.</summary>
    [Range(0.0, 1.0)]
    public double CommonShare { get; init; } = 0.1;

    /// <summary>Training samples for each relevant passage, each beside others drawn anew.</summary>
    [Range(1, 10_000)]
    public int Draws { get; init; } = 8;

    /// <summary>Passages of a training sample beside the relevant one.</summary>
    [Range(1, 1000)]
    public int Others { get; init; } = 1;

    /// <summary>Share of the queries that are held out for <c>test</c>.</summary>
    [Range(0.0, 0.9)]
    public double TestFraction { get; init; } = 0.4;

    /// <summary>Share of the queries that are held out for the split <c>development</c>, by which settings are chosen.</summary>
    [Range(0.0, 0.9)]
    public double DevelopmentFraction { get; init; }

    /// <inheritdoc/>
    public override string Task => "ranking";

    /// <summary>What the set calls itself in messages and reports.</summary>
    protected virtual string SetName => "beir";

    /// <inheritdoc/>
    public override Dataset Load(string root, string split)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (split is not ("train" or "development" or "test"))
            throw new DataFormatException(root, split, $"has no split '{split}'; the splits are train, development and test");
        bool learns = split == "train";
        string folder = Path.Combine(root, Folder);
        List<KeyValuePair<string, string[]>> passages = Texts(Path.Combine(folder, "corpus.jsonl"));
        List<KeyValuePair<string, string[]>> queries = Texts(Path.Combine(folder, "queries.jsonl"));
        HashSet<string> common = Common(passages);
        string judgements = Path.Combine(folder, Judgements);
        var grades = new Grades(judgements, [.. queries.Select(q => q.Key)], [.. passages.Select(p => p.Key)]);
        int[] judged = [.. Enumerable.Range(0, queries.Count).Where(q => grades.Of(q).Count > 0)];
        int[] order = RandomStream.Derive(0, 0xBE12).Permutation(judged.Length);
        int tested = (int)(TestFraction * judged.Length);
        int held = Math.Min(judged.Length, tested + (int)(DevelopmentFraction * judged.Length));
        int[] part = split switch { "test" => order[..tested], "development" => order[tested..held], _ => order[held..] };
        int[] chosen = [.. part.Select(k => judged[k]).Order()];
        var source = new RankingSource(
            Numbers(queries, common), Numbers(passages, common), Length, grades, chosen, learns ? Draws : 0, Others);
        if (source.Count == 0)
            throw new DataFormatException(judgements, split, "leaves no query with a relevant passage");
        long[] labels = new long[source.Count];
        if (!learns)
            Array.Fill(labels, Dataset.NoLabel);
        return Dataset.Of(SetName, split, source, labels, learns ? Places : []);
    }

    private static List<KeyValuePair<string, string[]>> Texts(string path)
    {
        if (!File.Exists(path))
            throw new DataFormatException(path, "file", "there is no such file");
        var found = new List<KeyValuePair<string, string[]>>();
        foreach (JsonLine line in JsonLines.Read(path))
            found.Add(new(Field(line, "_id", path), [.. Words(Field(line, "text", path))]));
        return found.Count > 0 ? found : throw new DataFormatException(path, "file", "there are no objects");
    }

    private static string Field(JsonLine line, string name, string path) =>
        line.Value.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new DataFormatException(path, $"line {line.Number}", $"there is no text '{name}'");

    private static IEnumerable<string> Words(string text)
    {
        int start = 0;
        string lower = text.ToLowerInvariant();
        for (int k = 0; k <= lower.Length; k++)
        {
            if (k < lower.Length && char.IsAsciiLetterOrDigit(lower[k]))
                continue;
            if (k > start)
                yield return lower[start..k];
            start = k + 1;
        }
    }

    private HashSet<string> Common(List<KeyValuePair<string, string[]>> passages)
    {
        var counts = new Dictionary<string, int>();
        foreach (string word in passages.SelectMany(p => p.Value.Distinct()))
            counts[word] = counts.GetValueOrDefault(word) + 1;
        return [.. counts.Where(c => c.Value > CommonShare * passages.Count).Select(c => c.Key)];
    }

    private long[][] Numbers(List<KeyValuePair<string, string[]>> texts, HashSet<string> common) =>
        [.. texts.Select(t => t.Value.Where(w => !common.Contains(w)).Take(Length).Select(Number).ToArray())];

    // FNV-1a: the same number on every machine.
    private long Number(string word)
    {
        uint hash = 2166136261;
        foreach (char letter in word)
            hash = unchecked((hash ^ letter) * 16777619);
        return 1 + (hash % (uint)(Vocabulary - 1));
    }

    /// <summary>Which passages answer which query, and how well.</summary>
    internal sealed class Grades
    {
        private readonly SortedDictionary<int, float>[] _ofQuery;

        public Grades(string path, IReadOnlyList<string> queries, IReadOnlyList<string> passages)
        {
            if (!File.Exists(path))
                throw new DataFormatException(path, "file", "there is no such file");
            Dictionary<string, int> placeOfQuery = Index(queries), placeOfPassage = Index(passages);
            _ofQuery = [.. queries.Select(_ => new SortedDictionary<int, float>())];
            using var table = new DelimitedReader(path, new DelimitedOptions { Delimiter = '\t', HasHeader = true });
            int query = table.Column("query-id"), passage = table.Column("corpus-id"), score = table.Column("score");
            foreach (DelimitedRecord record in table.Records())
            {
                string text = record.Fields[score];
                if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float grade)
                    || !float.IsFinite(grade))
                {
                    throw new DataFormatException(path, $"line {record.Line}", $"the score '{text}' is no number");
                }
                int of = Place(placeOfQuery, record.Fields[query], "query", path, record.Line);
                int place = Place(placeOfPassage, record.Fields[passage], "passage", path, record.Line);
                if (grade > 0)
                    _ofQuery[of][place] = grade;
            }
        }

        /// <summary>The relevant passages of a query with their grades, by place.</summary>
        public IReadOnlyDictionary<int, float> Of(int query) => _ofQuery[query];

        private static Dictionary<string, int> Index(IReadOnlyList<string> names)
        {
            var places = new Dictionary<string, int>();
            for (int k = 0; k < names.Count; k++)
                places[names[k]] = k;
            return places;
        }

        private static int Place(Dictionary<string, int> places, string name, string what, string path, long line) =>
            places.TryGetValue(name, out int place)
                ? place
                : throw new DataFormatException(path, $"line {line}", $"there is no {what} '{name}'");
    }
}
