namespace Retort.Methods.Logits;

/// <summary>A network that sees a graph tells one that sees only a node's own features what each node is; no graph is needed
/// afterwards.</summary>
/// <remarks>
/// <para><b>Paper.</b> Zhang et al., "Graph-less Neural Networks: Teaching Old MLPs New Tricks via Distillation", ICLR 2022,
/// arXiv:2110.08727, section 4.</para>
/// <para><b>Equation.</b> λ · mean CE(z_v, y_v) over labelled nodes + (1 − λ) · mean KL(p_teacher,v ‖ p_v) over all nodes,
/// temperature 1. The paper's λ is 0 in most of its experiments.</para>
/// <para><b>Needs.</b> A teacher of a graph's nodes (<c>gcn</c>), a student of rows (<c>mlp</c> behind <c>columns</c>, which
/// hides the node's number from it), <c>unlabelled: true</c> in the student's data so that every node is asked about; the terms
/// <c>cross-entropy</c>, which leaves out nodes without a label, and <c>kd</c>.</para>
/// <para><b>Variants.</b> Transductive: nodes that are tested are among those the teacher answers for, without their labels. With
/// the labelled nodes alone the student stays far behind.</para>
/// </remarks>
[Method("glnn", Title = "Graph-less neural networks", Family = MethodFamily.Logit, Year = 2022, Paper = "arXiv:2110.08727",
    Recipe = "methods/glnn.yaml")]
public static class GraphLess;
