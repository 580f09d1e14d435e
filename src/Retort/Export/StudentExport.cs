using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Serialization;

namespace Retort.Export;

/// <summary>Model folders: weights, configuration, model card, and the model in the formats of other runtimes.</summary>
/// <remarks>
/// <c>model.safetensors</c>, <c>config.json</c>, <c>README.md</c>, <c>model.onnx</c> and, where asked for, <c>model.ts.pt</c> and
/// <c>model.int8.safetensors</c>.
/// </remarks>
public static class StudentExport
{
    private const string Weights = "model.safetensors";
    private const string Configuration = "config.json";
    private const string Int8Weights = "model.int8.safetensors";
    private const string Card = "README.md";

    /// <summary>Writes a folder; it appears whole, in place of an earlier model folder of that name.</summary>
    /// <param name="folder">The folder; one that is there and is no model folder is left alone.</param>
    /// <param name="module">The model, built from the description's options.</param>
    /// <param name="description">How to run it.</param>
    /// <param name="card">Facts for the model card.</param>
    /// <param name="options">Which formats; null for the defaults.</param>
    /// <exception cref="StudentFolderException">The folder is there and is no model folder.</exception>
    /// <exception cref="ExportException">ONNX is wanted and the model cannot be written so; nothing was written.</exception>
    /// <exception cref="IOException">The folder cannot be written; what was there before is untouched.</exception>
    public static void Write(
        string folder, Module module, StudentDescription description, ModelCard card, StudentExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(description);
        ArgumentNullException.ThrowIfNull(card);
        options ??= new StudentExportOptions();
        string target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RequireReplaceable(target);
        string partial = target + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        try
        {
            WriteFiles(partial, module, description, card, options);
            Replace(target, partial);
        }
        catch
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>Builds the model of a folder and loads its weights, in evaluation mode.</summary>
    /// <exception cref="StudentFolderException">It is no model folder, or its weights do not fit its configuration.</exception>
    public static (Module Module, StudentDescription Description) Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string configuration = Path.Combine(folder, Configuration), weights = Path.Combine(folder, Weights);
        if (!File.Exists(configuration) || !File.Exists(weights))
            throw new StudentFolderException(folder, $"it is no model folder: it must hold {Configuration} and {Weights}.");
        StudentDescription description = StudentConfiguration.Read(configuration);
        Module module;
        try
        {
            module = description.Options.Build();
        }
        catch (ArgumentException e)
        {
            throw new StudentFolderException(configuration, $"its options make no {description.Model}: {e.Message}", e);
        }
        try
        {
            using var scope = new TensorScope();
            module.LoadStateDict(SafeTensors.Read(weights));
        }
        catch (Exception e) when (e is SafeTensorsException or StateDictException)
        {
            module.Dispose();
            throw new StudentFolderException(weights, e.Message, e);
        }
        module.Eval();
        return (module, description);
    }

    /// <summary>Builds the model of a folder with its int8 weights, in evaluation mode; it computes no gradients.</summary>
    /// <exception cref="StudentFolderException">It is no model folder, or has no int8 weights, or they do not fit.</exception>
    /// <exception cref="TorchException">This libtorch has no int8 kernels for this processor.</exception>
    public static (Module Module, StudentDescription Description) ReadInt8(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string weights = Path.Combine(folder, Int8Weights);
        if (!File.Exists(weights))
            throw new StudentFolderException(folder, $"it holds no {Int8Weights}; export it with the format int8.");
        (Module module, StudentDescription description) = Read(folder);
        try
        {
            using var scope = new TensorScope();
            IReadOnlyDictionary<string, Tensor> state = SafeTensors.Read(weights);
            string[] rounded = [.. state.Keys.Where(
                k => k.EndsWith(DynamicQuantizedLinear.WeightSuffix, StringComparison.Ordinal))];
            module.LoadStateDict(Widened(state, rounded, weights));
            HashSet<string> paths = [.. rounded.Select(k => k[..^DynamicQuantizedLinear.WeightSuffix.Length])];
            DynamicQuantization.Apply(module, paths.Contains);
        }
        catch (Exception e) when (e is SafeTensorsException or StateDictException)
        {
            module.Dispose();
            throw new StudentFolderException(weights, e.Message, e);
        }

        module.Eval();
        return (module, description);
    }

    /// <summary>Writes the model card of a folder anew, such as when further results are known.</summary>
    internal static void WriteCard(string folder, StudentDescription description, ModelCard card, StudentExportOptions options) =>
        Reports.AtomicFile.Write(Path.Combine(folder, Card), ModelCardWriter.Write(description, card, options));

    // Rounding is idempotent: each number of a row is a multiple of the row's scale already.
    private static Dictionary<string, Tensor> Widened(IReadOnlyDictionary<string, Tensor> state, string[] rounded, string file)
    {
        var wide = new Dictionary<string, Tensor>(state);
        foreach (string name in rounded)
        {
            string path = name[..^DynamicQuantizedLinear.WeightSuffix.Length];
            if (!wide.Remove(path + DynamicQuantizedLinear.ScaleSuffix, out Tensor? scale))
                throw new SafeTensorsException(file, name, "its scale is missing.");
            if (state[name].Dimensions != 2 || scale.Dimensions != 1 || scale.Size(0) != state[name].Size(0))
                throw new SafeTensorsException(
                    file, name, $"it is {Shapes.Text(state[name])} with scales {Shapes.Text(scale)}; one scale a row is needed.");
            wide.Remove(name);
            wide[path + ".weight"] = state[name].To(DType.Float32) * scale.Unsqueeze(1);
        }

        return wide;
    }

    private static void WriteFiles(
        string folder, Module module, StudentDescription description, ModelCard card, StudentExportOptions options)
    {
        var facts = new Dictionary<string, string> { ["format"] = "pt", ["model"] = description.Model };
        SafeTensors.Write(Path.Combine(folder, Weights), module.StateDict(), facts);
        File.WriteAllText(Path.Combine(folder, Configuration), StudentConfiguration.Write(description));
        File.WriteAllText(Path.Combine(folder, Card), ModelCardWriter.Write(description, card, options));
        if (options.Int8)
        {
            using Module rounded = description.Options.Build();
            rounded.LoadStateDict(module.StateDict());
            rounded.To(Device.Cpu);
            DynamicQuantization.Apply(rounded);
            SafeTensors.Write(Path.Combine(folder, Int8Weights), rounded.StateDict(), facts);
        }
        using var scope = new TensorScope();
        using IDisposable evaluation = Evaluation.Of(module);
        using GradMode off = Autograd.NoGrad();
        Device device = module.Parameters().FirstOrDefault()?.Value.Device ?? Device.Cpu;
        Tensor example = Tensor.Zeros([1, .. description.InputShape]).To(device);
        try
        {
            WriteTraced(folder, module, example, description, options);
        }
        catch (Exception e) when (e is TorchException or ShapeException)
        {
            throw new ExportException(
                $"'{description.Name}' ({description.Model}) does not run on numbers of "
                + $"[1, {string.Join(", ", description.InputShape)}], with which it is traced for ONNX and TorchScript; "
                + $"write safetensors alone. {e.Message.Split('\n')[0]}");
        }
    }

    private static void WriteTraced(
        string folder, Module module, Tensor example, StudentDescription description, StudentExportOptions options)
    {
        if (options.Onnx)
        {
            OnnxExporter.Export(module, example, Path.Combine(folder, "model.onnx"), new OnnxExportOptions
            {
                ModelName = description.Name,
                OutputNames = ["logits"],
                Metadata = new Dictionary<string, string> { [Configuration] = StudentConfiguration.Write(description) },
            });
        }
        if (options.TorchScript)
        {
            using ScriptModule traced = ScriptModule.Trace(module, example);
            traced.Save(Path.Combine(folder, "model.ts.pt"));
        }
    }

    // An export must never take the place of something else that a slip of the path points at.
    private static void RequireReplaceable(string target)
    {
        if (File.Exists(target))
            throw new StudentFolderException(target, "it is a file, where a folder is to be written.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() &&
            !(File.Exists(Path.Combine(target, Configuration)) && File.Exists(Path.Combine(target, Weights))))
            throw new StudentFolderException(target, "it is there and is no model folder; choose another or remove it first.");
    }

    private static void Replace(string target, string partial)
    {
        if (!Directory.Exists(target))
        {
            Directory.Move(partial, target);
            return;
        }
        string old = target + ".old";
        if (Directory.Exists(old))
            Directory.Delete(old, recursive: true);
        Directory.Move(target, old);
        try
        {
            Directory.Move(partial, target);
        }
        catch
        {
            Directory.Move(old, target);
            throw;
        }
        Directory.Delete(old, recursive: true);
    }
}
