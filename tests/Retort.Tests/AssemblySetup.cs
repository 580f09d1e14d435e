using System.Runtime.CompilerServices;
using Retort.Torch;

namespace Retort.Tests;

internal static class AssemblySetup
{
    // Tests run side by side: one thread each, or OpenMP's pools fight over the cores.
    [ModuleInitializer]
    internal static void UseOneThread()
    {
        Environment.SetEnvironmentVariable("OMP_NUM_THREADS", "1");
        Engine.Threads = 1;
    }
}
