using System.Globalization;
using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Retort.Tests;

/// <summary>Runs tests without the .NET SDK, on a machine to which a self-contained publish was carried (scripts/device-tests).</summary>
internal static class StandaloneRunner
{
    /// <summary>Runs the tests whose full name holds one of the arguments, or all; exits 1 where one fails.</summary>
    public static int Main(string[] args)
    {
        var assembly = Assembly.GetExecutingAssembly();
        using var framework = new XunitTestFramework(new Sink(_ => { }));
        var options = new Options();
        options.SetValue<bool?>("xunit.execution.DisableParallelization", true);

        var cases = new List<ITestCase>();
        using var discovered = new ManualResetEventSlim();
        ITestFrameworkDiscoverer discoverer = framework.GetDiscoverer(Reflector.Wrap(assembly));
        discoverer.Find(false, new Sink(message =>
        {
            if (message is ITestCaseDiscoveryMessage found && Wanted(found.TestCase, args))
                cases.Add(found.TestCase);
            else if (message is IDiscoveryCompleteMessage)
                discovered.Set();
        }), options);
        discovered.Wait();

        int passed = 0, failed = 0, skipped = 0;
        using var done = new ManualResetEventSlim();
        framework.GetExecutor(assembly.GetName()).RunTests(cases, new Sink(message =>
        {
            switch (message)
            {
                case ITestPassed:
                    passed++;
                    break;
                case ITestSkipped skip:
                    skipped++;
                    Console.WriteLine($"skipped {FullName(skip.TestCase)}: {skip.Reason}");
                    break;
                case ITestFailed fail:
                    failed++;
                    Console.WriteLine($"failed {FullName(fail.TestCase)} {fail.Test.DisplayName}: {string.Join(" | ", fail.Messages)}");
                    Console.WriteLine(string.Join("\n", fail.StackTraces));
                    break;
                case ITestAssemblyFinished:
                    done.Set();
                    break;
            }
        }), options);
        done.Wait();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {failed} failed, {skipped} skipped"));
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    private static bool Wanted(ITestCase test, string[] parts) =>
        parts.Length == 0 || Array.Exists(parts, part => FullName(test).Contains(part, StringComparison.Ordinal));

    private static string FullName(ITestCase test) => $"{test.TestMethod.TestClass.Class.Name}.{test.TestMethod.Method.Name}";

    private sealed class Sink(Action<IMessageSinkMessage> take) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            take(message);
            return true;
        }
    }

    private sealed class Options : ITestFrameworkDiscoveryOptions, ITestFrameworkExecutionOptions
    {
        private readonly Dictionary<string, object?> _values = [];

        public TValue GetValue<TValue>(string name) => _values.TryGetValue(name, out object? value) ? (TValue)value! : default!;

        public void SetValue<TValue>(string name, TValue value) => _values[name] = value;
    }
}
