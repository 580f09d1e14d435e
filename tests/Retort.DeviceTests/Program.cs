using System.Reflection;
using Retort.Torch;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Retort.DeviceTests;

/// <summary>Runs the tests of this assembly in this process, and says how they went.</summary>
public static class Program
{
    /// <summary>Runs all tests, or those whose name holds the argument; 0 where none failed, 1 otherwise.</summary>
    public static int Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        Console.WriteLine($"libtorch {Engine.Version}, {Engine.CudaDevices} CUDA device(s)");
        using var framework = new XunitTestFramework(new Xunit.Sdk.NullMessageSink());
        var assembly = Assembly.GetExecutingAssembly();
        var options = new RunOptions();
        using var found = new Discovery(args.Length > 0 ? args[0] : string.Empty);
        using (ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly)))
        {
            discoverer.Find(includeSourceInformation: false, found, options);
            found.Done.WaitOne();
        }

        using var results = new Results();
        using (ITestFrameworkExecutor executor = framework.GetExecutor(assembly.GetName()))
        {
            executor.RunTests(found.Cases, results, options);
            results.Done.WaitOne();
        }

        Console.WriteLine($"{results.Passed} passed, {results.Failed} failed, {results.Skipped} skipped");
        return results.Failed > 0 || results.Passed == 0 ? 1 : 0;
    }

    private sealed class RunOptions : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = new() { ["xunit.execution.SynchronousMessageReporting"] = true };

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out object? value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }

    private sealed class Discovery(string filter) : LongLivedMarshalByRefObject, IMessageSink, IDisposable
    {
        public List<ITestCase> Cases { get; } = [];

        public ManualResetEvent Done { get; } = new(false);

        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestCaseDiscoveryMessage { TestCase: { } found }
                && $"{found.TestMethod.TestClass.Class.Name}.{found.DisplayName}".Contains(filter, StringComparison.OrdinalIgnoreCase))
                Cases.Add(found);
            if (message is IDiscoveryCompleteMessage)
                Done.Set();
            return true;
        }

        public void Dispose() => Done.Dispose();
    }

    private sealed class Results : LongLivedMarshalByRefObject, IMessageSink, IDisposable
    {
        public int Passed { get; private set; }

        public int Failed { get; private set; }

        public int Skipped { get; private set; }

        public ManualResetEvent Done { get; } = new(false);

        public bool OnMessage(IMessageSinkMessage message)
        {
            lock (Done)
            {
                switch (message)
                {
                    case ITestPassed:
                        Passed++;
                        break;
                    case ITestSkipped skipped:
                        Skipped++;
                        Console.WriteLine($"skipped: {skipped.Test.DisplayName}: {skipped.Reason}");
                        break;
                    case ITestFailed failed:
                        Failed++;
                        Report(failed.Test.DisplayName, failed);
                        break;
                    case IErrorMessage error:
                        Failed++;
                        Report("the run itself", error);
                        break;
                    case ITestAssemblyFinished:
                        Done.Set();
                        break;
                }
            }

            return true;
        }

        public void Dispose() => Done.Dispose();

        private static void Report(string name, IFailureInformation failure) =>
            Console.WriteLine($"FAILED: {name}\n  {string.Join("\n  ", failure.Messages)}\n{string.Join('\n', failure.StackTraces)}");
    }
}
