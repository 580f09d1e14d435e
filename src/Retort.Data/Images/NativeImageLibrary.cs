using System.Runtime.InteropServices;

namespace Retort.Data.Images;

/// <summary>Finds the system's picture libraries and says which package to install where one is missing.</summary>
internal static class NativeImageLibrary
{
    public static nint Load(string title, string package, string homebrew, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
                return handle;
        }
        throw new DllNotFoundException(
            $"{title} was not found (tried: {string.Join(", ", names)}). Install it: `apt-get install {package}` on Debian "
            + $"and Ubuntu, `brew install {homebrew}` on macOS.");
    }
}
