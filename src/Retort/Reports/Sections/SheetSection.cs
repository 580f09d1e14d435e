namespace Retort.Reports.Sections;

/// <summary>What generators make of the same noise, beside real samples.</summary>
internal sealed class SheetSection(ReportData data) : ReportSection(data)
{
    private SampleSheet[] Shown => [.. Data.Sheets.Where(sheet => DisagreementSection.IsPng(sheet.Png))];

    public override string Id => "samples";

    public override string Title => "Samples";

    public override string Lead =>
        "The first samples of the first seed, not chosen; every generator began with the same noise.";

    public override bool HasContent => Shown.Length > 0;

    public override void WriteBody(HtmlWriter html)
    {
        html.Write($"<div class=\"grid sheet\">");
        foreach (SampleSheet sheet in Shown)
        {
            string picture = Convert.ToBase64String(sheet.Png.Span);
            html.Write($"<figure><figcaption>{sheet.Name}</figcaption>");
            html.Write($"<img alt=\"Samples: {sheet.Name}\" src=\"data:image/png;base64,{picture}\"></figure>");
        }

        html.Write($"</div>");
    }
}
