using System.Diagnostics;

namespace Retort.Tests.Torch;

/// <summary>Runs Python with PyTorch, to see that what we write is what it reads, and the other way round.</summary>
internal static class PythonTorch
{
    private static readonly Lazy<string?> Interpreter = new(Find);

    /// <summary>Runs a script with arguments and gives what it printed; skips the test where there is no PyTorch.</summary>
    public static string Run(string script, params string[] arguments)
    {
        Skip.If(Interpreter.Value is null, "there is no Python with PyTorch here (Debian: python3-torch)");
        (int code, string output) = Start(Interpreter.Value!, script, arguments);
        Assert.True(code == 0, output);
        return output;
    }

    private static string? Find() =>
        new[] { Environment.GetEnvironmentVariable("RETORT_PYTHON"), "/usr/bin/python3", "python3" }
            .FirstOrDefault(p => !string.IsNullOrEmpty(p) && Start(p, "import torch", []).Code == 0);

    private static (int Code, string Output) Start(string python, string script, string[] arguments)
    {
        // TorchScript's compiler reads the source again, so it has to be a file.
        string file = Path.Combine(Path.GetTempPath(), $"retort-{Guid.NewGuid():N}.py");
        File.WriteAllText(file, script);
        var info = new ProcessStartInfo(python, [file, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["OMP_NUM_THREADS"] = "1";
        try
        {
            using Process process = Process.Start(info)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
