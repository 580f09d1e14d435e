using Retort.Data;
using Retort.Distillation;
using Retort.Models.Generative;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;
using Retort.Torch;

namespace Retort.Tests.Methods.Generative;

/// <summary>Small generators and the step of a criterion on them.</summary>
internal static class ToyNets
{
    public const string Namespace = "Retort.Methods.Generative";

    public static IReadOnlyList<Component> Criteria =>
        [.. RetortCatalog.Default.Components.Where(c => c.Attribute is MethodAttribute && c.Type.Namespace == Namespace && c.Type.IsAssignableTo(typeof(Criterion)))];

    public static Role Student(Parameterization form = Parameterization.Consistency, bool interval = false, ulong seed = 1, string name = "student")
    {
        Engine.ManualSeed(seed);
        var options = new MlpDenoiserOptions { Width = 16, Depth = 2, Parameterization = form, Interval = interval, SigmaData = 0.46 };
        return new Role(name, options.Build());
    }

    public static Role Teacher(double shift = 0)
    {
        var role = new Role("teacher", new MixtureDenoiserOptions { Shift = shift }.Build());
        role.Model.Eval();
        return role;
    }

    public static Batch Batch(int count = 32, bool pairs = false)
    {
        Batch batch = new Retort.Data.Sets.Mixture { Train = count }.Load("", "train").Gather([.. Enumerable.Range(0, count)]);
        return pairs ? batch.And([new("noise", Tensor.Randn(null, count, 2))]) : batch;
    }

    public static Signals Signals(Batch batch, StepClock clock, params IReadOnlyList<Role> teachers) => new(
        batch, clock, RoleSignals.NotRun("student"), [.. teachers.Select(t => RoleSignals.NotRun(t.Name))]);

    public static CriterionOptions Options(string slug) =>
        (CriterionOptions)Activator.CreateInstance(Criteria.Single(c => c.Slug == slug).OptionsType)!;
}
