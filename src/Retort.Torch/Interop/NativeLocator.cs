using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Retort.Torch.Interop;

/// <summary>Finds libretort.so: <c>RETORT_NATIVE</c>, then beside the program, then in the artifacts of a checkout.</summary>
internal static partial class NativeLocator
{
    private const string FileName = "libretort.so";

    internal static nint Resolve(string library, Assembly assembly, DllImportSearchPath? paths)
    {
        if (library != "retort")
            return 0;

        // Between parallel regions OpenMP's workers spin for milliseconds, which on a busy machine costs ten times the work
        // itself, and everywhere takes the processors from OpenBLAS's own threads: matrix products then take twice as long. When
        // they sleep at once, waking them costs an eighth of a ResNet's step. A thousand rounds, some 10 µs, cost neither.
        // Only an absent setting is filled in.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = SetEnvironment("GOMP_SPINCOUNT", Engine.WorkerSpins.ToString(CultureInfo.InvariantCulture), 0);
        foreach (string candidate in Candidates())
        {
            if (!File.Exists(candidate))
                continue;
            try
            {
                return NativeLibrary.Load(candidate);
            }
            catch (DllNotFoundException e)
            {
                throw new EngineNotFoundException(
                    $"'{candidate}' could not be loaded ({e.Message.Split('\n')[0].Trim()}). "
                    + "Install libtorch (Debian: libtorch-dev libopenblas0-pthread), or run ./retort, which builds it anew.", e);
            }
        }

        throw new EngineNotFoundException(
            $"Retort's native library ({FileName}) was not found. Run ./retort once in the checkout, which builds it, "
            + "or set RETORT_NATIVE to its path.");
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("RETORT_NATIVE") is { Length: > 0 } chosen)
        {
            yield return chosen;
            yield break;
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string built = Path.Combine(folder.FullName, "artifacts", "native", "default", FileName);
            yield return built;
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
