using Retort.Caching;
using Retort.Data;
using Retort.Data.Sets;
using Retort.Distillation;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Runs;
using Retort.Tests.Data;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Caching;

/// <summary>A small teacher, a little data, and a folder for what it says.</summary>
internal sealed class CacheFixture : IDisposable
{
    public const ulong Seed = 11;
    private readonly TensorScope _scope = new();
    private readonly TemporaryFolder _folder = new();
    private readonly Module _model;

    public CacheFixture(params IReadOnlyList<TransformOptions> augment)
    {
        Data = new DataProvider(
            new DataOptions { Dataset = new GlyphSet { Train = 108, Test = 36 }, BatchSize = 24, Augment = augment });
        Engine.ManualSeed(5);
        _model = new SmallCnnOptions { InChannels = 1, Width = 4, Classes = 36 }.Build();
        Teacher = new Role("teacher", _model);
    }

    public DataProvider Data { get; }

    public Role Teacher { get; }

    public string Folder => Path.Combine(_folder.Path, "outputs");

    public static CacheIdentity Identity(CacheContents contents) => new()
    {
        Teacher = "small-cnn",
        Weights = "sha256:5",
        Data = "glyphs/train",
        Preparation = "as it is",
        Seed = "11",
        Batches = "any",
        Contents = contents.ToString(),
    };

    public CacheJob Job(CacheContents contents, ITeacher teacher, int epochs = 1) => new()
    {
        Folder = Folder,
        Identity = Identity(contents),
        Contents = contents,
        Teacher = teacher,
        Loader = Data.EachOnce(Seed),
        Epochs = epochs,
        Seed = Data.IsConstant ? null : Seed,
    };

    public OutputCache Cache(CacheContents contents, int epochs = 1)
    {
        using var teacher = new FrozenTeacher(Teacher, contents.Taps);
        OutputCacheWriter.Write(Job(contents, teacher, epochs));
        return OutputCache.Open(Folder);
    }

    /// <summary>Every batch of some epochs with what the teacher says to it now.</summary>
    public IEnumerable<(Batch Batch, RoleSignals Live)> Asked(Loader loader, int epochs, params IReadOnlyList<TapPath> taps)
    {
        using var teacher = new FrozenTeacher(Teacher, taps);
        teacher.Run(Data.EachOnce(Seed).Epoch(0).First());
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            foreach (Batch batch in loader.Epoch(epoch))
                yield return (batch, teacher.Run(batch));
        }
    }

    public void Dispose()
    {
        Data.Dispose();
        _model.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }
}
