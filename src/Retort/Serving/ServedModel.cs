using Retort.Export;
using Retort.Models.Text;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Serving;

/// <summary>Opens a language model that a run left, to serve it.</summary>
public static class ServedModel
{
    /// <summary>Reads a model.</summary>
    /// <param name="folder">A run's folder, or a model folder such as <c>runs/NAME/students/NAME</c>.</param>
    /// <param name="model">Which of a run's models; null for the distilled student.</param>
    /// <exception cref="RunException">The folder is neither, or the model is no GPT over bytes.</exception>
    public static TextSource Open(string folder, string? model = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!File.Exists(Path.Combine(folder, "recipe.yaml")) && model is not null)
            throw new RunException($"'{folder}' is no run; --model chooses among the models of one.", isInputWrong: true);
        (string name, Module module) = Read(folder, model);
        try
        {
            return module is Gpt gpt
                ? new LanguageModelSource(name, gpt, Device.Cpu)
                : throw new ArgumentException($"'{name}' is no language model: only a GPT can write text.");
        }
        catch (ArgumentException e)
        {
            module.Dispose();
            throw new RunException(e.Message, isInputWrong: true, e);
        }
    }

    private static (string Name, Module Module) Read(string folder, string? model)
    {
        if (File.Exists(Path.Combine(folder, "recipe.yaml")))
        {
            using RunSource run = RunSource.Open(folder);
            string name = run.ModelCalled(model);
            return (name, run.Load(name));
        }

        try
        {
            (Module module, StudentDescription description) = StudentExport.Read(folder);
            return (description.Name, module);
        }
        catch (StudentFolderException e)
        {
            throw new RunException(
                $"'{folder}' is neither a run (it has no recipe.yaml) nor a model folder: {e.Message}", isInputWrong: true, e);
        }
    }
}
