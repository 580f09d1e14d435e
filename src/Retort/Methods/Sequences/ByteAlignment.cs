using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>How the tokens of one group are made one distribution.</summary>
public enum GroupMerge
{
    /// <summary>The first token's distribution, times what the later ones gave the tokens that were seen.</summary>
    Observed,

    /// <summary>The last token's distribution, times what the earlier ones gave the tokens that were seen.</summary>
    Bayesian,
}

/// <summary>Two tokenisations of one text in step: groups of tokens that end at the same byte, each made one
/// distribution.</summary>
/// <remarks>
/// <para><b>Paper.</b> None: the alignment of TRL's GOLD trainer, beside Boizard et al., "Towards Cross-Tokenizer Distillation:
/// the Universal Logit Distillation Loss for LLMs", arXiv:2402.12030.</para>
/// <para><b>Equation.</b> A walk with two pointers advances the side whose token ends earlier, and closes a group where both end.
/// What is left when one side ends is a last pair, of which one side may be empty. Merged, a group i … j is
/// p_i Π_{i &lt; k ≤ j} p_k(id_k), or p_j Π_{i ≤ k &lt; j} p_k(id_k); no factor is below 1e-8. It need not sum to 1.</para>
/// <para><b>Needs.</b> Byte offsets of every token on both sides, and to merge the probabilities [T, V] and the tokens
/// seen.</para>
/// </remarks>
public static class ByteAlignment
{
    private const double SmallestFactor = 1e-8;

    /// <summary>The groups, as places of tokens of either side.</summary>
    /// <param name="student">Where each of the student's tokens begins and ends, in bytes; ends never fall.</param>
    /// <param name="teacher">The same of the teacher's.</param>
    /// <exception cref="ArgumentException">An end lies before the one before it.</exception>
    public static IReadOnlyList<(IReadOnlyList<int> Student, IReadOnlyList<int> Teacher)> Groups(
        IReadOnlyList<(long Start, long End)> student, IReadOnlyList<(long Start, long End)> teacher)
    {
        RequireOrder(student, nameof(student));
        RequireOrder(teacher, nameof(teacher));
        var groups = new List<(IReadOnlyList<int>, IReadOnlyList<int>)>();
        int own = 0, other = 0, ownFirst = 0, otherFirst = 0;
        while (own < student.Count && other < teacher.Count)
        {
            long end = student[own].End, otherEnd = teacher[other].End;
            if (end <= otherEnd)
                own++;
            if (otherEnd <= end)
                other++;
            if (end != otherEnd)
                continue;
            groups.Add((Places(ownFirst, own), Places(otherFirst, other)));
            (ownFirst, otherFirst) = (own, other);
        }

        if (ownFirst < student.Count || otherFirst < teacher.Count)
            groups.Add((Places(ownFirst, student.Count), Places(otherFirst, teacher.Count)));
        return groups;
    }

    /// <summary>One distribution a group, [G, V]; an empty group's row is zeros.</summary>
    /// <param name="probabilities">Of every token, [T, V]. Gradients flow here.</param>
    /// <param name="tokens">The token that was seen at each place, [T].</param>
    /// <param name="groups">Places of consecutive tokens, one list a group.</param>
    /// <param name="merge">Whose distribution is taken whole.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Merge(
        Tensor probabilities, Tensor tokens, IReadOnlyList<IReadOnlyList<int>> groups, GroupMerge merge = GroupMerge.Observed)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Shapes.RequireLabelled(probabilities, tokens);
        using var scope = new TensorScope();
        Tensor rows = probabilities.AtLeastFloat32();
        Tensor seen = rows.AtLabel(tokens).ClampMin(SmallestFactor);   // [T]
        Tensor[] merged = [.. groups.Select(One)];
        return scope.Keep(Ops.Stack(merged, 0));

        Tensor One(IReadOnlyList<int> group)
        {
            if (group.Count == 0)
                return Tensor.Zeros(rows.DType, rows.Size(1)).To(rows.Device);
            bool observed = merge == GroupMerge.Observed;
            Tensor whole = rows[observed ? group[0] : group[^1]];
            return group.Count == 1 ? whole : whole * seen.Narrow(0, group[0] + (observed ? 1 : 0), group.Count - 1).Prod();
        }
    }

    private static void RequireOrder(IReadOnlyList<(long Start, long End)> offsets, string name)
    {
        ArgumentNullException.ThrowIfNull(offsets, name);
        for (int k = 1; k < offsets.Count; k++)
        {
            if (offsets[k].End < offsets[k - 1].End)
            {
                throw new ArgumentException(
                    $"token {k} ends at byte {offsets[k].End}, before the one before it ({offsets[k - 1].End}).", name);
            }

        }
    }

    private static int[] Places(int from, int to) => [.. Enumerable.Range(from, to - from)];

    [Golden("gold-byte-alignment")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        (long, long)[] Offsets(string name) =>
            [.. vector.Raw(name).EnumerateArray().Select(o => (o[0].GetInt64(), o[1].GetInt64()))];
        var groups = Groups(Offsets("student_offsets"), Offsets("teacher_offsets"));
        IReadOnlyList<int>[] own = [.. groups.Select(g => g.Student)];
        long[] ids = [.. vector.Raw("student_token_ids").EnumerateArray().Select(e => e.GetInt64())];
        Tensor tokens = Tensor.From(ids), rows = vector["student_probs"];
        return new GoldenOutputs
        {
            ["student_groups"] = own,
            ["teacher_groups"] = groups.Select(g => g.Teacher).ToArray(),
            ["merged:observed"] = Merge(rows, tokens, own),
            ["merged:bayesian"] = Merge(rows, tokens, own, GroupMerge.Bayesian),
        };
    }
}
