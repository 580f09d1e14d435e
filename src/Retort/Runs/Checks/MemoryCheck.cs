using System.Globalization;
using System.Reflection;
using Retort.Stages;
using Retort.Torch;

namespace Retort.Runs.Checks;

/// <summary>Refuses what cannot fit into the machine's memory before any of it is allocated.</summary>
internal static class MemoryCheck
{
    // An option so many times its default cannot have been meant.
    private const double Absurd = 10_000;

    /// <summary>Reports roles whose network alone is larger than the memory.</summary>
    /// <param name="binding">The recipe, which gets the errors.</param>
    /// <param name="registry">What the recipe can name.</param>
    /// <param name="available">Bytes that there are.</param>
    /// <returns>The roles whose networks must not be built.</returns>
    public static IReadOnlyList<string> RefuseNetworks(Binding<Recipe> binding, ComponentRegistry registry, double available)
    {
        var refused = new List<string>();
        foreach ((string role, RoleOptions options) in binding.Value?.Roles ?? new Dictionary<string, RoleOptions>())
        {
            string who = $"role '{role}' ({registry.ComponentOf(options.Model).Slug})";
            try
            {
                NetworkSize size = NetworkSize.Of(options.Model);
                if (size.Bytes <= available)
                    continue;
                Report(
                    binding, registry, options,
                    string.Create(CultureInfo.InvariantCulture, $"{who} has {size.Parameters:#,0} parameters, which take ")
                    + $"{MachineMemory.Text(size.Bytes)}; this machine has {MachineMemory.Text(available)} of memory");
            }
            catch (ShapeException e)
            {
                Report(binding, registry, options, $"{who} cannot be built: {e.Message.TrimEnd('.')}");
            }
            catch (ArgumentException e) when (Grown(registry, options).FirstOrDefault().Factor >= Absurd)
            {
                // Sizes derived from it have overflowed, and the message names one of those.
                Report(binding, registry, options, $"{who} cannot be built: {e.Message.Split('\n')[0].TrimEnd('.')}");
            }
            catch (ArgumentException e)
            {
                binding.Report(
                    RecipeCodes.Contradiction, binding.Value!, nameof(Recipe.Roles),
                    $"role '{role}': {e.Message.Split('\n')[0]}", item: role);
            }

            refused.Add(role);
        }

        return refused;
    }

    /// <summary>Reports train stages that take more than the memory, which is mostly a matter of the batch.</summary>
    /// <param name="plan">The stages and their networks.</param>
    /// <param name="binding">The recipe, which gets the errors.</param>
    /// <param name="data">Gives samples.</param>
    /// <param name="available">Bytes that there are.</param>
    public static void RefuseStages(RecipePlan plan, Binding<Recipe> binding, DataProviders data, double available)
    {
        if (Runner.DeviceOf(plan.Recipe!.Device).Type != DeviceType.Cpu)
            return;
        foreach (TrainStageOptions stage in plan.Stages.Select(s => s.Options).OfType<TrainStageOptions>())
        {
            if (data.For(stage.Data) is not { } provider || MemoryEstimate.Of(plan, stage, provider) is not { } estimate
                || estimate.TotalBytes <= available)
                continue;
            bool ownBatch = stage.BatchSize is not null;
            string name = Recipe.NameOf(stage, plan.Registry);
            string message =
                $"stage '{name}' takes about {MachineMemory.Text(estimate.TotalBytes)} with batches of {estimate.BatchSize} "
                + $"({estimate}); this machine has {MachineMemory.Text(available)} of memory";
            long fitting = (long)Math.Floor((available - estimate.FixedBytes) / estimate.BytesPerSample);
            string expected = fitting >= 1 ? $"a batch_size of at most {fitting}" : "smaller networks";
            binding.Report(
                RecipeCodes.OutOfMemory, ownBatch ? stage : (stage.Data ?? plan.Recipe!.Data)!,
                ownBatch ? nameof(stage.BatchSize) : nameof(DataOptions.BatchSize), message, expected);
        }
    }

    private static void Report(Binding<Recipe> binding, ComponentRegistry registry, RoleOptions role, string message)
    {
        (PropertyInfo? property, _) = Grown(registry, role).FirstOrDefault();
        string expected = property is null
            ? "a smaller model"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"a smaller {Names.Snake(property.Name)} than {Largest(property.GetValue(role.Model))}");
        object owner = binding.Has(role.Model) ? role.Model : role;
        binding.Report(RecipeCodes.OutOfMemory, owner, property?.Name, message, expected);
    }

    // The number that is furthest above its default is the one that was mistyped.
    private static IEnumerable<(PropertyInfo? Property, double Factor)> Grown(ComponentRegistry registry, RoleOptions role)
    {
        object? usual = registry.ComponentOf(role.Model).Prototype;
        return role.Model.GetType().GetProperties().Where(p => p.CanWrite)
            .Select(p => (
                Property: (PropertyInfo?)p,
                Factor: Largest(p.GetValue(role.Model)) / Math.Max(1, usual is null ? 1 : Largest(p.GetValue(usual)))))
            .Where(p => p.Factor > 1).OrderByDescending(p => p.Factor);
    }

    private static double Largest(object? value) => value switch
    {
        int number => number,
        long number => number,
        IEnumerable<int> numbers => numbers.DefaultIfEmpty(0).Max(),
        _ => 0,
    };
}
