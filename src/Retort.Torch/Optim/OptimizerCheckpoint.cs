using System.Globalization;

namespace Retort.Torch.Optim;

/// <summary>An optimiser's state as read from named tensors, every name, shape and type checked before anything is
/// used.</summary>
internal sealed class OptimizerCheckpoint
{
    private OptimizerCheckpoint(int parameters, int groups)
    {
        Steps = new long[parameters];
        Buffers = new Tensor[]?[parameters];
        LearningRates = new double?[groups];
        InitialLearningRates = new double?[groups];
        WeightDecays = new double?[groups];
    }

    internal long StepCount { get; private set; }

    internal long[] Steps { get; }

    /// <summary>By parameter; null where it had taken no step.</summary>
    internal Tensor[]?[] Buffers { get; }

    internal double?[] LearningRates { get; }

    internal double?[] InitialLearningRates { get; }

    internal double?[] WeightDecays { get; }

    internal static OptimizerCheckpoint Read(
        IReadOnlyDictionary<string, Tensor> state, IReadOnlyList<Tensor> parameters, int groups,
        IReadOnlyList<string> bufferNames)
    {
        var read = new OptimizerCheckpoint(parameters.Count, groups);
        var slots = new Tensor?[parameters.Count][];
        long? stepCount = null;
        foreach ((string name, Tensor value) in state)
        {
            string[] parts = name.Split('.');
            if (name == "step")
                stepCount = WholeNumber(name, value);
            else if (parts is ["param_groups", var group, var setting])
                read.TakeSetting(name, Index(name, group, groups, "parameter groups"), setting, value);
            else if (parts is ["state", var parameter, var buffer])
                read.TakeBuffer(
                    name, Index(name, parameter, parameters.Count, "parameters"), buffer, value, slots, parameters, bufferNames);
            else
                throw Wrong($"'{name}', which is no name of it.");
        }

        for (int k = 0; k < parameters.Count; k++)
            read.Finish(k, slots[k], bufferNames);
        read.StepCount = stepCount ?? read.Steps.DefaultIfEmpty().Max();
        return read;
    }

    private void TakeSetting(string name, int group, string setting, Tensor value)
    {
        double?[] target = setting switch
        {
            "lr" => LearningRates,
            "initial_lr" => InitialLearningRates,
            "weight_decay" => WeightDecays,
            _ => throw Wrong($"'{name}'; a group has lr, initial_lr and weight_decay."),
        };
        double number = Number(name, value);
        if (!(number >= 0 && double.IsFinite(number)))
            throw Wrong($"{number} as '{name}'; it must be at least 0.");
        target[group] = number;
    }

    private void TakeBuffer(
        string name, int parameter, string buffer, Tensor value, Tensor?[][] slots, IReadOnlyList<Tensor> parameters,
        IReadOnlyList<string> bufferNames)
    {
        if (buffer == "step")
        {
            Steps[parameter] = WholeNumber(name, value);
            return;
        }

        int index = bufferNames.ToList().IndexOf(buffer);
        if (index < 0)
        {
            string known = string.Join(", ", bufferNames.Prepend("step"));
            throw Wrong($"'{name}'; this optimiser keeps for each parameter: {known}.");
        }

        if (!value.Shape.AsSpan().SequenceEqual(parameters[parameter].Shape) || !value.DType.IsFloatingPoint())
            throw Wrong($"'{name}' as {value}, but the parameter is {parameters[parameter]}.");
        (slots[parameter] ??= new Tensor?[bufferNames.Count])[index] = value;
    }

    // PyTorch's SGD keeps no step count: its buffers say that there was a step.
    private void Finish(int parameter, Tensor?[]? buffers, IReadOnlyList<string> bufferNames)
    {
        if (buffers is null && Steps[parameter] > 0 && bufferNames.Count > 0)
            buffers = new Tensor?[bufferNames.Count];
        if (buffers is null)
            return;
        int missing = Array.FindIndex(buffers, buffer => buffer is null);
        if (missing >= 0)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"state.{parameter}.{bufferNames[missing]}");
            throw new InvalidDataException($"The optimiser's state lacks '{name}'.");
        }

        Buffers[parameter] = buffers!;
        Steps[parameter] = Math.Max(1, Steps[parameter]);
    }

    private static int Index(string name, string text, int count, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < count
            ? index
            : throw Wrong($"'{name}', but there are {count} {what}.");

    private static double Number(string name, Tensor value) =>
        value.NumElements == 1
            ? value.ToDouble()
            : throw Wrong($"'{name}' as {value}; it must be one number.");

    private static long WholeNumber(string name, Tensor value)
    {
        double number = Number(name, value);
        if (!(number >= 0 && number <= long.MaxValue / 2 && number == Math.Floor(number)))
            throw Wrong($"{number} as '{name}'; it must be a count.");
        return value.ToInt64();
    }

    private static InvalidDataException Wrong(FormattableString what) =>
        new($"The optimiser's state has {FormattableString.Invariant(what)}");
}
