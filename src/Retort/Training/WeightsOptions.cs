using Retort.Runs;
using Retort.Torch.Nn;

namespace Retort.Training;

/// <summary>What a recipe may write under <c>weights:</c>: what a network's weights are made of.</summary>
/// <remarks>While such a network trains, every forward runs on weights that are made from what trains; what is left in the end is
/// an ordinary network with the weights so made.</remarks>
[Kind("weight form")]
public abstract record WeightsOptions
{
    /// <summary>The options that name modules of the network, by their C# names, for checking.</summary>
    public virtual IReadOnlyDictionary<string, IReadOnlyList<string>> Modules => new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>The split of results that are the network's own, whatever it is measured on.</summary>
    internal const string Split = "model";

    /// <summary>Names of the figures about what is left.</summary>
    public virtual IReadOnlyList<string> Figures => [];

    /// <summary>Whether it changes a network without being trained.</summary>
    public virtual bool RoundsAtOnce => false;

    /// <summary>The name in a run's results of a figure about what a stage leaves.</summary>
    internal static string ResultName(string stage, string figure) => $"{stage}/{Split}/{figure}";

    /// <summary>The names in a run's results of all figures about what a stage leaves.</summary>
    internal IEnumerable<string> ResultNames(string stage) => Figures.Select(figure => ResultName(stage, figure));

    /// <summary>Reports modules that a role's network has not; nothing has been run yet.</summary>
    internal void Check(RecipePlan plan, string role)
    {
        foreach ((string property, IReadOnlyList<string> paths) in Modules)
            plan.RequireModules(this, property, role, paths);
    }

    /// <summary>Takes hold of a network, and decides which of its parameters train.</summary>
    /// <param name="network">The network, on its device, with the values that it begins with.</param>
    /// <exception cref="ArgumentException">The network has no weight of the kind.</exception>
    public abstract WeightForm Create(Module network);
}
