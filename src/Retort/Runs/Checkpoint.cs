using System.Text.Json;
using Retort.Torch;
using Retort.Torch.Serialization;
using Retort.Training;

namespace Retort.Runs;

/// <summary>A training's state in one safetensors file: trainer, generator, position. Written whole or not at all.</summary>
public static class Checkpoint
{
    private const string PositionKey = "retort.position";
    private const string GeneratorName = "generator";
    private const string FiguresName = "figures";

    /// <summary>Writes a training's state beside the old one and renames.</summary>
    public static void Save(string path, Trainer trainer, TermMeter figures, TrainingPosition position)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        Save(path, trainer.State().Append(new(FiguresName, figures.State())), position);
    }

    /// <summary>Writes any work's state, and the default generator's, beside the old one and renames.</summary>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> state, TrainingPosition position)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var scope = new TensorScope();
        IEnumerable<KeyValuePair<string, Tensor>> all = state.Append(new(GeneratorName, Tensor.From(Generator.Default.State)));
        SafeTensors.Write(path, all, new Dictionary<string, string>
        {
            [PositionKey] = JsonSerializer.Serialize(position, RunJson.Default.TrainingPosition),
        });
    }

    /// <summary>Puts a trainer and the default generator where a checkpoint left them.</summary>
    /// <returns>The position, or null where there is no checkpoint of this key.</returns>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static TrainingPosition? Load(string path, Trainer trainer, TermMeter figures, string key)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(figures);
        return Load(path, key, state =>
        {
            trainer.Load(state);
            figures.Load(state[FiguresName]);
        });
    }

    /// <summary>Gives a work what a checkpoint holds, and puts the default generator where it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">Hash of what the work depends on.</param>
    /// <param name="take">Takes the state over; <see cref="InvalidDataException"/> where it does not fit.</param>
    /// <returns>The position, or null where there is no checkpoint of this key.</returns>
    /// <exception cref="RunException">The file is damaged.</exception>
    public static TrainingPosition? Load(string path, string key, Action<IReadOnlyDictionary<string, Tensor>> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        if (!File.Exists(path))
            return null;
        using var scope = new TensorScope();
        try
        {
            TrainingPosition? position = SafeTensors.ReadMetadata(path).TryGetValue(PositionKey, out string? text)
                ? JsonSerializer.Deserialize(text, RunJson.Default.TrainingPosition)
                : null;
            if (position?.Key != key)
                return null;
            IReadOnlyDictionary<string, Tensor> state = SafeTensors.Read(path);
            take(state);
            Generator.Default.State = state[GeneratorName].ToArray<byte>();
            return position;
        }
        catch (Exception e) when (e is SafeTensorsException or JsonException or InvalidDataException or KeyNotFoundException)
        {
            throw new RunException(
                $"the checkpoint '{path}' is damaged ({e.Message}); delete it, or run without --resume.", inner: e);
        }
    }
}
