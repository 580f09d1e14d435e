namespace Retort.Reports.Sections;

/// <summary>A part of the report under a heading of its own.</summary>
internal abstract class ReportSection(ReportData data)
{
    /// <summary>What the whole report is made from.</summary>
    protected ReportData Data { get; } = data;

    /// <summary>Its anchor.</summary>
    public abstract string Id { get; }

    /// <summary>Its heading.</summary>
    public abstract string Title { get; }

    /// <summary>What the reader sees here; empty for none.</summary>
    public virtual string Lead => "";

    /// <summary>Whether there is anything to show.</summary>
    public abstract bool HasContent { get; }

    /// <summary>Writes what stands under the heading.</summary>
    public abstract void WriteBody(HtmlWriter html);

    /// <summary>A model's colour as a class of the style sheet.</summary>
    protected string ClassOf(string model) => Plots.Plot.ClassOf(ReportPage.ColorOf(Data, model));

    /// <summary>The name of a class.</summary>
    protected string NameOfClass(int index, int classes) =>
        Data.ClassNames.Count == classes
            ? Data.ClassNames[index]
            : index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
