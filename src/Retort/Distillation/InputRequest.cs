using Retort.Data;
using Retort.Torch;

namespace Retort.Distillation;

/// <summary>An input beside the batch's own that a criterion wants roles to be run on: another view, a rotation,
/// a mixture.</summary>
/// <param name="Name">What <see cref="RoleSignals.On"/> calls it. Criteria that ask under one name share the run.</param>
/// <param name="Make">Makes it from the batch, [M, …]; M need not be the batch's N. Drawn from the default generator where it is
/// random.</param>
/// <param name="Student">Whether the student is run on it.</param>
/// <param name="Teacher">Whether teachers are run on it.</param>
public sealed record InputRequest(string Name, Func<Batch, Tensor> Make, bool Student = true, bool Teacher = true);
