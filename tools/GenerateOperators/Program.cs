using System.Runtime.InteropServices;

namespace Retort.Tools;

/// <summary>Writes the typed operators of Retort.Torch from the schemas of the libtorch that RETORT_NATIVE was built
/// against.</summary>
public static partial class Program
{
    /// <summary>Generates; takes the repository's root as its only argument (the working directory by default).</summary>
    public static int Main(string[] args)
    {
        string root = args.Length > 0 ? args[0] : Directory.GetCurrentDirectory();
        string native = Environment.GetEnvironmentVariable("RETORT_NATIVE") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(root, "artifacts", "native", "default", "libretort.so");
        NativeLibrary.SetDllImportResolver(
            typeof(Program).Assembly, (name, _, _) => name == "retort" ? NativeLibrary.Load(native) : 0);
        var schemas = new List<Schema>();
        foreach (string name in OperatorNames(root))
        {
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            nint op = Find("aten::" + (dot < 0 ? name : name[..dot]), dot < 0 ? string.Empty : name[(dot + 1)..]);
            if (op == 0)
            {
                Console.Error.WriteLine($"tools/operators.txt: libtorch has no operator '{name}'.");
                return 1;
            }

            schemas.Add(Schema.Parse(Marshal.PtrToStringUTF8(SchemaText(op))!));
        }

        (string tensor, string ops) = Emitter.Emit(schemas);
        string folder = Path.Combine(root, "src", "Retort.Torch", "Generated");
        File.WriteAllText(Path.Combine(folder, "Tensor.g.cs"), tensor);
        File.WriteAllText(Path.Combine(folder, "Ops.g.cs"), ops);
        Console.WriteLine($"{schemas.Count} operators.");
        return 0;
    }

    /// <summary>The lines of the checked-in list that name an operator, as <c>name</c> or <c>name.overload</c>.</summary>
    /// <param name="root">The repository's root.</param>
    public static IEnumerable<string> OperatorNames(string root) =>
        File.ReadLines(Path.Combine(root, "tools", "operators.txt")).Where(line => line.Length > 0 && line[0] != '#');

    [LibraryImport("retort", EntryPoint = "rt_find_operator", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Find(string name, string overload);

    [LibraryImport("retort", EntryPoint = "rt_operator_schema")]
    private static partial nint SchemaText(nint op);
}
