using Retort.Torch;

namespace Retort.Generation;

/// <summary>Texts that a model wrote.</summary>
/// <param name="Tokens">int64 [N, L], prompts included.</param>
/// <param name="LogProbabilities">[N, L − P]: of each written token, under the distribution that it was drawn from, in
/// nats.</param>
public sealed record WrittenSequences(Tensor Tokens, Tensor LogProbabilities);
