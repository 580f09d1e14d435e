namespace Retort.Methods.Logits;

/// <summary>The gradient of the distillation terms is given more momentum than that of the task, so that it leads the
/// way.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhao et al., "DOT: A Distillation-Oriented Trainer", ICCV 2023, arXiv:2307.08436.</para>
/// <para><b>Equation.</b> b_task ← (μ − Δ) b_task + g_task + λ p; b_other ← (μ + Δ) b_other + g_other; p ← p − lr (b_task +
/// b_other). The paper's argument: with equal momenta the two gradients settle on a compromise between their minima; the more
/// persistent one escapes it.</para>
/// <para><b>Needs.</b> A <c>train</c> stage with task and distillation terms of any kind and <c>optimizer: split-sgd</c>. A
/// step goes backward through the student twice.</para>
/// <para><b>Variants.</b> A parameter that only one kind of term reaches moves with μ, and the weight decay is in the task's
/// gradient: both as in the authors' code. <c>nesterov: true</c> looks ahead along each direction by itself; the paper has
/// plain momentum.</para>
/// </remarks>
[Method("dot", Title = "Distillation-oriented trainer", Family = MethodFamily.Training, Year = 2023, Paper = "arXiv:2307.08436",
    Recipe = "methods/dot.yaml")]
public static class DistillationOriented;
