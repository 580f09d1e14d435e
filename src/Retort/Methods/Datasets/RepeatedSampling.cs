namespace Retort.Methods.Datasets;

/// <summary>Each epoch trains on a new random subset: no selection to pay for, and every sample is seen in time.</summary>
/// <remarks>
/// <para><b>Paper.</b> Okanovic et al., "Repeated Random Sampling for Minimizing the Time-to-Accuracy of Learning", ICLR 2024,
/// arXiv:2305.18424.</para>
/// <para><b>Equation.</b> Of a shuffled set epoch e takes the next r·n samples; when it is used up it is shuffled again
/// (<c>epoch_redraw: true</c> draws r·n of all n every time). As many epochs as a training on everything, so r times its steps,
/// with the learning rate's schedule over those.</para>
/// <para><b>Needs.</b> <c>epoch_share: r</c> in a <c>train</c> stage. A static subset of r·n samples trained for as many epochs
/// takes the same steps, and is what to compare with.</para>
/// </remarks>
[Method("rs2", Title = "Repeated sampling of random subsets", Family = MethodFamily.Dataset, Year = 2024,
    Paper = "arXiv:2305.18424", Recipe = "methods/rs2.yaml")]
public static class RepeatedSampling;
