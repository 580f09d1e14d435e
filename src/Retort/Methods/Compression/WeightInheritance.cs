using System.Globalization;
using Retort.Golden;
using Retort.Torch;
using Retort.Training;

namespace Retort.Methods.Compression;

/// <summary>A student begins with a part of its teacher's weights: every so many layers, and of each the leading units.</summary>
/// <remarks>
/// <para><b>Paper.</b> Wu et al., "TinyCLIP: CLIP Distillation via Affinity Mimicking and Weight Inheritance", ICCV 2023,
/// arXiv:2309.12314, the manual inheritance of section 3.2.</para>
/// <para><b>Equation.</b> Of a stack of L layers a student with l of them takes those numbered 0, s, 2s, …, s = ⌊L / l⌋; of every
/// tensor the leading indices along each axis. Queries, keys and values that lie stacked in one tensor are cut each by itself, so
/// that leading heads stay whole where both networks have heads of one width.</para>
/// <para><b>Needs.</b> A train stage with <c>init_from</c> a trained network of the same architecture that is nowhere smaller;
/// layers are what is numbered in parameters' names.</para>
/// <para><b>Variants.</b> The automatic inheritance of section 3.3, which learns masks of the units, is not this one.</para>
/// </remarks>
[Method("tinyclip-inherit", Title = "Weight inheritance (TinyCLIP)", Family = MethodFamily.Compression, Year = 2023,
    Paper = "arXiv:2309.12314", Recipe = "captions.yaml")]
public sealed record WeightInheritance : InheritanceOptions
{
    // Queries, keys and values.
    private const int Blocks = 3;

    private static readonly string[] Stacked =
        ["in_proj_weight", "in_proj_bias", "qkv.weight", "qkv.bias", "c_attn.weight", "c_attn.bias"];

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Cut(
        IReadOnlyDictionary<string, Tensor> from, IReadOnlyDictionary<string, Tensor> to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        Dictionary<string, int> theirs = Depths(from.Keys), own = Depths(to.Keys);
        return to.ToDictionary(t => t.Key, t => Cut(t.Key, t.Value.Shape, from, theirs, own));
    }

    private static Tensor Cut(
        string name, long[] shape, IReadOnlyDictionary<string, Tensor> from,
        Dictionary<string, int> theirs, Dictionary<string, int> own)
    {
        string source = SourceOf(name, theirs, own);
        if (!from.TryGetValue(source, out Tensor? whole))
            throw new ArgumentException($"there is no '{source}' to cut '{name}' out of.", nameof(from));
        if (whole.Dimensions != shape.Length || shape.Zip(whole.Shape).Any(s => s.First > s.Second))
        {
            throw new ArgumentException(
                $"'{name}' [{string.Join(", ", shape)}] cannot be cut out of '{source}' {Shapes.Text(whole)}: "
                + "it must be nowhere larger.",
                nameof(from));
        }

        using var scope = new TensorScope();
        if (!Array.Exists(Stacked, s => name == s || name.EndsWith('.' + s, StringComparison.Ordinal)))
            return scope.Keep(Leading(whole, shape).Clone());
        long[] kept = [shape[0] / Blocks, .. shape[1..]];
        long each = whole.Size(0) / Blocks;
        return scope.Keep(Ops.Cat(
            [.. Enumerable.Range(0, Blocks).Select(b => Leading(whole.Narrow(0, b * each, each), kept))], 0));
    }

    private static Tensor Leading(Tensor whole, long[] shape)
    {
        for (int axis = 0; axis < shape.Length; axis++)
            whole = whole.Narrow(axis, 0, shape[axis]);
        return whole;
    }

    // How many numbered children each path has: `blocks` of `blocks.0.fc1.weight` and `blocks.1.fc1.weight` has two.
    private static Dictionary<string, int> Depths(IEnumerable<string> names)
    {
        var depths = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string[] parts = name.Split('.');
            for (int k = 1; k < parts.Length; k++)
            {
                if (NumberOf(parts[k]) is { } number)
                {
                    string path = string.Join('.', parts[..k]);
                    depths[path] = Math.Max(depths.GetValueOrDefault(path), number + 1);
                }
            }
        }

        return depths;
    }

    private static string SourceOf(string name, Dictionary<string, int> theirs, Dictionary<string, int> own)
    {
        string[] parts = name.Split('.'), source = [.. parts];
        for (int k = 1; k < parts.Length; k++)
        {
            // The path in the larger network, whose own numbers may have changed already.
            string path = string.Join('.', source[..k]);
            if (NumberOf(parts[k]) is { } number && theirs.TryGetValue(path, out int depth))
            {
                int step = Math.Max(1, depth / own[string.Join('.', parts[..k])]);
                source[k] = (number * step).ToString(CultureInfo.InvariantCulture);
            }
        }

        return string.Join('.', source);
    }

    private static int? NumberOf(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < 1 << 20 ? number : null;

    [Golden("tinyclip-inherit")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        const string Prefix = "teacher:";
        int width = vector.Integer("student_width"), before = vector.Integer("teacher_width");
        int depth = vector.Integer("student_depth");
        var from = vector.Names.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(n => n[Prefix.Length..], n => vector[n]);

        // The student's own tensors: every size is a multiple of the width.
        var to = from.Where(t => LayerOf(t.Key) < depth)
            .ToDictionary(t => t.Key, t => t.Value.NewZeros([.. t.Value.Shape.Select(s => s * width / before)]));
        var outputs = new GoldenOutputs();
        foreach ((string name, Tensor value) in new WeightInheritance().Cut(from, to))
            outputs["student:" + name] = value;
        return outputs;
    }

    private static int LayerOf(string name) => name.Split('.').Select(NumberOf).FirstOrDefault(n => n is not null) ?? 0;
}
