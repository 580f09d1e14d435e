using Retort.Torch.Nn;

namespace Retort.Export;

/// <summary>Puts a module into evaluation mode, and each part of it back as it was.</summary>
internal sealed class Evaluation : IDisposable
{
    private readonly List<(Module Module, bool Training)> _before;

    private Evaluation(Module module)
    {
        _before = [.. module.NamedModules().Select(m => (m.Value, m.Value.Training))];
        module.Eval();
    }

    public static Evaluation Of(Module module) => new(module);

    public void Dispose()
    {
        // Parents come first, and what they set in their children is set right after them.
        foreach ((Module module, bool training) in _before)
            module.Train(training);
    }
}
