using Retort.Reports.Plots;

namespace Retort.Reports.Sections;

/// <summary>Samples on which student and teacher say different things.</summary>
internal sealed class DisagreementSection(ReportData data) : ReportSection(data)
{
    private static readonly byte[] PngSignature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    public override string Id => "disagreements";

    public override string Title => "Where student and teacher disagree";

    public override string Lead
    {
        get
        {
            if (Data.Agreements.Count == 0)
                return "";
            double same = Data.Agreements.Average(a => a.Top1), kl = Data.Agreements.Average(a => a.MeanKl);
            string shown = Data.Disagreements.Count > 0 ? " Below, the samples on which they are furthest apart." : "";
            return $"They predict the same class for {Figures.Percent(same)} of the {Data.Split} split; "
                + $"KL(teacher ‖ student) is {Figures.Fixed(kl, 4)} nats in the mean.{shown}";
        }
    }

    public override bool HasContent => Data.Disagreements.Count > 0 || Data.Agreements.Count > 0;

    public override void WriteBody(HtmlWriter html)
    {
        if (Data.Disagreements.Count == 0)
            return;
        html.Write($"<ul class=\"samples\">");
        foreach (DisagreementSample sample in Data.Disagreements)
            WriteSample(html, sample);
        html.Write($"</ul>");
    }

    /// <summary>Whether bytes begin like a PNG: only then do they stand in a page.</summary>
    internal static bool IsPng(ReadOnlyMemory<byte> picture) => picture.Span.StartsWith(PngSignature);

    private static void WriteSample(HtmlWriter html, DisagreementSample sample)
    {
        html.Write($"<li>");
        if (IsPng(sample.Png))
        {
            string picture = Convert.ToBase64String(sample.Png.Span);
            html.Write($"<img alt=\"Sample {sample.Index}, {sample.Label}\" src=\"data:image/png;base64,{picture}\">");
        }

        if (!string.IsNullOrEmpty(sample.Text))
            html.Write($"<blockquote>{sample.Text}</blockquote>");
        html.Write($"<dl><dt>true</dt><dd>{sample.Label} <span class=\"soft\">#{sample.Index}</span></dd>");
        Predict(html, "student", sample.StudentPrediction, sample.StudentConfidence, sample.Label);
        Predict(html, "teacher", sample.TeacherPrediction, sample.TeacherConfidence, sample.Label);
        html.Write($"</dl></li>");
    }

    private static void Predict(HtmlWriter html, string who, string prediction, double confidence, string label)
    {
        string right = prediction == label ? "right" : "wrong";
        html.Write($"<dt>{who}</dt><dd class=\"{right}\">{prediction}");
        html.Write($"<span class=\"soft\">{Figures.Percent(confidence, 0)}</span></dd>");
    }
}
