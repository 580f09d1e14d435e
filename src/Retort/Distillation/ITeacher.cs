using Retort.Data;

namespace Retort.Distillation;

/// <summary>Something that answers for a frozen teacher: the network itself, or what it said before.</summary>
public interface ITeacher : IDisposable
{
    /// <summary>The teacher's name.</summary>
    public string Name { get; }

    /// <summary>What the teacher says to a batch, without a gradient.</summary>
    public RoleSignals Run(Batch batch);
}
