using Retort.Data;
using Retort.Evaluation;
using Retort.Export;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Runs;

/// <summary>Describes and measures what a run exports.</summary>
internal static class StudentSource
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(0.5);

    /// <summary>What somebody needs to run a model that a stage trained.</summary>
    public static StudentDescription Describe(StageContext context, string model, string split) =>
        Describe(model, context.RoleOf(model), context.Registry, context.Data, split);

    /// <summary>What somebody needs to run a model of a role.</summary>
    public static StudentDescription Describe(
        string name, RoleOptions role, ComponentRegistry registry, DataProvider data, string split)
    {
        (IReadOnlyList<double> mean, IReadOnlyList<double> deviation) =
            data.Options is { Normalize: true, Dataset.Normalization: { } values } ? values : ([], []);
        Dataset samples = data.Split(split);
        return new StudentDescription
        {
            Name = name,
            Model = registry.ComponentOf(role.Model).Slug,
            Options = role.Model,
            InputShape = samples.SampleShape,
            Mean = mean,
            StandardDeviation = deviation,
            Labels = samples.ClassNames,
        };
    }

    /// <summary>Rounds a copy of a model to int8 and measures what that changes.</summary>
    /// <param name="model">The model, on the CPU; it stays as it is.</param>
    /// <param name="description">How it is built and fed.</param>
    /// <param name="data">Where it is measured how well it does; null where there is no data, and the score NaN.</param>
    /// <param name="task">What is measured: the task's first figure; null without data.</param>
    /// <param name="split">The split.</param>
    /// <exception cref="RunException">This libtorch has no int8 kernels here, or the model no layer that could be
    /// rounded.</exception>
    public static QuantizationMeasurement Round(
        Module model, StudentDescription description, DataProvider? data, EvaluationTask? task, string split)
    {
        if (!DynamicQuantization.IsSupported)
            throw new RunException(
                "this libtorch has no int8 kernels for this processor; leave `int8` out of the formats.", isInputWrong: true);
        using var scope = new TensorScope();
        Tensor example = Example(description, data, split);
        using Module copy = description.Options.Build();
        copy.LoadStateDict(model.StateDict());
        copy.Eval();
        string? metric = null;
        double Score(Module module)
        {
            if (data is null || task is null)
                return double.NaN;
            (metric, double value) = task.Evaluate(module, data.Evaluation(split), Device.Cpu)[0];
            return value;
        }

        QuantizationMeasurement found = DynamicQuantization.Measure(
            copy, example, Score,
            options: new ModelProfileOptions { Budget = Budget });
        if (found.Replaced.Count == 0)
        {
            throw new RunException(
                $"'{description.Name}' has no linear layer, and int8 rounds nothing else; leave `int8` out of the formats.",
                isInputWrong: true);
        }

        return found with
        {
            Parameters = model.ParameterCount(),
            Macs = ModelProfile.CountMacs(model, example),
            Metric = metric,
            Split = metric is null ? null : split,
        };
    }

    private static Tensor Example(StudentDescription description, DataProvider? data, string split) =>
        data is null ? Tensor.Zeros([1, .. description.InputShape]) : data.Sample(split).Input;
}
