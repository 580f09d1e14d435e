using Retort.Data;
using Retort.Torch.Nn;

namespace Retort.Federation;

/// <summary>One of the parties whose samples stay with them.</summary>
/// <param name="Index">Its number, 0 to n − 1.</param>
/// <param name="Model">Its network: what it sends, and what an exchange may change.</param>
/// <param name="Data">Its own samples, which nobody else sees.</param>
/// <param name="Held">Samples of its own that it does not train on; empty where the recipe holds none out.</param>
/// <param name="Attack">What it does where it is Byzantine, or null.</param>
public sealed record FederatedClient(int Index, Module Model, Dataset Data, Dataset Held, AttackOptions? Attack = null);
