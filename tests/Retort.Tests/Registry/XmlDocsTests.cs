using Retort.Recipes;
using Retort.Recipes.Schedules;
using Retort.Registry;

namespace Retort.Tests.Registry;

public sealed class XmlDocsTests
{
    [Fact]
    public void Summaries_are_one_line_with_references_by_name()
    {
        Assert.Equal("A straight line from one value to another.", XmlDocs.Summary(typeof(LinearSchedule)));
        Assert.Equal("What a Duration counts.", XmlDocs.Summary(typeof(DurationUnit)));
        Assert.Equal("Optimisation steps.", XmlDocs.Summary(typeof(DurationUnit), nameof(DurationUnit.Steps)));
        Assert.Equal("The moments of the changes. Either this or `every` is given.",
            XmlDocs.Summary(typeof(StepSchedule).GetProperty(nameof(StepSchedule.Milestones))!));
    }

    [Fact]
    public void An_inherited_comment_is_found_on_the_base() =>
        Assert.Equal(XmlDocs.Summary(typeof(Schedule).GetProperty(nameof(Schedule.Bounds))!),
            XmlDocs.Summary(typeof(LinearSchedule).GetProperty(nameof(Schedule.Bounds))!));

    [Fact]
    public void Paragraphs_come_with_their_bold_words()
    {
        IReadOnlyList<DocParagraph> paragraphs = XmlDocs.Remarks(typeof(Documented));
        Assert.Equal([new DocParagraph("Paper", "Someone, 2019."), new DocParagraph(null, "No title, `code` and Documented.")], paragraphs);
        Assert.Empty(XmlDocs.Remarks(typeof(string)));
        Assert.Null(XmlDocs.Summary(typeof(Undocumented)));
    }

    /// <summary>A type to read.</summary>
    /// <remarks>
    /// <para><b>Paper.</b> Someone,
    /// 2019.</para>
    /// <para>No title, <c>code</c> and <see cref="Documented"/>.</para>
    /// </remarks>
    public sealed record Documented;

    public sealed record Undocumented;
}
