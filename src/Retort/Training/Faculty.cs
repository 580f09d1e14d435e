using Retort.Data;
using Retort.Distillation;

namespace Retort.Training;

/// <summary>A training's frozen teachers: asked about each batch, and about the further inputs that terms want.</summary>
public sealed class Faculty : IDisposable
{
    private readonly ITeacher[] _teachers;
    private readonly InputRequest[] _all;
    private readonly InputRequest[] _inputs;
    private readonly Torch.Device _device;
    private readonly bool _needsInputGradient;
    private readonly bool _runs;

    /// <summary>Prepares the teachers of a setup.</summary>
    /// <exception cref="ArgumentException">A tap names no module.</exception>
    public Faculty(TrainingSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        TapPath[] taps = [.. AuxiliaryNetworks.TapsIn(setup.Auxiliaries, setup.Criteria, role => role == TapRole.Teacher)];
        _all = [.. setup.Criteria.SelectMany(c => c.Inputs).DistinctBy(i => i.Name)];
        _inputs = [.. setup.Criteria.SelectMany(c => c.Inputs).Where(i => i.Teacher).DistinctBy(i => i.Name)];
        _needsInputGradient = setup.Criteria.Any(c => c.NeedsInputGradient);
        _runs = setup.Auxiliaries.Count > 0 || setup.Criteria.Any(c => c.ReadsOutputs);
        _device = setup.Device;
        Roles = setup.Teachers;
        _teachers = [.. setup.Teachers.Select(t => _runs ? setup.Ask(t, taps) : new FrozenTeacher(t, taps))];
    }

    /// <summary>The networks, in the recipe's order.</summary>
    public IReadOnlyList<Role> Roles { get; }

    /// <summary>What the teachers say to a batch that <see cref="Prepared"/> has made.</summary>
    public RoleSignals[] Run(Batch batch) => Array.ConvertAll(_teachers, teacher =>
    {
        if (!_runs)
            return RoleSignals.NotRun(teacher.Name);
        RoleSignals found = teacher.Run(batch);
        return _inputs.Length == 0
            ? found
            : found.With(_inputs.ToDictionary(i => i.Name, i => teacher.Run(batch.With(batch[i.Name]))));
    });

    /// <summary>The batch on the setup's device with the further inputs that terms ask for, made once for all roles.</summary>
    public Batch Prepared(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Batch here = batch.To(_device);
        if (_needsInputGradient)
            here = here.With(here.Input.Detach().SetRequiresGrad());
        return _all.Length == 0 ? here : here.And(_all.Select(i => new KeyValuePair<string, Torch.Tensor>(i.Name, i.Make(here))));
    }

    /// <summary>Frees the teachers' compiled forms; the networks stay.</summary>
    public void Dispose()
    {
        foreach (ITeacher teacher in _teachers)
            teacher.Dispose();
    }
}
