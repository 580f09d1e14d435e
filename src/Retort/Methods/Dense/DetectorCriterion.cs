using System.Runtime.CompilerServices;
using Retort.Distillation;

namespace Retort.Methods.Dense;

/// <summary>A term on what detectors give: maps with a column for each class of the data, then the edges'.</summary>
public abstract class DetectorCriterion(CriterionOptions options) : Criterion(options)
{
    private int _classes;

    /// <inheritdoc/>
    public override void Attach(Attachment attachment)
    {
        ArgumentNullException.ThrowIfNull(attachment);
        _classes = attachment.Samples.ClassNames.Count;
    }

    /// <summary>A role's output, taken apart.</summary>
    private protected DetectorMap MapOf(
        RoleSignals role, Signals signals, [CallerArgumentExpression(nameof(role))] string name = "role") =>
        DetectorMap.Read(role.Output, _classes, signals.Batch.Input, $"{name}.{nameof(role.Output)}");
}
