namespace Retort.Methods.Datasets;

/// <summary>A teacher that writes texts is told where the student fails, and writes more of what it needs.</summary>
/// <remarks>
/// <para><b>Paper.</b> Di Palo, Singhi and Fadlallah, "Performance-Guided LLM Knowledge Distillation for Efficient Text
/// Classification at Scale", EMNLP 2024, arXiv:2411.05045. Details that its abstract does not give are ours.</para>
/// <para><b>Equation.</b> Train on S; take each class's precision, recall and F1 on texts held out, and the h mistakes of the
/// highest confidence; ask for n texts, of class k in proportion to (1 − F1_k); S ← S and those that pass the filter; again,
/// until the mean F1 has not risen for some rounds or the budget is spent. The student with the best F1 on the texts held out
/// is kept. The loss is the cross-entropy on the teacher's labels.</para>
/// <para><b>Needs.</b> A <c>coach</c> stage: a chat teacher that can write labelled texts, a classifier of texts, some labelled
/// texts to begin with and to hold out. What is held out shapes the training data, so only a test set that no round saw says
/// how good the student is.</para>
/// <para><b>Variants.</b> In the paper the teacher itself sees how many texts each class needs; here the stage divides them,
/// and says so in its question. There is no second opinion of the teacher on its own labels, and a student starts afresh in
/// every round.</para>
/// </remarks>
[Method("pgkd", Title = "Performance-guided distillation", Family = MethodFamily.Dataset, Year = 2024, Paper = "arXiv:2411.05045",
    Recipe = "methods/pgkd.yaml")]
public static class PerformanceGuided;
