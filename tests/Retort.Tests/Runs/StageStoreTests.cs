using Retort.Runs;
using Retort.Tests.Data;

namespace Retort.Tests.Runs;

public sealed class StageStoreTests : IDisposable
{
    private const string Key = "ab12cd";
    private readonly TemporaryFolder _folder = new();
    private readonly Warnings _warnings = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stage_that_was_kept_is_taken_with_all_its_files()
    {
        StageStore store = Kept();
        string into = In("second");
        Assert.True(store.TryTake(Key, into));
        Assert.Equal("weights", File.ReadAllText(Path.Combine(into, "model.safetensors")));
        Assert.Equal("deep", File.ReadAllText(Path.Combine(into, "more", "curve.txt")));
        Assert.True(File.Exists(Path.Combine(into, "done.json")));
        Assert.Empty(_warnings.All);
    }

    [Fact]
    public void What_a_run_changes_in_its_copy_stays_its_own()
    {
        StageStore store = Kept();
        store.TryTake(Key, In("second"));
        File.WriteAllText(Path.Combine(In("second"), "model.safetensors"), "spoiled");
        store.TryTake(Key, In("third"));
        Assert.Equal("weights", File.ReadAllText(Path.Combine(In("third"), "model.safetensors")));
    }

    [Fact]
    public void Another_key_finds_nothing_and_leaves_what_is_there()
    {
        StageStore store = Kept();
        _folder.Write("second/done.json", "mine");
        Assert.False(store.TryTake("ab99", In("second")));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(In("second"), "done.json")));
    }

    [Fact]
    public void A_file_cut_short_makes_the_stage_unknown_until_it_is_kept_again()
    {
        StageStore store = Kept();
        string file = Directory.GetFiles(In("store"), "model.safetensors", SearchOption.AllDirectories).Single();
        File.WriteAllText(file, "wei");
        Assert.False(store.TryTake(Key, In("second")));
        store.Keep(Key, In("first"), _warnings);
        Assert.True(store.TryTake(Key, In("second")));
    }

    [Fact]
    public void A_name_that_leads_out_of_the_folder_is_refused()
    {
        StageStore store = Kept();
        _folder.Write("store/outside", "secret");
        string list = Directory.GetFiles(In("store"), ".files", SearchOption.AllDirectories).Single();
        File.AppendAllText(list, "\n6 ../../outside");
        Assert.False(store.TryTake(Key, In("second")));
    }

    [Fact]
    public async Task Many_may_keep_the_same_stage_at_once()
    {
        var store = new StageStore(In("store"));
        WriteStage("first");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => store.Keep(Key, In("first"), new Warnings()))));
        Assert.True(store.TryTake(Key, In("second")));
        Assert.DoesNotContain(Directory.GetDirectories(In("store")), d => Path.GetFileName(d).StartsWith('.'));
    }

    [Fact]
    public async Task A_stage_that_lies_there_is_never_taken_apart_by_another_that_keeps_it()
    {
        WriteStage("first");
        for (int round = 0; round < 50; round++)
        {
            var store = new StageStore(In($"store-{round}"));
            var warnings = new Warnings();
            string into = In($"taken-{round}");
            await Task.WhenAll(Enumerable.Range(0, 4).Select(k => Task.Run(() =>
            {
                store.Keep(Key, In("first"), warnings);
                Assert.True(store.TryTake(Key, $"{into}-{k}"));
            })));
            Assert.Empty(warnings.All);
        }
    }

    [Fact]
    public void A_store_that_cannot_be_written_is_a_warning()
    {
        _folder.Write("store", "a file");
        WriteStage("first");
        new StageStore(In("store")).Keep(Key, In("first"), _warnings);
        Assert.Contains("could not be shared", Assert.Single(_warnings.All), StringComparison.Ordinal);
    }

    private StageStore Kept()
    {
        WriteStage("first");
        var store = new StageStore(In("store"));
        store.Keep(Key, In("first"), _warnings);
        return store;
    }

    private void WriteStage(string folder)
    {
        _folder.Write($"{folder}/model.safetensors", "weights");
        _folder.Write($"{folder}/more/curve.txt", "deep");
        _folder.Write($"{folder}/done.json", "{}");
    }

    private string In(string path) => Path.Combine(_folder.Path, path);

    private sealed class Warnings : IRunProgress
    {
        public List<string> All { get; } = [];

        public void RunStarted(string recipe, string folder, int stages)
        {
        }

        public void StageStarted(string stage, long seed, long resumedAt)
        {
        }

        public void StageReused(string stage, long seed)
        {
        }

        public void Stepped(in TrainingProgress progress)
        {
        }

        public void Measured(string stage, long seed, IReadOnlyList<KeyValuePair<string, double>> figures)
        {
        }

        public void Warned(string message) => All.Add(message);

        public void StageFinished(string stage, long seed, double wallSeconds)
        {
        }
    }
}
