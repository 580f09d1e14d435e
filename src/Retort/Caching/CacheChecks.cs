using Retort.Distillation;
using Retort.Runs;
using Retort.Stages;
using Retort.Training;

namespace Retort.Caching;

/// <summary>Says before a run what of a training its cached teachers could not answer.</summary>
internal static class CacheChecks
{
    public static void Check(RecipePlan plan, TrainStage stage, TrainStageOptions options)
    {
        for (int k = 0; k < options.Teachers.Count; k++)
        {
            if (plan.CacheBefore(options.Teachers[k]) is { } cache)
                Check(plan, stage, options, cache, (CacheStageOptions)cache.Options, k);
        }
    }

    private static void Check(
        RecipePlan plan, TrainStage stage, TrainStageOptions options, CacheStage cache, CacheStageOptions kept, int item)
    {
        string name = options.Teachers[item];
        if (options.Trainer.MakesBatches)
        {
            plan.Report(
                options, nameof(options.Teachers),
                $"the cache '{name}' answers for the data's samples, and the stage's trainer makes batches itself",
                $"the teacher itself: {kept.Teacher}", item);
        }

        if (options.TrainOn is { } made)
        {
            plan.Report(
                options, nameof(options.Teachers),
                $"the cache '{name}' answers for the data's training split, and the stage trains on what '{made}' made",
                $"the teacher itself: {kept.Teacher}", item);
        }

        if (plan.DataOf(stage) is { } own && plan.DataOf(cache) is { } other)
        {
            RequireSame(CacheSource.Samples(other, plan.Registry), CacheSource.Samples(own, plan.Registry));
            RequireSame(CacheSource.Preparation(other, plan.Registry), CacheSource.Preparation(own, plan.Registry));
            double needed = Math.Min(Math.Ceiling(options.Epochs), options.AugmentEpochs ?? double.PositiveInfinity);
            if (own.Augment.Count > 0 && needed > kept.Epochs)
            {
                plan.Report(
                    options, options.AugmentEpochs is null ? nameof(options.Epochs) : nameof(options.AugmentEpochs),
                    FormattableString.Invariant(
                        $"the stage shows {needed} epochs of augmentation, and the teacher of '{name}' saw {kept.Epochs}"),
                    FormattableString.Invariant(
                        $"augment_epochs: {kept.Epochs}, which shows them again, or more `epochs:` in the cache"));
            }
        }

        foreach (CriterionOptions criterion in options.Criteria.Where(c => c.From is null || c.From == name))
        {
            using Criterion term = plan.Registry.Create<Criterion>(criterion);
            foreach (TapRequest tap in term.Taps.Where(t => t.Role == TapRole.Teacher && t.Path.Auxiliary is null))
                RequireKept(criterion, tap.Property, tap.Path, tap.Item);

            if (term.Inputs.FirstOrDefault(i => i.Teacher) is { } input)
            {
                plan.Report(
                    options, nameof(options.Teachers),
                    $"'{plan.Registry.ComponentOf(criterion).Slug}' asks its teacher about '{input.Name}' too, and the cache "
                        + $"'{name}' has answers to the samples alone",
                    $"the teacher itself: {kept.Teacher}", item);
            }
        }

        foreach (AuxiliaryOptions auxiliary in options.Auxiliaries.Values)
        {
            if (auxiliary.Role == TapRole.Teacher && (auxiliary.From ?? options.Teachers[0]) == name)
                RequireKept(auxiliary, nameof(auxiliary.Tap), auxiliary.Tap);
        }

        void RequireKept(object owner, string property, TapPath path, int? place = null)
        {
            if (!kept.Taps.Contains(path))
            {
                plan.Report(
                    owner, property, $"the cache '{name}' keeps no '{path}' of its teacher", $"taps: [{path}] in the cache",
                    place);
            }
        }

        void RequireSame(string there, string here)
        {
            if (here != there)
                plan.Report(options, nameof(options.Teachers),
                    $"the cache '{name}' is of other data: {there}; the stage has {here}", "the same `data:` in both", item);
        }
    }
}
