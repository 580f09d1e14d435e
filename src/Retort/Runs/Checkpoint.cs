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

    /// <summary>Writes the state beside the old one and renames.</summary>
    public static void Save(string path, Trainer trainer, TermMeter figures, TrainingPosition position)
    {
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(figures);
        using var scope = new TensorScope();
        IEnumerable<KeyValuePair<string, Tensor>> state = trainer.State()
            .Append(new(GeneratorName, Tensor.From(Generator.Default.State)))
            .Append(new(FiguresName, figures.State()));
        SafeTensors.Write(path, state, new Dictionary<string, string>
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
        if (!File.Exists(path))
            return null;
        using var scope = new TensorScope();
        try
        {
            IReadOnlyDictionary<string, string> metadata = SafeTensors.ReadMetadata(path);
            TrainingPosition? position = metadata.TryGetValue(PositionKey, out string? text)
                ? JsonSerializer.Deserialize(text, RunJson.Default.TrainingPosition)
                : null;
            if (position?.Key != key)
                return null;
            IReadOnlyDictionary<string, Tensor> state = SafeTensors.Read(path);
            trainer.Load(state);
            figures.Load(state[FiguresName]);
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
