using System.Text.Json.Nodes;
using Retort.Caching;
using Retort.Data.Transforms;
using Retort.Distillation;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Caching;

[Collection("default generator")]
public sealed class OutputCacheFilesTests : IDisposable
{
    private static readonly CacheContents Contents = new();
    private readonly CacheFixture _fixture = new(new RandomCropOptions { Padding = 2 });

    // Files of a batch each: 5 an epoch.
    private CacheJob Job(ITeacher teacher) => _fixture.Job(Contents, teacher, epochs: 2) with { FileBytes = 1, Continue = true };

    [Fact]
    public void Stopped_and_continued_it_has_the_same_files()
    {
        string[] whole = Files(null);
        Assert.Equal(10, whole.Length);
        Directory.Delete(_fixture.Folder, recursive: true);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Files((done, _) =>
        {
            if (done == 4)
                stop.Cancel();
        }, stop.Token));
        Assert.Contains("not finished", Assert.Throws<RunException>(() => OutputCache.Open(_fixture.Folder)).Message,
            StringComparison.Ordinal);
        var asked = new List<long>();
        Assert.Equal(whole, Files((done, _) => asked.Add(done)));
        Assert.Equal([5L, 6, 7, 8, 9, 10], asked);
    }

    [Fact]
    public void What_is_damaged_is_asked_again_and_nothing_else()
    {
        string[] whole = Files(null);
        Damage("epoch-1-000002.safetensors");
        var asked = new List<long>();
        Assert.Equal(whole, Files((done, _) => asked.Add(done)));
        Assert.Equal([8L], asked);
    }

    [Fact]
    public void More_epochs_keep_those_that_are_there()
    {
        Files(null);
        using var teacher = new FrozenTeacher(_fixture.Teacher, []);
        var asked = new List<long>();
        OutputCacheWriter.Write(Job(teacher) with { Epochs = 3, Progressed = (done, _) => asked.Add(done) });
        Assert.Equal([11L, 12, 13, 14, 15], asked);
    }

    [Fact]
    public void Batches_of_another_size_keep_whole_epochs_alone()
    {
        Files(null);
        File.Delete(Path.Combine(_fixture.Folder, "epoch-1-000002.safetensors"));
        using var teacher = new FrozenTeacher(_fixture.Teacher, []);
        OutputCacheWriter.Write(Job(teacher) with { Loader = _fixture.Data.EachOnce(CacheFixture.Seed, batchSize: 54) });
        using OutputCache cache = OutputCache.Open(_fixture.Folder);
        Assert.Equal([0, 0, 0, 0, 0, 1, 1], cache.Index.Shards.Select(s => s.Epoch));
        Assert.True(cache.Has(id: 107, epoch: 1));
    }

    [Theory]
    [InlineData("a byte", "hash")]
    [InlineData("the end", "bytes")]
    [InlineData("all", "not there")]
    public void A_damaged_file_is_named(string what, string said)
    {
        Files(null);
        string path = Path.Combine(_fixture.Folder, "epoch-1-000002.safetensors");
        if (what == "a byte")
            Damage("epoch-1-000002.safetensors");
        else if (what == "the end")
            File.WriteAllBytes(path, File.ReadAllBytes(path)[..^7]);
        else
            File.Delete(path);
        var error = Assert.Throws<RunException>(() => OutputCache.Open(_fixture.Folder));
        Assert.True(error.IsInputWrong);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("retort_cache", "2", "version 2")]
    [InlineData("epochs", "0", "0 epochs")]
    [InlineData("shapes", "[[36, -1]]", "shapes")]
    [InlineData("shapes", "[[36, 1099511627776, 1099511627776]]", "shapes")]
    [InlineData("taps", "[\"a b\"]", "no tap")]
    [InlineData("taps", "[null]", "null")]
    [InlineData("shards", "[null]", "null")]
    [InlineData("shards", "[{\"file\":\"../x\",\"epoch\":0,\"first_step\":0,\"rows\":1,\"bytes\":1,\"sha256\":\"\"}]", "'../x'")]
    [InlineData("shards", "{}", "no index")]
    [InlineData("identity", "null", "index.json")]
    public void A_hostile_index_is_refused(string key, string value, string said)
    {
        Files(null);
        string path = Path.Combine(_fixture.Folder, "index.json");
        JsonObject index = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        index[key] = JsonNode.Parse(value);
        File.WriteAllText(path, index.ToJsonString());
        var error = Assert.Throws<RunException>(() => OutputCache.Open(_fixture.Folder));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shared_cache_of_something_else_is_refused_with_both_sides()
    {
        Files(null);
        using var teacher = new FrozenTeacher(_fixture.Teacher, []);
        CacheIdentity other = CacheFixture.Identity(Contents) with { Weights = "sha256:6" };
        CacheJob job = Job(teacher) with { Identity = other, Refuse = true };
        var error = Assert.Throws<RunException>(() => OutputCacheWriter.Write(job));
        Assert.Contains("'sha256:6' in the recipe, and 'sha256:5' in the cache", error.Message, StringComparison.Ordinal);
        OutputCacheWriter.Write(job with { Refuse = false });
        Assert.Equal("sha256:6", OutputCache.Open(_fixture.Folder).Identity.Weights);
    }

    [Fact]
    public void A_shared_folder_with_other_files_is_left_alone()
    {
        Directory.CreateDirectory(_fixture.Folder);
        File.WriteAllText(Path.Combine(_fixture.Folder, "epoch-thesis.safetensors"), "years");
        using var teacher = new FrozenTeacher(_fixture.Teacher, []);
        Assert.Contains("no cache",
            Assert.Throws<RunException>(() => OutputCacheWriter.Write(Job(teacher) with { Refuse = true })).Message,
        StringComparison.Ordinal);
        Assert.Equal("years", File.ReadAllText(Path.Combine(_fixture.Folder, "epoch-thesis.safetensors")));
    }

    [Fact]
    public void An_epoch_or_a_sample_that_was_not_asked_about_is_named()
    {
        using OutputCache cache = _fixture.Cache(Contents, epochs: 2);
        Assert.Contains("augment_epochs: 2", Assert.Throws<RunException>(() => cache.Answers("t", 2, [0], Device.Cpu)).Message,
            StringComparison.Ordinal);
        Assert.Contains("sample 5000", Assert.Throws<RunException>(() => cache.Answers("t", 1, [5000], Device.Cpu)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_kept_is_said()
    {
        using var huge = new Said(Tensor.Full([24, 36], 1e5));
        Assert.Contains("precision: float32", Refused(new CacheContents(), huge), StringComparison.Ordinal);
        using var wrong = new Said(Tensor.Full([24, 36], double.NaN));
        Assert.Contains("not finite", Refused(new CacheContents { Half = false }, wrong), StringComparison.Ordinal);
        using var few = new Said(Tensor.Ones(24, 3));
        Assert.Contains("more than 3 classes", Refused(new CacheContents { TopK = 3 }, few), StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(_fixture.Folder) ? Directory.GetFileSystemEntries(_fixture.Folder) : []);
    }

    public void Dispose() => _fixture.Dispose();

    private string Refused(CacheContents contents, ITeacher teacher) =>
        Assert.Throws<RunException>(() => OutputCacheWriter.Write(_fixture.Job(contents, teacher))).Message;

    private string[] Files(Action<long, long>? progressed, CancellationToken stop = default)
    {
        using var teacher = new FrozenTeacher(_fixture.Teacher, []);
        OutputCacheWriter.Write(Job(teacher) with { Progressed = progressed }, stop);
        using OutputCache cache = OutputCache.Open(_fixture.Folder);
        return [.. cache.Index.Shards.Select(s => $"{s.File} {s.Rows} {s.Sha256}").Order(StringComparer.Ordinal)];
    }

    private void Damage(string file)
    {
        string path = Path.Combine(_fixture.Folder, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^3] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    private sealed class Said(Tensor output) : ITeacher
    {
        public string Name => "said";

        public RoleSignals Run(Retort.Data.Batch batch) => new(Name, output);

        public void Dispose() => output.Dispose();
    }
}
