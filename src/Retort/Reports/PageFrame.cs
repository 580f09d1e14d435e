namespace Retort.Reports;

/// <summary>What every page has around its content.</summary>
internal static class PageFrame
{
    /// <summary>Opens the document up to its main part.</summary>
    public static void Begin(HtmlWriter html, string title)
    {
        html.Write($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        html.Write($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");

        // Nothing is loaded from anywhere, and no text in the data can change that.
        html.Write($"<meta http-equiv=\"Content-Security-Policy\"");
        html.Write($"content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
        html.Write($"<meta name=\"color-scheme\" content=\"light dark\">");
        html.Write($"<link rel=\"icon\" href=\"data:,\">");
        html.Write($"<title>{title}</title>");
        html.Style(PageStyle.Css);
        html.Write($"</head>\n<body>\n<main>");
    }

    /// <summary>Closes the document.</summary>
    public static void End(HtmlWriter html, string? version)
    {
        html.Write($"</main>");
        string writer = version is null ? "Retort" : "Retort " + version;
        html.Write($"<footer>Written by {writer}.");
        html.Write($"<span class=\"screen\">Rest the pointer on a plot to read its values.</span></footer>");
        html.Write($"</body>\n</html>");
    }
}
