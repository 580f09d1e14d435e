using System.Reflection;
using System.Runtime.Loader;

namespace Retort.Runs;

/// <summary>Assemblies of others whose methods, stages, models, data sets and transforms recipes can name.</summary>
/// <remarks>A plug-in is code: it does whatever it likes, as the user that loads it.</remarks>
public static class PluginFile
{
    /// <summary>A catalogue of Retort's components and those of assembly files.</summary>
    /// <param name="paths">The files; with none, the catalogue is Retort's own.</param>
    /// <exception cref="RunException">A file is missing, is no assembly, needs one that is missing, or holds nothing that a
    /// recipe can name; or a name is taken.</exception>
    public static ComponentRegistry Catalog(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            return RetortCatalog.Default;
        (string Path, Assembly Assembly)[] loaded = [.. paths.DistinctBy(Path.GetFullPath).Select(path => (path, Load(path)))];
        ComponentRegistry registry;
        try
        {
            registry = RetortCatalog.Create(Array.ConvertAll(loaded, l => l.Assembly));
        }
        catch (InvalidOperationException e)
        {
            throw new RunException($"the plug-ins cannot be used: {e.Message}", isInputWrong: true, e);
        }

        foreach ((string path, Assembly plugin) in loaded)
        {
            if (!registry.Assemblies.Contains(plugin))
            {
                throw new RunException(
                    $"the plug-in '{path}' holds nothing that a recipe can name: no class with [Method], [Named], [Dataset] or "
                    + "[Transform], and no function with [Model].", isInputWrong: true);
            }
        }

        return registry;
    }

    private static Assembly Load(string path)
    {
        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            string nearest = FilePath.NearestEntry(full) is { } name ? $"; nearest: {name}" : string.Empty;
            throw new RunException(
                Directory.Exists(full) ? $"the plug-in '{path}' is a folder; an assembly's .dll file is needed."
                    : $"there is no plug-in file '{path}'{nearest}.", isInputWrong: true);
        }

        try
        {
            Assembly assembly = new Context(full).LoadFromAssemblyPath(full);
            _ = assembly.GetTypes();
            return assembly;
        }
        catch (BadImageFormatException e)
        {
            throw new RunException(
                $"the plug-in '{path}' is no .NET assembly; `dotnet build` makes one, a .dll beside its .deps.json.", true, e);
        }
        catch (ReflectionTypeLoadException e)
        {
            string cause = e.LoaderExceptions.FirstOrDefault(x => x is not null)?.Message ?? e.Message;
            throw new RunException($"the plug-in '{path}' does not fit this Retort or lacks something: {cause}", true, e);
        }
        catch (FileLoadException e)
        {
            throw new RunException($"the plug-in '{path}' cannot be loaded: {e.Message}", true, e);
        }
    }

    /// <summary>Gives a plug-in Retort's own assemblies, however many copies lie beside it: types of a copy would be
    /// others.</summary>
    private sealed class Context(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            try
            {
                return Default.LoadFromAssemblyName(assemblyName);
            }
            catch (IOException)
            {
                return _resolver.ResolveAssemblyToPath(assemblyName) is { } found ? LoadFromAssemblyPath(found) : null;
            }
        }
    }
}
