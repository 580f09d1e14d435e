using Retort.Golden;
using Retort.Torch;
using static Retort.Methods.LossMath;

namespace Retort.Methods.Sequences;

/// <summary>The catalogue of losses by which BERT-like students match a layer: attention, hidden states, flows and first
/// tokens.</summary>
/// <remarks>
/// <para><b>Paper.</b> Yang et al., "TextBrewer: An Open-Source Knowledge Distillation Toolkit for Natural Language
/// Processing", ACL 2020,
/// arXiv:2002.12620, table 2; TinyBERT, arXiv:1909.10351; PKD, arXiv:1908.09355.</para>
/// <para><b>Equation.</b> Beside each function. m is the mask of real tokens and ℓ a text's number of them.</para>
/// <para><b>Needs.</b> Attention scores [N, A, T, T] before the softmax, hidden states [N, T, D], logits [N, K].</para>
/// </remarks>
public static class TransformerMatching
{
    private const double MaskBias = -1e-3;

    /// <summary>−Σ p_teacher log p_student at τ, mean over rows; no τ².</summary>
    /// <param name="student">Student logits, [N, K]. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <param name="meanOverClasses">Whether to take the mean over N·K elements, as TinyBERT's code does.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor SoftLabelLoss(Tensor student, Tensor teacher, double temperature = 1, bool meanOverClasses = false)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        Tensor each = SoftCrossEntropy(teacher.AsTarget() / temperature, student.AtLeastFloat32() / temperature, dim: 1);
        return scope.Keep(each.Mean() / (meanOverClasses ? student.Size(1) : 1));
    }

    /// <summary>The mean of ((z_student − z_teacher) / τ)².</summary>
    /// <param name="student">Student logits, [N, K]. Gradients flow here.</param>
    /// <param name="teacher">Teacher logits, [N, K]. No gradient flows here.</param>
    /// <param name="temperature">τ, above 0.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, K].</exception>
    public static Tensor LogitLoss(Tensor student, Tensor teacher, double temperature = 1)
    {
        RequireLogits(student, teacher);
        RequirePositive(temperature);
        using var scope = new TensorScope();
        return scope.Keep((student.AtLeastFloat32() / temperature).MseLoss(teacher.AsTarget() / temperature));
    }

    /// <summary>Σ (A_student − A_teacher)² m_i m_j / Σ over texts and heads of ℓ².</summary>
    /// <remarks>Without a mask the mean over all entries, those at or below −0.001 set to 0 on both sides: a mask's bias is
    /// meant, but
    /// genuine negative scores are hit as well, as in the toolkit's code.</remarks>
    /// <param name="student">Student scores, [N, A, T, T]. Gradients flow here.</param>
    /// <param name="teacher">Teacher scores, [N, A, T, T]. No gradient flows here.</param>
    /// <param name="mask">Real tokens, [N, T], or null.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor AttentionMseLoss(Tensor student, Tensor teacher, Tensor? mask = null)
    {
        RequireAttention(student, teacher, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        if (mask is null)
            return scope.Keep(found.MaskedFill(found.Le(MaskBias), 0).MseLoss(wanted.MaskedFill(wanted.Le(MaskBias), 0)));
        Tensor real = mask.To(found.DType), pairs = real.Unsqueeze(1).Unsqueeze(3) * real.Unsqueeze(1).Unsqueeze(2);
        return scope.Keep(((found - wanted).Square() * pairs).Sum() / (real.Sum(1).Square().Sum() * student.Size(1)));
    }

    /// <summary>−Σ m_i m_j softmax_j(A_teacher) log softmax_j(A_student) / Σ over texts and heads of ℓ.</summary>
    /// <remarks>The softmax runs over padded keys too, which are dropped only from the sum.</remarks>
    /// <param name="student">Student scores, [N, A, T, T]. Gradients flow here.</param>
    /// <param name="teacher">Teacher scores, [N, A, T, T]. No gradient flows here.</param>
    /// <param name="mask">Real tokens, [N, T].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor AttentionSoftLoss(Tensor student, Tensor teacher, Tensor mask)
    {
        RequireAttention(student, teacher, mask);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), real = mask.To(found.DType);
        Tensor pairs = real.Unsqueeze(1).Unsqueeze(3) * real.Unsqueeze(1).Unsqueeze(2);
        Tensor each = teacher.AsTarget().Softmax(-1) * found.LogSoftmax(-1) * pairs;
        return scope.Keep(-each.Sum() / (real.Sum() * student.Size(1)));
    }

    /// <summary>The mean over N of ‖h_student / ‖h_student‖ − h_teacher / ‖h_teacher‖‖² of the first tokens.</summary>
    /// <param name="student">Student states, [N, T, D]. Gradients flow here.</param>
    /// <param name="teacher">Teacher states, [N, T, D]. No gradient flows here.</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes differ, or are no [N, T, D].</exception>
    public static Tensor FirstTokenLoss(Tensor student, Tensor teacher)
    {
        Shapes.RequireDimensions(student, 3);
        Shapes.RequireSame(student, teacher);
        using var scope = new TensorScope();
        Tensor difference = student.AtLeastFloat32().Select(1, 0).UnitLength(1) - teacher.AsTarget().Select(1, 0).UnitLength(1);
        return scope.Keep(difference.Square().Sum(1).Mean());
    }

    /// <summary>The mean squared difference of (H m)ᵀ(H₂ m) / ℓ, [N, D, D₂], between two layers of each role.</summary>
    /// <param name="student">A layer of the student, [N, T, D]. Gradients flow here.</param>
    /// <param name="student2">Another layer of the student, [N, T, D₂]. Gradients flow here.</param>
    /// <param name="teacher">A layer of the teacher, [N, T, D]. No gradient flows here.</param>
    /// <param name="teacher2">Another layer of the teacher, [N, T, D₂]. No gradient flows here.</param>
    /// <param name="mask">Real tokens, [N, T].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor FlowLoss(Tensor student, Tensor student2, Tensor teacher, Tensor teacher2, Tensor mask)
    {
        RequireLayers(student, student2, teacher, teacher2, mask);
        Shapes.RequireSame(student, teacher);
        Shapes.RequireSame(student2, teacher2);
        using var scope = new TensorScope();
        Tensor real = mask.To(student.AtLeastFloat32().DType), length = real.Sum(1).Unsqueeze(1).Unsqueeze(2).ClampMin(1);
        Tensor Flow(Tensor first, Tensor second) =>
            (first * real.Unsqueeze(2)).Transpose(1, 2).Bmm(second * real.Unsqueeze(2)) / length;
        Tensor wanted = Flow(teacher.AsTarget(), teacher2.AsTarget());
        return scope.Keep(Flow(student.AtLeastFloat32(), student2.AtLeastFloat32()).MseLoss(wanted));
    }

    /// <summary>Σ (H H₂ᵀ / D of both roles, subtracted)² m_i m_j / Σ over texts of ℓ²; widths may differ between the
    /// roles.</summary>
    /// <param name="student">A layer of the student, [N, T, D]. Gradients flow here.</param>
    /// <param name="student2">Another layer of the student, [N, T, D]. Gradients flow here.</param>
    /// <param name="teacher">A layer of the teacher, [N, T, D′]. No gradient flows here.</param>
    /// <param name="teacher2">Another layer of the teacher, [N, T, D′]. No gradient flows here.</param>
    /// <param name="mask">Real tokens, [N, T].</param>
    /// <returns>A scalar, float32 or wider.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor DiscrepancyLoss(Tensor student, Tensor student2, Tensor teacher, Tensor teacher2, Tensor mask)
    {
        RequireLayers(student, student2, teacher, teacher2, mask);
        Shapes.RequireSame(student, student2);
        Shapes.RequireSame(teacher, teacher2);
        using var scope = new TensorScope();
        Tensor real = mask.To(student.AtLeastFloat32().DType);
        Tensor Product(Tensor first, Tensor second) => first.Bmm(second.Transpose(1, 2)) / first.Size(2);   // [N, T, T]
        Tensor difference = Product(student.AtLeastFloat32(), student2.AtLeastFloat32())
            - Product(teacher.AsTarget(), teacher2.AsTarget());
        Tensor pairs = real.Unsqueeze(2) * real.Unsqueeze(1);
        return scope.Keep((difference.Square() * pairs).Sum() / real.Sum(1).Square().Sum());
    }

    private static void RequireAttention(Tensor student, Tensor teacher, Tensor? mask)
    {
        Shapes.RequireDimensions(student, 4);
        Shapes.RequireSame(student, teacher);
        if (mask is not null && (mask.Dimensions != 2 || mask.Size(0) != student.Size(0) || mask.Size(1) != student.Size(3)))
        {
            throw new ShapeException(
                $"'student' {Shapes.Text(student)} and 'mask' {Shapes.Text(mask)} must have the same batch and tokens.");
        }
    }

    private static void RequireLayers(Tensor student, Tensor student2, Tensor teacher, Tensor teacher2, Tensor mask)
    {
        foreach (Tensor layer in (ReadOnlySpan<Tensor>)[student, student2, teacher, teacher2])
        {
            Shapes.RequireDimensions(layer, 3);
            TokenMath.RequireMask(layer, mask);
        }
    }

    [Golden("bert-intermediate-losses")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor mask = vector.Labels("mask");
        double temperature = vector.Number("temperature");
        var outputs = new GoldenOutputs();
        void Add(string name, string input, Func<Tensor, Tensor> loss)
        {
            Tensor leaf = vector[input].Detach().Clone().SetRequiresGrad();
            Tensor value = loss(leaf);
            outputs[$"loss:{name}"] = value.Detach();
            outputs[$"grad@{name}"] = Autograd.Grad(value, [leaf])[0];
        }

        Tensor hidden = vector["hidden_T"], attention = vector["attention_T"];
        Add("kd_ce", "logits_S", s => SoftLabelLoss(s, vector["logits_T"], temperature));
        Add("kd_mse", "logits_S", s => LogitLoss(s, vector["logits_T"], temperature));
        Add("att_mse_mask", "attention_S", s => AttentionMseLoss(s, attention, mask));
        Add("att_mse_nomask", "attention_S", s => AttentionMseLoss(s, attention));
        Add("att_ce_mask", "attention_S", s => AttentionSoftLoss(s, attention, mask));
        Add("hid_mse_mask", "hidden_S", s => HiddenStateMatch.Loss(s, hidden, mask));
        Add("cos_mask", "hidden_S", s => HiddenStateMatch.Loss(s, hidden, mask, HiddenStateMetric.Cosine));
        Add("pkd", "hidden_S", s => FirstTokenLoss(s, hidden));
        outputs["loss:fsp_mask"] = FlowLoss(vector["hidden_S"], vector["hidden_S2"], hidden, vector["hidden_T2"], mask);
        outputs["loss:mmd_mask"] = DiscrepancyLoss(vector["hidden_S"], vector["hidden_S2"], hidden, vector["hidden_T2"], mask);
        return outputs;
    }

    [Golden("bert-prediction-losses")]
    private static GoldenOutputs GoldenPrediction(GoldenInputs vector)
    {
        Tensor student = vector["student_logits"], teacher = vector["teacher_logits"];
        double temperature = vector.Number("temperature"), alpha = vector.Number("alpha");
        Tensor soft = SoftLabelLoss(student, teacher, temperature, meanOverClasses: true);
        Tensor patient = Logits.KnowledgeDistillation.Loss(student, teacher, temperature) * (alpha / student.Size(1))
            + student.CrossEntropyLoss(vector.Labels("labels")) * (1 - alpha);
        return new GoldenOutputs
        {
            ["tinybert_soft_ce"] = soft,
            ["tinybert"] = soft,
            ["pkd_total"] = patient,
            ["pkd"] = patient,
        };
    }
}
