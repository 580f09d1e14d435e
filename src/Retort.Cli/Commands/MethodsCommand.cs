using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;

namespace Retort.Cli.Commands;

/// <summary><c>retort methods</c>.</summary>
internal static class MethodsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var slug = new Argument<string?>("SLUG") { Description = "Describe this method.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var write = new Option<string?>("--write") { Description = "Write a page a method and an index into this folder." };
        var plugin = PluginOption.Create();
        var command = new Command("methods", "List the published methods, or describe one.") { slug, json, write, plugin };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(write) is { } folder)
                return Write(folder);
            MethodEntry[] methods = [.. MethodEntry.All(PluginOption.RegistryOf(parsed, plugin))];
            if (parsed.GetValue(slug) is { } one)
                return Describe(methods, one);
            if (parsed.GetValue(json))
                Console.WriteLine(new JsonArray([.. methods.Select(Json)]).ToJsonString(Indented));
            else
                List(methods);
            return Exit.Done;
        });
        return command;
    }

    private static int Write(string folder)
    {
        string atlas = Path.Combine(folder, "..", "..", "atlas");
        int written = MethodPages.WriteInto(folder, RetortCatalog.Default, Directory.Exists(atlas) ? atlas : null);
        Console.WriteLine($"{folder}: {written} pages.");
        return Exit.Done;
    }

    private static void List(MethodEntry[] methods)
    {
        int width = methods.Length == 0 ? 0 : methods.Max(m => m.Slug.Length);
        foreach (IGrouping<MethodFamily, MethodEntry> family in methods.GroupBy(m => m.Family).OrderBy(g => g.Key))
        {
            Console.WriteLine(family.Key.ToString().ToLowerInvariant());
            foreach (MethodEntry method in family)
                Console.WriteLine($"  {method.Slug.PadRight(width)}  {method.Year}  {method.Title} ({method.Paper})");
        }

        Console.WriteLine($"{methods.Length} methods. `retort methods SLUG` describes one.");
    }

    private static JsonNode Json(MethodEntry method) => new JsonObject
    {
        ["slug"] = method.Slug,
        ["title"] = method.Title,
        ["paper"] = method.Paper,
        ["year"] = method.Year,
        ["family"] = method.Family.ToString().ToLowerInvariant(),
        ["needs"] = method.Needs,
        ["recipe"] = method.Recipe,
        ["golden"] = method.HasGolden,
        ["atlas"] = method.HasAtlas,
    };

    private static int Describe(MethodEntry[] methods, string slug)
    {
        MethodEntry? found = Array.Find(methods, m => m.Slug == slug);
        if (found is null)
        {
            string? nearest = Spelling.Nearest(slug, methods.Select(m => m.Slug));
            string hint = nearest is null ? "`retort methods` lists them" : $"nearest: {nearest}";
            throw new RunException($"there is no method '{slug}'; {hint}.", isInputWrong: true);
        }

        Console.WriteLine($"{found.Slug}: {found.Title} ({found.Year}, {found.Paper})");
        Console.WriteLine();
        Console.WriteLine(found.Summary);
        foreach (string paragraph in found.Remarks)
        {
            Console.WriteLine();
            Console.WriteLine(paragraph);
        }

        Console.WriteLine();
        if (found.Recipe is { } recipe)
            Console.WriteLine($"Recipe: recipes/{recipe}");
        if (found.Options.Count > 0)
            Console.WriteLine("Options:");
        foreach (MethodOption option in found.Options)
            Console.WriteLine($"  {option.Key} (default {option.Default}; {option.Allowed}): {option.Text}");
        return Exit.Done;
    }
}
