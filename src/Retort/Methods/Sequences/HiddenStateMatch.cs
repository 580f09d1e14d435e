using Retort.Distillation;
using Retort.Distillation.Projectors;
using Retort.Golden;
using Retort.Torch;

namespace Retort.Methods.Sequences;

/// <summary>How hidden states are compared.</summary>
public enum HiddenStateMetric
{
    /// <summary>The mean of squared differences.</summary>
    Mse,

    /// <summary>One minus the cosine.</summary>
    Cosine,

    /// <summary>The squared distance of the first tokens, both at unit length, as PKD (arXiv:1908.09355) has it.</summary>
    FirstToken,
}

/// <summary>Hidden states of chosen layers, through a projection, should be the teacher's at every token that counts.</summary>
/// <remarks>
/// <para><b>Paper.</b> Jiao et al., "TinyBERT: Distilling BERT for Natural Language Understanding", Findings of EMNLP 2020,
/// arXiv:1909.10351; in the masked form of Arcee's DistillKit.</para>
/// <para><b>Equation.</b> mse: Σ over tokens that count of ‖W h_student − h_teacher‖² / (tokens · D); cosine: the mean over
/// those tokens of
/// 1 − cos(W h_student, h_teacher); first-token: the squared distance of the texts' first tokens, both scaled to unit length,
/// mean over texts. The mean over the pairs of layers.</para>
/// <para><b>Needs.</b> Hidden states [N, T, D] of as many layers of each role, labels [N, T] where some tokens do not count. A
/// linear
/// projection without bias where widths differ.</para>
/// </remarks>
[Method("hidden-state-match", Title = "Hidden-state matching", Family = MethodFamily.Sequence,
    Year = 2020, Paper = "arXiv:1909.10351")]
public sealed class HiddenStateMatch(HiddenStateMatchOptions options) : Criterion(options)
{
    private readonly HiddenStateMatchOptions _options = options;
    private readonly Dictionary<int, Projector> _projectors = [];

    /// <inheritdoc/>
    public override void Prepare(Signals signals)
    {
        Tensor[] student = _options.StudentFeatures(signals), teacher = _options.TeacherFeatures(signals);
        for (int k = 0; k < student.Length; k++)
        {
            long from = student[k].Size(-1), to = teacher[k].Size(-1);
            if (from != to)
                _projectors[k] = Own($"projector{k}", new Projector(from, to, dimensions: 3, bias: false));
        }
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Signals signals)
    {
        Tensor Mask(Tensor state) => signals.Labels.Dimensions == 2
            ? TokenMath.MaskOf(signals.Labels)
            : state.Detach().NewOnes([state.Size(0), state.Size(1)]);
        Tensor sum = _options.SumOverPairs(signals, (k, student, teacher) =>
        {
            Tensor projected = _projectors.TryGetValue(k, out Projector? projector) ? projector.Call(student) : student;
            return Loss(projected, teacher, Mask(student), _options.Metric);
        });
        return sum / _options.StudentTaps.Count;
    }

    /// <summary>The loss of one pair of layers, as a function of tensors alone.</summary>
    /// <param name="student">Projected student states, [N, T, D], any floating dtype. Gradients flow here.</param>
    /// <param name="teacher">Teacher states, [N, T, D]. No gradient flows here.</param>
    /// <param name="mask">Which tokens count, [N, T], true or not 0.</param>
    /// <param name="metric">How states are compared.</param>
    /// <returns>A scalar, float32 or wider; 0 where no token counts.</returns>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public static Tensor Loss(Tensor student, Tensor teacher, Tensor mask, HiddenStateMetric metric = HiddenStateMetric.Mse)
    {
        TokenMath.RequireTokens(student, teacher, mask);
        if (metric == HiddenStateMetric.FirstToken)
            return TransformerMatching.FirstTokenLoss(student, teacher);
        using var scope = new TensorScope();
        Tensor found = student.AtLeastFloat32(), wanted = teacher.AsTarget();
        Tensor each = metric == HiddenStateMetric.Cosine
            ? 1 - Ops.CosineSimilarity(found, wanted, dim: -1)
            : (found - wanted).Square().Mean(-1);
        return scope.Keep(TokenMath.MeanOver(each, mask));
    }

    [Golden("hidden-state-match")]
    private static GoldenOutputs Golden(GoldenInputs vector)
    {
        Tensor Of(HiddenStateMetric metric)
        {
            Tensor? total = null;
            int pair = 0;
            foreach (System.Text.Json.JsonElement layers in vector.Raw("layer_mapping").EnumerateArray())
            {
                Tensor student = vector[$"student_hidden_{layers[0].GetInt32()}"];
                Tensor teacher = vector[$"teacher_hidden_{layers[1].GetInt32()}"];
                if (vector.Find($"proj_{pair++}") is { } projection)
                    student = Ops.Linear(student, projection);
                Tensor term = Loss(student, teacher, vector.Labels("mask"), metric);
                total = total is null ? term : total + term;
            }

            return total! / pair;
        }

        return new GoldenOutputs { ["loss:mse"] = Of(HiddenStateMetric.Mse), ["loss:cosine"] = Of(HiddenStateMetric.Cosine) };
    }
}

/// <summary>What a recipe may write under <c>hidden-state-match:</c>.</summary>
public sealed record HiddenStateMatchOptions() : StageTapOptions(weight: 1)
{
    /// <summary>How states are compared.</summary>
    public HiddenStateMetric Metric { get; init; }
}
