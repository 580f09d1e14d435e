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
    private readonly bool _onInputsAlone;

    /// <summary>Prepares the teachers of a setup.</summary>
    /// <exception cref="ArgumentException">A tap names no module.</exception>
    public Faculty(TrainingSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        TapPath[] taps = [.. AuxiliaryNetworks.TapsIn(setup.Auxiliaries, setup.Criteria, role => role == TapRole.Teacher)];
        _all = [.. setup.Criteria.SelectMany(c => c.Inputs).DistinctBy(i => i.Name)];
        _inputs = [.. setup.Criteria.SelectMany(c => c.Inputs).Where(i => i.Teacher).DistinctBy(i => i.Name)];
        _needsInputGradient = setup.Criteria.Any(c => c.NeedsInputGradient);
        _onInputsAlone = InputsSuffice(setup, setup.Criteria.Concat(setup.PeerCriteria.SelectMany(p => p)), TapRole.Teacher);
        _device = setup.Device;
        Roles = setup.Teachers;
        _teachers = [.. setup.Teachers.Select(t => setup.Ask(t, taps))];
    }

    /// <summary>The networks, in the recipe's order.</summary>
    public IReadOnlyList<Role> Roles { get; }

    /// <summary>What the teachers say to a batch that <see cref="Prepared"/> has made.</summary>
    public RoleSignals[] Run(Batch batch) => Array.ConvertAll(
        _teachers,
        teacher => Run(
            teacher.Name, _inputs, _onInputsAlone,
            input => teacher.Run(input is null ? batch : batch.With(batch[input]))));

    /// <summary>Whether no term reads what a role makes of the batch's own input, so that the role need not be run on
    /// it.</summary>
    internal static bool InputsSuffice(TrainingSetup setup, IEnumerable<Criterion> criteria, TapRole role) =>
        setup.Auxiliaries.Count == 0 && !criteria.Any(c => c.ReadsInput(role));

    /// <summary>What a role makes of the batch's own input (null) and of further ones.</summary>
    internal static RoleSignals Run(
        string name, IReadOnlyList<InputRequest> inputs, bool onInputsAlone, Func<string?, RoleSignals> run)
    {
        RoleSignals? own = onInputsAlone ? null : run(null);
        var others = inputs.ToDictionary(i => i.Name, i => run(i.Name));
        return own is null ? RoleSignals.NotRun(name, others) : others.Count == 0 ? own : own.With(others);
    }

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
