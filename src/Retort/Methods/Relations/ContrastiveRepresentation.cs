using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Relations;

/// <summary>The loss of CRD: an image's two embeddings find each other among many embeddings of other images.</summary>
/// <remarks>
/// <para><b>Paper.</b> Tian, Krishnan and Isola, "Contrastive Representation Distillation", ICLR 2020,
/// arXiv:1910.10699.</para>
/// <para><b>Equation.</b> With unit embeddings v and a bank M of each role, P_j = exp(⟨M_other[index_j], v⟩ / τ) / Z for one
/// positive
/// (j = 0) and K negatives; −(1/N) Σ (log(P_0 / (P_0 + K/n + ε)) + Σ_{j>0} log((K/n) / (P_j + K/n + ε))), added over the two
/// roles; n is
/// the number of training samples, ε = 1e-7. Z is fixed at the first batch: n times the mean of the exponentials.</para>
/// <para><b>Needs.</b> Unit embeddings [N, D] of both, from linear layers that are trained with the student, and the banks'
/// rows.</para>
/// </remarks>
public static class ContrastiveRepresentation
{
    private const double Floor = 1e-7;

    /// <summary>exp(⟨bank[index], v⟩ / τ) for each sample and candidate, [N, 1 + K].</summary>
    /// <param name="embeddings">Unit embeddings v, [N, D]. Gradients flow here.</param>
    /// <param name="bank">The other role's bank, [n, D].</param>
    /// <param name="candidates">Rows of the bank, [N, 1 + K]: the positive first.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Scores(Tensor embeddings, Tensor bank, Tensor candidates, double temperature = 0.07)
    {
        Shapes.RequireDimensions(embeddings, 2);
        Shapes.RequireDimensions(bank, 2);
        Shapes.RequireDimensions(candidates, 2);
        Shapes.RequireSameBatch(embeddings, candidates);
        RequirePositive(temperature);
        if (embeddings.Size(1) != bank.Size(1))
        {
            throw new ShapeException(
                $"'embeddings' {Shapes.Text(embeddings)} and 'bank' {Shapes.Text(bank)} must have the same width.");
        }

        using var scope = new TensorScope();
        Tensor rows = bank.AsTarget().IndexSelect(0, candidates.Flatten())
            .Reshape([candidates.Size(0), candidates.Size(1), bank.Size(1)]);              // [N, 1 + K, D]
        return scope.Keep((rows.Bmm(embeddings.AtLeastFloat32().Unsqueeze(2)).Squeeze(2) / temperature).Exp());
    }

    /// <summary>Z, which the first batch fixes for good: n times the mean of its scores.</summary>
    public static double Normalizer(Tensor scores, long samples)
    {
        ArgumentNullException.ThrowIfNull(scores);
        using var scope = new TensorScope();
        return scores.Detach().Mean().ToDouble() * samples;
    }

    /// <summary>The loss of one role, as a function of tensors alone.</summary>
    /// <param name="scores">Scores, [N, 1 + K], the positive first. Gradients flow here.</param>
    /// <param name="normalizer">Z, above 0.</param>
    /// <param name="samples">n, how many training samples there are.</param>
    /// <param name="epsilon">ε.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The scores are no [N, 1 + K].</exception>
    public static Tensor Loss(Tensor scores, double normalizer, long samples, double epsilon = Floor)
    {
        Shapes.RequireDimensions(scores, 2);
        RequirePositive(normalizer);
        using var scope = new TensorScope();
        Tensor found = scores / normalizer;
        long negatives = found.Size(1) - 1;
        double noise = (double)negatives / samples;
        Tensor positive = found.Narrow(1, 0, 1), others = found.Narrow(1, 1, negatives);
        Tensor right = (positive / (positive + (noise + epsilon))).Log().Sum();
        Tensor wrong = (noise / (others + (noise + epsilon))).Log().Sum();
        return scope.Keep(-(right + wrong) / found.Size(0));
    }

    /// <summary>The bank after a batch: its rows drawn towards the new embeddings and scaled to unit length again.</summary>
    /// <param name="bank">[n, D]; it is left as it is.</param>
    /// <param name="embeddings">Unit embeddings, [N, D].</param>
    /// <param name="index">The samples' rows, [N].</param>
    /// <param name="momentum">How much of the old row stays.</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Updated(Tensor bank, Tensor embeddings, Tensor index, double momentum = 0.5)
    {
        Shapes.RequireSameBatch(embeddings, index);
        using GradMode off = Autograd.NoGrad();
        using var scope = new TensorScope();
        Tensor rows = bank.IndexSelect(0, index) * momentum + embeddings.Detach() * (1 - momentum);
        return scope.Keep(bank.IndexCopy(0, index, rows / rows.Norm(p: 2, dim: 1, keepDim: true)));
    }

    [Golden("crd")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor index = vector.Labels("index"), candidates = vector.Labels("contrast_index");
        Tensor student = Embed(vector, "student_feat", "param:embed_s"), teacher = Embed(vector, "teacher_feat", "param:embed_t");
        Tensor studentBank = vector["memory_v1_before"], teacherBank = vector["memory_v2_before"];
        double temperature = vector.Number("nce_t"), momentum = vector.Number("momentum"), epsilon = vector.Number("eps", Floor);
        long samples = vector.Integer("n_data");
        Tensor studentScores = Scores(student, teacherBank, candidates, temperature);
        Tensor teacherScores = Scores(teacher, studentBank, candidates, temperature);
        double studentZ = Normalizer(studentScores, samples), teacherZ = Normalizer(teacherScores, samples);
        Tensor first = Loss(studentScores, studentZ, samples, epsilon) + Loss(teacherScores, teacherZ, samples, epsilon);
        studentBank = Updated(studentBank, student, index, momentum);
        teacherBank = Updated(teacherBank, teacher, index, momentum);
        return new GoldenOutputs
        {
            ["loss"] = first,
            ["Z_v1"] = studentZ,
            ["Z_v2"] = teacherZ,
            ["memory_v1_after"] = studentBank,
            ["memory_v2_after"] = teacherBank,
            ["loss_second_call"] = Loss(Scores(student, teacherBank, candidates, temperature), studentZ, samples, epsilon)
                + Loss(Scores(teacher, studentBank, candidates, temperature), teacherZ, samples, epsilon),
        };
    }

    private static Tensor Embed(GoldenInputs vector, string feature, string layer)
    {
        Tensor embedding = Ops.Linear(vector[feature], vector[$"{layer}.linear.weight"], vector[$"{layer}.linear.bias"]);
        return embedding / embedding.Norm(p: 2, dim: 1, keepDim: true);
    }
}
