using Retort.Methods.Relations;
using Retort.Methods.Sequences;

namespace Retort.Tests.Methods;

/// <summary>Every loss on texts, with inputs for the theories over the catalogue.</summary>
internal static class SequenceCases
{
    private const string Tokens = "student 2 3 5; teacher 2 3 5; mask 2 3";
    private const string Cache = "student 2 3 6; ids/6 2 3 3; log-probs 2 3 3; mask 2 3";
    private const string Scores = "student 5; student-negative 5; teacher 5; teacher-negative 5";

    public static LossCase[] All { get; } =
    [
        new("token-forward-kl", Tokens, x => TokenForwardKl.Loss(x("student"), x("teacher"), x("mask"), subtractEntropy: true)),
        new("token-reverse-kl", Tokens, x => TokenReverseKl.Loss(x("student"), x("teacher"), x("mask"), reverseShare: 0.7)),
        new("token-jsd", Tokens, x => TokenJensenShannon.Loss(x("student"), x("teacher"), x("mask"), studentShare: 0.4)),
        new("token-skew-fkl", Tokens, x => TokenSkewKl.Loss(x("student"), x("teacher"), x("mask"))),
        new("token-skew-rkl", Tokens, x => TokenSkewReverseKl.Loss(x("student"), x("teacher"), x("mask"))),
        new("token-tvd", Tokens, x => TokenTotalVariation.Loss(x("student"), x("teacher"), x("mask"))),
        new("gkd-jsd", Tokens, x => GeneralizedJensenShannon.Loss(x("student"), x("teacher"), x("mask"), temperature: 2, beta: 0.3)),
        new("akl", Tokens, x => AdaptiveKl.Loss(x("student"), x("teacher"), x("mask"))),
        new("topk-cached-divergences", Cache, x => CachedTopK.Loss(
            x("student"), x("ids"), x("log-probs"), x("mask"), CachedDivergence.Jsd, MissingMass.SymmetricUniform, 2)) { Cut = "mask" },
        new("topk-ranking-losses", Cache, x => CachedTopK.LogisticLoss(x("student"), x("ids"), x("log-probs"), x("mask"))) { Cut = "mask" },
        new("minilm-relation", "student 2 3 4; teacher 2 3 6; mask 2 3",
            x => SelfAttentionRelation.Loss(x("student"), x("teacher"), x("mask"), relationHeads: 2)),
        new("hidden-state-match", "student 2 3 4; teacher 2 3 4; mask 2 3",
            x => HiddenStateMatch.Loss(x("student"), x("teacher"), x("mask"), HiddenStateMetric.Cosine)),
        new("hidden-state-match first token", "student 2 3 4; teacher 2 3 4; mask 2 3",
            x => HiddenStateMatch.Loss(x("student"), x("teacher"), x("mask"), HiddenStateMetric.FirstToken)),
        new("minillm", "student 3 4; old 3 4; gain 3 4; probs 3 4; mask 3 4",
            x => PolicyGradientReverseKl.Loss(x("student"), x("old"), x("gain"), x("probs"), x("mask"))) { Cut = "old" },
        new("uld", "student 2 4 5; teacher 2 4 7; labels/3 2 4",
            x => UniversalLogit.Loss(x("student"), x("teacher"), x("labels"), x("labels"))),
        new("margin-mse", Scores,
            x => MarginRanking.Loss(x("student"), x("student-negative"), x("teacher"), x("teacher-negative"))),
        new("margin-mse weighted", Scores,
            x => MarginRanking.WeightedRankNetLoss(x("student"), x("student-negative"), x("teacher"), x("teacher-negative"))),
        new("margin-mse list", "student 3 4; teacher 3 4", x => MarginRanking.ListLoss(x("student"), x("teacher"))),
        new("bert-intermediate-losses attention", "student 2 2 3 3; teacher 2 2 3 3; mask 2 3",
            x => TransformerMatching.AttentionSoftLoss(x("student"), x("teacher"), x("mask"))),
        new("bert-intermediate-losses first token", "student 2 3 4; teacher 2 3 4",
            x => TransformerMatching.FirstTokenLoss(x("student"), x("teacher"))),
        new("bert-intermediate-losses flow", "student 2 3 4; student2 2 3 4; teacher 2 3 4; teacher2 2 3 4; mask 2 3",
            x => TransformerMatching.FlowLoss(x("student"), x("student2"), x("teacher"), x("teacher2"), x("mask"))) { Cut = "mask" },
        new("bert-prediction-losses", "student 4 5; teacher 4 5",
            x => TransformerMatching.SoftLabelLoss(x("student"), x("teacher"), meanOverClasses: true)),
        new("autodistil-relation", "student 2 2 3 4; teacher 2 2 3 5", x => AttentionScoreRelation.Loss(x("student"), x("teacher"))),
        new("mohawk matrices", "student 2 2 3 3; teacher 2 2 3 3", x => MixerAlignment.MatrixLoss(x("student"), x("teacher"))),
        new("mohawk hidden", "student 2 3 4; teacher 2 3 4", x => MixerAlignment.HiddenLoss(x("student"), x("teacher"))),
        new("adpa divergence", "student 2 3 5; probs 2 3 5; mask 2 3",
            x => AdvantageGuided.DivergenceLoss(x("student"), x("probs"), x("mask"))) { Cut = "probs" },
        new("adpa advantage", Tokens, x => AdvantageGuided.AdvantageLoss(x("student"), x("teacher"), x("mask"))),
        new("taid", Tokens, x => InterpolatedDistillation.Loss(x("student"), x("teacher"), x("mask"), interpolation: 1)),
    ];
}
