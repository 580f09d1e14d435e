using System.Globalization;
using Retort.Data;
using Retort.Distillation;
using Retort.Runs;
using Retort.Stages;

namespace Retort.Caching;

/// <summary>The caches among a training's teachers, opened and compared with what the training needs.</summary>
internal sealed class TeacherCaches : IDisposable
{
    private readonly StageContext _context;
    private readonly Dictionary<string, (CacheStageOptions Stage, OutputCache Cache)> _caches = [];

    private TeacherCaches(StageContext context) => _context = context;

    /// <summary>Where the training's augmentation is from; null for its own.</summary>
    public Replay? Replay { get; private set; }

    /// <summary>Opens those of a stage's teachers that are caches.</summary>
    /// <param name="context">The stage's.</param>
    /// <param name="teachers">Names of stages and roles.</param>
    /// <param name="augmentEpochs">Epochs after which the training's augmentation begins anew, or null.</param>
    /// <exception cref="RunException">A cache is missing, damaged, or of something else.</exception>
    public static TeacherCaches Open(StageContext context, IEnumerable<string> teachers, int? augmentEpochs)
    {
        var caches = new TeacherCaches(context) { Replay = augmentEpochs is null ? null : new Replay { Epochs = augmentEpochs } };
        try
        {
            foreach (string name in teachers)
            {
                if (context.CacheCalled(name) is { } stage)
                    caches.Add(name, stage.Options, stage.Folder);
            }

            return caches;
        }
        catch
        {
            caches.Dispose();
            throw;
        }
    }

    /// <summary>A teacher's role; the network of one whose answers are cached is loaded only where a criterion asks for
    /// it.</summary>
    public Role Teacher(string name)
    {
        if (!_caches.TryGetValue(name, out (CacheStageOptions Stage, OutputCache Cache) found))
            return _context.Trained(name);
        return new Role(name, () =>
        {
            Role teacher = _context.Trained(found.Stage.Teacher);
            teacher.Model.SetTrainable(false);
            return teacher.Model;
        });
    }

    /// <summary>What answers for a teacher, where its answers are cached; else null.</summary>
    /// <exception cref="ArgumentException">The cache does not keep one of the taps.</exception>
    public ITeacher? Answering(Role role, IEnumerable<TapPath> taps) =>
        _caches.TryGetValue(role.Name, out (CacheStageOptions Stage, OutputCache Cache) found)
        ? new CachedTeacher(role.Name, found.Cache, taps, _context.Device)
        : null;

    /// <summary>Compares the samples, and the batches where they matter, with what the teachers were asked about.</summary>
    /// <exception cref="RunException">They differ; the message names both sides.</exception>
    public void RequireSamples(Loader loader)
    {
        foreach ((string name, (_, OutputCache cache)) in _caches)
        {
            string batches = CacheSource.Batches(_context.Data, loader);
            if (cache.Identity.Batches != batches)
                throw Differs(name, $"its batches are '{cache.Identity.Batches}' in the cache, and '{batches}' in the stage, "
                    + $"and the augmentation mixes the samples of a batch");
            foreach (long id in loader.Data.Ids)
            {
                if (!cache.Has(id))
                {
                    throw Differs(name, string.Create(CultureInfo.InvariantCulture,
                        $"the stage trains on sample {id} among its {loader.Data.Count}, and the cache holds {cache.Samples} "
                            + $"others; give both the same `train_samples` and seed, or the cache none"));
                }
            }
        }
    }

    public void Dispose()
    {
        foreach ((_, OutputCache cache) in _caches.Values)
            cache.Dispose();
        _caches.Clear();
    }

    private void Add(string name, CacheStageOptions stage, string folder)
    {
        OutputCache cache = OutputCache.Open(folder);
        _caches[name] = (stage, cache);
        CacheIdentity wanted =
            CacheSource.Identity(_context, stage.Teacher, stage.Contents, cache.Identity.Seed, cache.Identity.Batches);
        if (wanted.Difference(cache.Identity, "in the stage", "in the cache") is { } difference)
            throw Differs(name, difference);
        if (cache.Seed is not { } seed)
            return;
        if (Replay?.Seed is { } other && other != seed)
            throw Differs(name, $"its augmentation has the seed {seed}, and that of another cached teacher has {other}");
        Replay = new Replay { Seed = seed, Epochs = Replay?.Epochs };
    }

    private RunException Differs(string name, string difference) =>
        new($"stage '{_context.Stage}' cannot learn from the cache '{name}': {difference}.", isInputWrong: true);
}
