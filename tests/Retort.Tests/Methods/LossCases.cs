using Retort.Methods.Dense;
using Retort.Methods.Features;
using Retort.Methods.Logits;
using Retort.Methods.Relations;
using Retort.Torch;

namespace Retort.Tests.Methods;

/// <summary>Every loss on samples that are no texts, with inputs for the theories over the catalogue.</summary>
internal static class LossCases
{
    private const string Logits = "student 4 5; teacher 4 5";
    private const string Labelled = Logits + "; labels/5 4";
    private const string Maps = "student 3 4 4 4; teacher 3 5 4 4";
    private const string SameMaps = "student 3 4 4 4; teacher 3 4 4 4";

    public static LossCase[] All { get; } =
    [
        new("cross-entropy", "student 4 5; labels/5 4", x => CrossEntropy.Loss(x("student"), x("labels"), 0.1)) { Cut = "labels" },
        new("kd", Logits, x => KnowledgeDistillation.Loss(x("student"), x("teacher"))),
        new("lwf", "student 4 5; teacher 4 3", x => LearningWithoutForgetting.Loss(x("student"), x("teacher"))),
        new("wa", "student 4 5; teacher 4 3; labels/5 4", x => WeightAligning.Loss(x("student"), x("teacher"), x("labels"))),
        new("rehearsal-free-cl", "student 4 5; teacher 4 3; labels/5 4", x => RehearsalFree.Loss(x("student"), x("labels"), x("teacher"))),
        new("rehearsal-free-cl softmax", "student 4 5; teacher 4 3; labels/5 4",
            x => RehearsalFree.SoftmaxLoss(x("student"), x("labels"), x("teacher"))),
        new("logits-mse", Logits, x => LogitRegression.Loss(x("student"), x("teacher"))),
        new("dkd", Labelled, x => DecoupledKnowledgeDistillation.Loss(x("student"), x("teacher"), x("labels"))),
        new("nkd", Labelled, x => NormalizedKnowledgeDistillation.Loss(x("student"), x("teacher"), x("labels"), temperature: 2)),
        new("pld", Labelled, x => PlackettLuceDistillation.Loss(x("student"), x("teacher"), x("labels"))),
        new("ofa-kd", Labelled, x => OneForAll.Loss(x("student"), x("teacher"), x("labels"))),
        new("logit-standardization", Logits, x => LogitStandardization.Loss(x("student"), x("teacher"))),
        new("mix-kd", Logits + "; probs 4 5", x => MixupStandardDeviation.Loss(x("student"), x("teacher"), x("probs"))),
        new("sinkd", Logits, x => SinkhornDistillation.Loss(x("student"), x("teacher"), iterations: 5)),
        new("tf-kd", "student 4 5; labels/5 4", x => VirtualTeacher.Loss(x("student"), x("labels"))) { Cut = "labels" },
        new("tf-kd smoothing", "student 4 5; labels/5 4", x => VirtualTeacher.SmoothedCrossEntropy(x("student"), x("labels")))
        {
            Cut = "labels",
        },
        new("dml", Logits, x => DeepMutualLearning.Loss(x("student"), x("teacher"))),
        new("bd-kd", Logits, x => BalancedDivergence.Loss(x("student"), x("teacher"))),
        new("bd-kd teacher", "teacher 4 5; student 4 5", x => BalancedDivergence.TeacherLoss(x("student"), x("teacher"))),
        new("meal-v2", Logits, x => EnsembleDiscriminator.Loss(x("student"), x("teacher"))),
        new("makd", "student 4 5; probs 4 2; labels/3 4", x => MultiAspect.Loss(x("student"), x("probs"), x("labels"))) { Cut = "probs" },
        new("ps-kd", "student 4 5; probs 4 5; labels/5 4",
            x => ProgressiveSelfDistillation.Loss(x("student"), x("probs"), x("labels"), 0.3)) { Cut = "probs" },
        new("sla", "student 8 6; labels/3 4", x => LabelAugmentation.Loss(x("student"), x("labels"), 2)) { Cut = "labels" },
        new("sla distilled", "student 8 3; joint 8 6; labels/3 4",
            x => LabelAugmentation.DistillationLoss(x("joint"), x("student"), x("labels"), 2)) { Cut = "joint" },

        // The weak view is a constant of the loss, so only the strong one's slope is its gradient.
        new("mdcs", "weak 2 4 3; student 2 4 3; labels/3 8; counts 3", x => MultiExpertConsistency.Loss(
            Ops.Cat([x("weak"), x("student")], 1), x("labels"), x("counts").Exp(), [-0.5, 1])) { Cut = "labels" },
        new("tgeo-kd", Labelled + "; ratios 4", x => TrilateralGeometry.Loss(x("student"), x("teacher"), x("labels"), x("ratios").Sigmoid())),
        new("wsld", Labelled, x => WeightedSoftLabels.Loss(x("student"), x("teacher"), x("labels"))) { HasConstantParts = true },
        new("dist", Logits, x => StrongerTeacher.Loss(x("student"), x("teacher"))),
        new("sp", Maps, x => SimilarityPreserving.Loss(x("student"), x("teacher"))),
        new("sp l1", Maps, x => SimilarityPreserving.Loss(x("student"), x("teacher"), rowNorm: 1)),
        new("rkd", "student 4 3; teacher 4 6", x => RelationalKnowledgeDistillation.Loss(x("student"), x("teacher"))),
        new("rkd squared", "student 4 3; teacher 4 6", x => RelationalKnowledgeDistillation.Loss(x("student"), x("teacher"), squared: true)),
        new("pkt", "student 4 3; teacher 4 6", x => ProbabilisticTransfer.Loss(x("student"), x("teacher"))),
        new("cc", Logits, x => CorrelationCongruence.Loss(x("student"), x("teacher"))),
        new("cc bilinear", Logits, x => CorrelationCongruence.Loss(x("student"), x("teacher"), CongruenceKernel.Bilinear)),
        new("cc neighbours", Logits, x => CorrelationCongruence.Loss(x("student"), x("teacher"), CongruenceKernel.NeighbourProduct)),
        new("crd", "student 3 4; teacher 6 4; ids/6 3 5",
            x => ContrastiveRepresentation.Loss(
                ContrastiveRepresentation.Scores(x("student"), x("teacher"), x("ids"), 1), normalizer: 8, samples: 6)) { Cut = "ids" },
        new("sskd", "student 8 4; teacher 8 6", x => SelfSupervisedSimilarity.Loss(x("student"), x("teacher"))),
        new("sskd copies", "student 8 5; teacher 8 5; labels/5 2",
            x => SelfSupervisedSimilarity.CopiesLoss(x("student"), x("teacher"), x("labels"), share: 0.5)),
        new("cr-kd-ncd", "student 2 1 4 5; teacher 2 1 4 3; labelled/2 4",
            x => ClassRelation.Loss(x("student"), x("teacher"), x("labelled"))) { Cut = "labelled" },
        new("contrastive", "student 4 3; student-text 4 3", x => Contrastive.Loss(x("student"), x("student-text"), 5)) { Cut = "student-text" },
        new("tinyclip-affinity", "student 4 3; student-text 4 3; teacher 4 6; teacher-text 4 6",
            x => AffinityMimicking.Loss(x("student"), x("student-text"), x("teacher"), x("teacher-text"), 5, 5)),
        new("fsp", "student 2 3 4 4; student2 2 4 2 2; teacher 2 3 4 4; teacher2 2 4 2 2",
            x => SolutionFlow.Loss(x("student"), x("student2"), x("teacher"), x("teacher2"))),
        new("kdsvd", "student 2 4 4 3; student2 2 5 4 3; teacher 2 4 4 3; teacher2 2 5 4 3",
            x => SingularVectors.Loss([x("student"), x("student2")], [x("teacher"), x("teacher2")])),
        new("mgd-ssss image", "student 3 4 3 3; teacher 3 4 2 2", x => MultiGranularity.ImageLoss(x("student"), x("teacher"))),
        new("mgd-ssss region", Maps, x => MultiGranularity.RegionLoss(x("student"), x("teacher"), grid: 2)),
        new("diswot", Logits, x => ArchitectureAffinity.Loss(x("student"), x("teacher"))),
        new("at", Maps, x => AttentionTransfer.Loss(x("student"), x("teacher"))),
        new("at paper", "student 3 4 6 6; teacher 3 5 3 3",
            x => AttentionTransfer.Loss(x("student"), x("teacher"), AttentionTransferForm.Paper)),
        new("nst", Maps, x => NeuronSelectivity.Loss(x("student"), x("teacher"))),
        new("fitnets", SameMaps, x => FitNets.Loss(x("student"), x("teacher"))),
        new("vid", SameMaps + "; student-scale 4", x => VariationalInformation.Loss(x("student"), x("teacher"), x("student-scale"))),
        new("ab", SameMaps, x => ActivationBoundary.Loss(x("student"), x("teacher"))),
        new("ofd", SameMaps + "; margin 4", x => FeatureOverhaul.Loss(x("student"), x("teacher"), -x("margin").Abs())),
        new("ft", SameMaps, x => FactorTransfer.Loss(x("student"), x("teacher"))),
        new("ft l2", SameMaps, x => FactorTransfer.Loss(x("student"), x("teacher"), norm: 2)),
        new("reviewkd", SameMaps, x => KnowledgeReview.Loss(x("student"), x("teacher"))),
        new("mgd", SameMaps, x => MaskedGeneration.Loss(x("student"), x("teacher"))),
        new("cwd", SameMaps, x => ChannelWise.Loss(x("student"), x("teacher"))),
        new("cwd spatial", SameMaps, x => ChannelWise.SpatialLoss(x("student"), x("teacher"))),
        new("cosine-features", SameMaps, x => CosineFeatures.Loss(x("student"), x("teacher"))),
        new("lad", SameMaps, x => LabelAssistance.Loss(x("student"), x("teacher"))),
        new("cross-entropy of pixels", "student 3 4 2 5; labels/4 3 2 5", x => CrossEntropy.Loss(x("student"), x("labels"))) { Cut = "labels" },
        new("cwd tokens", "student 2 6 4; teacher 2 6 4", x => ChannelWise.Loss(x("student"), x("teacher"))),
        new("pkd-pearson", "student 3 4 2 2; teacher 3 4 4 4", x => PearsonDistillation.Loss(x("student"), x("teacher"))),
        new("nd-loss", "student 4 5; teacher 4 5; means 3 5; labels/3 4",
            x => NormAndDirection.Loss(x("student"), x("teacher"), x("means"), x("labels"))),
        new("simkd", SameMaps, x => ReusedClassifier.Loss(x("student"), x("teacher"))),
        new("srrl", "student 4 3; teacher 4 3; student-logits 4 5; teacher-logits 4 5",
            x => SoftmaxRegression.Loss(x("student"), x("teacher"), x("student-logits"), x("teacher-logits"))),
        new("afd", Maps + "; probs 3 1 1", x => AttentionFeatureMatching.Loss([x("student")], [x("teacher")], x("probs"))),
        new("scalekd", "student 2 9 4; teacher 2 4 3 3",
            x => ScaleKnowledgeDistillation.Loss(x("student"), x("teacher"), removeMean: true)),
        new("scalekd-logit", Logits, x => ScaleKnowledgeDistillation.LogitLoss(x("student"), x("teacher"), temperature: 2)),
        new("acm", "student 4 3 2; target 4 2", x => AdaptiveComputation.Loss(x("student"), x("target"))) { Cut = "target" },
        new("sobolev", "student 4 5; teacher 4 5", x => SobolevMatching.Loss(x("student"), x("teacher"))),

        // A row is another row's constant target, so only the whole gradient with targets held still is the slope.
        new("cs-kd", "student 4 5; labels/2 4", x => ClassWiseSelfDistillation.Loss(x("student"), x("labels"))) { Cut = "labels", HasConstantParts = true },
        new("label-smoothing", "student 4 5; labels/5 4", x => LabelSmoothing.Loss(x("student"), x("labels"))) { Cut = "labels" },
        new("ban weighted", Labelled, x => BornAgain.WeightedLoss(x("student"), x("teacher"), x("labels"))),
        new("ban permuted", Logits + "; keys 4 5", x => BornAgain.PermutedLoss(x("student"), x("teacher"), x("keys"))),
        new("preparing-lessons", Labelled + "; temperatures 4", x => PreparingLessons.Loss(
            x("student"), x("teacher"), x("labels"), x("temperatures").Abs() + 1)),
        new("spherical-kd", Logits, x => SphericalDistillation.Loss(x("student"), x("teacher"))),
        new("ranking hinge", Logits, x => RankingDistillation.Loss(x("student"), x("teacher"), top: 3)),
        new("ranking logistic", Logits, x => RankingDistillation.Loss(x("student"), x("teacher"), Retort.Methods.Logits.RankingForm.Logistic)),
        new("local-kd", Maps, x => LocalRelation.Loss(x("student"), x("teacher"), grid: 2)),
        new("local-kd masked", Maps + "; mask 3 4 4", x => LocalRelation.MaskedLoss(x("student"), x("teacher"), x("mask"))),
        new("ickd", SameMaps, x => ChannelCorrelation.Loss(x("student"), x("teacher"))),
        new("kta-affinity", Maps, x => KnowledgeAffinity.Loss(x("student"), x("teacher"))),
        new("dist-plus", "student 3 4 4 4; teacher 3 4 2 2", x => FeatureRelations.Loss(x("student"), x("teacher"), 1, 0.5)),
        new("skd", "student 4 5; teacher 4 3", x => StreamlinedDirection.Loss(x("student"), x("teacher"))),
        new("srd", Logits, x => SimpleRecipe.Loss(x("student"), x("teacher"))),
        new("pad", Logits + "; student-variance 4 5", x => PrimeAware.Loss(x("student"), x("teacher"), x("student-variance"))),
        new("byot head", Labelled, x => BeYourOwnTeacher.HeadLoss(x("student"), x("teacher"), x("labels"))),
        new("byot feature", Logits, x => BeYourOwnTeacher.FeatureLoss(x("student"), x("teacher"))),
        new("skds-pixelwise", SameMaps, x => PixelwiseDistillation.Loss(x("student"), x("teacher"))),
        new("skds-pairwise", Maps, x => PairwiseSimilarity.Loss(x("student"), x("teacher"))) { HasConstantParts = true },
        new("ifvd", Maps + "; labels/3 3 8 8", x => IntraClassVariation.Loss(x("student"), x("teacher"), x("labels"), classes: 2)),
        new("cirkd-minibatch", Maps, x => CrossImageRelation.Loss(x("student"), x("teacher"), temperature: 1)),
        new("dsd-double-similarity pixels", "student 3 4 4 4; student2 3 2 2 2; teacher 3 5 4 4; teacher2 3 2 2 2",
            x => DoubleSimilarity.PixelLoss([x("student"), x("student2")], [x("teacher"), x("teacher2")])),
        new("dsd-double-similarity classes", SameMaps, x => DoubleSimilarity.ClassLoss(x("student"), x("teacher"))),
        new("fgfi", SameMaps + "; mask 3 4 4", x => FineGrainedImitation.Loss(x("student"), x("teacher"), x("mask"))),
        new("fgd", SameMaps + "; mask 3 4 4", x => FocalGlobal.Loss(x("student"), x("teacher"), x("mask"), alpha: 1, beta: 0.5)),
        new("ld-localization", Logits + "; probs 4", x => LocalizationDistillation.Loss(x("student"), x("teacher"), x("probs"))),
        new("gid-like", Logits, x => GeneralInstances.Loss(x("student"), x("teacher"))),
        new("score-focal", "student 3 4 5; teacher 3 4 5", x => FocalScoreDistillation.Loss(x("student"), x("teacher"))),
        new("gfl quality", "student 4 5; labels/6 4; quality 4", x => GeneralizedFocal.QualityLoss(
            x("student"), x("labels"), x("quality").Sigmoid()).Sum()) { Cut = "labels" },
        new("gfl edges", "student 4 5; probs 4", x => GeneralizedFocal.DistributionLoss(x("student"), x("probs")).Mean()) { Cut = "probs" },
        new("gfl boxes", "student 4 4; teacher 4 4", x => GeneralizedFocal.BoxLoss(x("student"), x("teacher")).Mean()),
        new("fbkd attention", SameMaps + "; mask 3 1 4 4; mask2 3 1 4 4", x => NonLocalImitation.Loss(
            x("student"), x("teacher"), x("mask"), x("mask2"))),
        new("fbkd distance", Logits, x => NonLocalImitation.Distance(x("student"), x("teacher"))),
    ];
}
