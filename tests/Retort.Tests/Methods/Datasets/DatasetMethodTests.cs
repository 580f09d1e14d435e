using Retort.Distillation;
using Retort.Golden;
using Retort.Registry;
using Retort.Runs;
using Retort.Selection;
using Retort.Synthesis;

namespace Retort.Tests.Methods.Datasets;

/// <summary>What is asked of every method that makes or chooses data.</summary>
public sealed class DatasetMethodTests
{
    // Methods that no vector was recorded for, and where their values are from instead.
    private static readonly Dictionary<string, string> WithoutGolden = new(StringComparer.Ordinal)
    {
        ["cda"] = "sre2l's loss with another schedule of crops, worked by hand in ModelInversionTests",
        ["sre2l"] = "its parts have the vector sre2l-bn",
    };

    public static TheoryData<string> Slugs => [.. Components().Select(c => c.Slug)];

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_says_where_it_is_published_what_it_computes_and_what_it_needs(string slug)
    {
        MethodEntry entry = MethodEntry.All(RetortCatalog.Default).Single(e => e.Slug == slug);
        Assert.Equal(MethodFamily.Dataset, entry.Family);
        Assert.Matches(@"^arXiv:\d{4}\.\d{5}$", entry.Paper);
        Assert.InRange(entry.Summary.Length, 20, 180);
        Assert.NotEmpty(entry.Needs);
        Assert.Contains(entry.Remarks, r => r.StartsWith("Paper.", StringComparison.Ordinal));
        Assert.Contains(entry.Remarks, r => r.StartsWith("Equation.", StringComparison.Ordinal));
        Assert.All(entry.Options, o => Assert.False(string.IsNullOrWhiteSpace(o.Text), $"{slug}: {o.Key} is not explained"));
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_is_made_from_its_defaults(string slug)
    {
        Component component = Components().Single(c => c.Slug == slug);
        object made = component.Create(Activator.CreateInstance(component.OptionsType)!);
        Assert.True(made is Synthesizer or Selector or Criterion);
        (made as IDisposable)?.Dispose();
    }

    [Theory, MemberData(nameof(Slugs))]
    public void A_method_is_checked_against_its_reference_or_says_why_not(string slug) =>
        Assert.True(GoldenChecker.Slugs.Contains(slug) != WithoutGolden.ContainsKey(slug),
            $"'{slug}' has neither a golden handler nor a stated reason, or has both");

    private static IEnumerable<Component> Components() => RetortCatalog.Default.Components.Where(c =>
        c.Attribute is MethodAttribute && c.Type.Namespace == "Retort.Methods.Datasets");
}
