namespace Retort.Methods.Compression;

/// <summary>A network trained to scale few channels loses the others, and recovers under the spatial attention of the whole
/// one.</summary>
/// <remarks>
/// <para><b>Paper.</b> Chu et al., "Group channel pruning and spatial attention distilling for object detection", Applied
/// Intelligence 2022, arXiv:2306.01526.</para>
/// <para><b>Equation.</b> 1. L + s Σ|γ| over batch norms, s reduced as training goes on. 2. In each group of layers the channels
/// with the largest |γ| stay. 3. L + β Σ ‖A(F_teacher) − A(F_student)‖², A(F) = Σ_c F_c² scaled to unit norm.</para>
/// <para><b>Needs.</b> Three stages: <c>train</c> with <c>norm-sparsity</c>; <c>prune</c> by <c>norm-scale</c> into a role with
/// fewer channels; <c>train</c> with <c>init_from</c> what was pruned, the whole network as teacher, and <c>at</c>.</para>
/// <para><b>Variants.</b> The paper prunes a detector; here any network of convolutions. How many channels stay in each layer is
/// the smaller role's to say, instead of a threshold for each group. <c>at</c> takes the mean over positions.</para>
/// </remarks>
[Method("gcp-sad", Title = "Group channel pruning and attention distilling", Family = MethodFamily.Compression, Year = 2022,
    Paper = "arXiv:2306.01526", Recipe = "methods/gcp-sad.yaml")]
public static class GroupChannelPruning;
