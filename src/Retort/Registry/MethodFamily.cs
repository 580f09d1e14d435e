namespace Retort.Registry;

/// <summary>What a method transfers, or what kind of scheme it is. The folders of the methods are named after these.</summary>
public enum MethodFamily
{
    /// <summary>Class scores or probabilities of single samples.</summary>
    Logit,

    /// <summary>Activations of layers.</summary>
    Feature,

    /// <summary>Relations between samples, positions or layers.</summary>
    Relation,

    /// <summary>Token sequences and their distributions.</summary>
    Sequence,

    /// <summary>Training data: made, selected, labelled or condensed.</summary>
    Dataset,

    /// <summary>Detection, segmentation and other dense prediction.</summary>
    Dense,

    /// <summary>Generators: diffusion models, flows, adversarial networks.</summary>
    Generative,

    /// <summary>Models that teach each other or themselves.</summary>
    Mutual,

    /// <summary>Knowledge that crosses machines without its data.</summary>
    Federated,

    /// <summary>Smaller or converted architectures: pruning, quantisation, search, merging.</summary>
    Compression,

    /// <summary>Schedules, curricula and other ways of training.</summary>
    Training,
}
