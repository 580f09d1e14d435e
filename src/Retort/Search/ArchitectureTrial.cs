using Retort.Data;
using Retort.Models;
using Retort.Runs;
using Retort.Torch.Nn;

namespace Retort.Search;

/// <summary>An architecture that is to be scored: its networks, drawn as often as a score likes, and a batch of
/// samples.</summary>
/// <remarks>All candidates of a search see the same batch, and what is drawn for a draw's number comes from the same seed for
/// all: scores are compared on equal terms, and do not depend on the order in which candidates are looked at.</remarks>
public sealed class ArchitectureTrial
{
    private readonly StageContext _context;
    private readonly string _name;

    internal ArchitectureTrial(StageContext context, string name)
    {
        _context = context;
        _name = name;
    }

    /// <summary>The architecture.</summary>
    public required ModelOptions Model { get; init; }

    /// <summary>Its place among all of the space, in the order in which the space counts.</summary>
    public required long Number { get; init; }

    /// <summary>Numbers in its parameters.</summary>
    public required long Parameters { get; init; }

    /// <summary>Training samples as models get them, on the device.</summary>
    public required Batch Batch { get; init; }

    /// <summary>A network of the candidate's kind; the caller's.</summary>
    /// <param name="draw">Which one; weights differ by draw. The default generator goes on from that draw's seed.</param>
    public Module Draw(int draw)
    {
        Torch.Engine.ManualSeed(_context.SeedOf(FormattableString.Invariant($"search/{_name}/candidate/{draw}")));
        return _context.DrawNetwork(Model, _name);
    }

    /// <summary>A network of a role's kind with fresh weights; the caller's.</summary>
    /// <param name="role">The role.</param>
    /// <param name="draw">Which one, as for the candidate.</param>
    public Module Draw(string role, int draw)
    {
        Torch.Engine.ManualSeed(_context.SeedOf(FormattableString.Invariant($"search/{_name}/{role}/{draw}")));
        return _context.DrawNetwork(role);
    }

    /// <summary>What is left to chance in the score of this candidate.</summary>
    public RandomStream Chance() => RandomStream.Derive(_context.SeedOf($"search/{_name}/chance"), (ulong)Number);
}
