namespace Retort.Tests.Torch;

/// <summary>Tests that seed the process's one default generator: nothing else may run meanwhile.</summary>
[CollectionDefinition("default generator", DisableParallelization = true)]
public sealed class DefaultGeneratorTests;
