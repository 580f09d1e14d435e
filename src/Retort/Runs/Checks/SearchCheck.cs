using Retort.Stages;

namespace Retort.Runs.Checks;

/// <summary>Refuses roles whose architecture no search finds, or none in time.</summary>
internal static class SearchCheck
{
    /// <summary>Reports what is wrong with the roles' searches.</summary>
    /// <param name="plan">The stages, which have not been checked yet.</param>
    public static void Run(RecipePlan plan)
    {
        SearchStage[] searches = [.. plan.Stages.OfType<SearchStage>()];
        foreach ((string name, RoleOptions role) in plan.Recipe!.Roles)
        {
            if (role.Search is { } search && plan.RequireKnown(
                role, nameof(role.Search), search, [.. searches.Select(plan.NameOf)], $"no search stage is called '{search}'",
                "the name of a search stage")
                && Array.Find(searches, s => plan.NameOf(s) == search) is { } stage)
                CheckRole(plan, name, role, stage);
        }
    }

    private static void CheckRole(RecipePlan plan, string name, RoleOptions role, SearchStage search)
    {
        string called = plan.NameOf(search);
        string Slug(RoleOptions options) => plan.Registry.ComponentOf(options.Model).Slug;
        if (plan.Recipe!.Roles.TryGetValue(search.RoleName, out RoleOptions? varied) && Slug(varied) != Slug(role))
        {
            plan.Report(
                role, nameof(role.Search),
                $"stage '{called}' chooses among models '{Slug(varied)}', and role '{name}' is a '{Slug(role)}'",
                $"model: {Slug(varied)}");
        }

        if (role.Weights is not null)
        {
            plan.Report(
                role, nameof(role.Weights), $"role '{name}' has weights, and its architecture is what stage '{called}' finds",
                "weights or a search");
        }

        foreach (Stage stage in plan.Stages.TakeWhile(s => !ReferenceEquals(s, search)).Where(s => s.UsesRoles.Contains(name)))
        {
            if (stage is not SearchStage other || other.RoleName != name)
            {
                plan.Report(
                    stage.Options, null,
                    $"the architecture of role '{name}' is what stage '{called}' finds, which comes after this one",
                    "the search before the stages that use what it finds");
            }
        }
    }
}
