namespace Retort.Methods.Logits;

/// <summary>The student follows the teacher's own way: it learns from checkpoints of its training, early ones first.</summary>
/// <remarks>
/// <para><b>Paper.</b> Jin et al., "Knowledge Distillation via Route Constrained Optimization", ICCV 2019,
/// arXiv:1904.09149.</para>
/// <para><b>Equation.</b> With anchors 1 … C on the teacher's route, stage c starts from the student of stage c − 1 and minimises
/// CE(z, y) + λ τ² KL(softmax(z_anchor c / τ) ‖ softmax(z / τ)).</para>
/// <para><b>Needs.</b> The teacher trained in <c>train</c> stages, each with <c>init_from</c> the one before: what a stage leaves
/// is an anchor. Then as many stages of the student, each with its anchor as teacher and <c>init_from</c> the one
/// before.</para>
/// </remarks>
[Method("rco", Title = "Route-constrained optimisation", Family = MethodFamily.Training, Year = 2019, Paper = "arXiv:1904.09149",
    Recipe = "methods/rco.yaml")]
public static class RouteConstrained;
