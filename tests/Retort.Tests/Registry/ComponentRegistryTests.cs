using System.Diagnostics;
using System.Reflection;
using System.Reflection.Emit;
using Retort.Recipes;
using Retort.Registry;
using Xunit.Abstractions;

namespace Retort.Tests.Registry;

public sealed class ComponentRegistryTests(ITestOutputHelper output)
{
    [Fact]
    public void Schedules_are_found_by_scanning_their_assembly()
    {
        ComponentRegistry registry = ComponentRegistry.Scan(typeof(Schedule).Assembly);
        Assert.Contains(registry.Of(typeof(Schedule)), component => component.Slug == "cosine");
        Assert.Same(registry.Find(typeof(Schedule), "sigmoid-ramp"), registry.Find(typeof(Schedule), "sigmoid_ramp"));
        Assert.Null(registry.Find(typeof(StageOptions), "cosine"));
    }

    // Start-up is counted in milliseconds; the limit leaves room for a machine that is busy with other tests.
    [Fact]
    public void Five_hundred_types_are_scanned_in_no_time()
    {
        Assembly assembly = ManyTypes(500);
        ComponentRegistry.Scan(ManyTypes(3));
        var clock = Stopwatch.StartNew();
        ComponentRegistry registry = ComponentRegistry.Scan(assembly);
        Assert.Equal(500, registry.Of(typeof(Schedule)).Count);
        output.WriteLine($"{clock.Elapsed.TotalMilliseconds:F1} ms");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), $"The scan took {clock.Elapsed.TotalMilliseconds:F1} ms.");
    }

    [Fact]
    public void A_type_without_options_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new ComponentRegistry().AddType(typeof(NoOptions)));
        Assert.Contains(nameof(NoOptions), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_reach_the_constructor_by_type()
    {
        var registry = new ComponentRegistry();
        registry.AddType(typeof(NeedsClock));
        var options = new NeedsClockOptions();
        Assert.Equal(7, registry.Create<NeedsClock>(options, "unused", new StepClock(7, 8, 9)).Step);
        Assert.Throws<ArgumentException>(() => registry.Create<NeedsClock>(options));
        Assert.Throws<ArgumentException>(() => registry.Create<Schedule>(options, new StepClock(7, 8, 9)));
    }

    [Named("no-options")]
    public sealed class NoOptions;

    [Kind("thing")]
    public abstract record ThingOptions;

    public sealed record NeedsClockOptions : ThingOptions;

    [Named("needs-clock")]
    public sealed class NeedsClock(NeedsClockOptions options, StepClock clock)
    {
        public long Step => options is null ? -1 : clock.Step;
    }

    private static AssemblyBuilder ManyTypes(int count)
    {
        AssemblyBuilder assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName($"Many{count}"), AssemblyBuilderAccess.Run);
        ModuleBuilder module = assembly.DefineDynamicModule("many");
        ConstructorInfo named = typeof(NamedAttribute).GetConstructor([typeof(string)])!;
        for (int i = 0; i < count; i++)
        {
            TypeBuilder type = module.DefineType($"Thing{i}", TypeAttributes.Public | TypeAttributes.Abstract, typeof(Schedule));
            type.SetCustomAttribute(new CustomAttributeBuilder(named, [$"thing-{i}"]));
            type.CreateType();
        }
        return assembly;
    }
}
