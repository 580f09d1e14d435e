using Microsoft.Playwright;
using Retort.Reports;
using Retort.Tests.Tracking;

namespace Retort.Tests.Reports;

/// <summary>The report as a browser shows it.</summary>
public sealed class ChromiumTests
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    // Everything that a plot draws, as the browser laid it out; hover strips are drawn too, only unseen.
    private const string Measure =
        """
        () => [...document.querySelectorAll('svg.plot')].map(svg => {
          const frame = svg.getBoundingClientRect();
          const drawn = [...svg.querySelectorAll('path,rect,circle,line,text')].map(e => e.getBoundingClientRect());
          const texts = [...svg.querySelectorAll('text')].filter(e => e.textContent)
            .map(e => ({ t: e.textContent, b: e.getBoundingClientRect() }));
          const overlaps = [];
          for (let i = 0; i < texts.length; i++)
            for (let j = 0; j < i; j++) {
              const a = texts[i].b, b = texts[j].b, slack = 1.5;
              const isBeside = a.left + slack >= b.right || b.left + slack >= a.right;
              if (!isBeside && a.top + slack * 2 < b.bottom && b.top + slack * 2 < a.bottom)
                overlaps.push(texts[i].t + ' / ' + texts[j].t);
            }
          return {
            name: svg.querySelector('title').textContent, width: frame.width, height: frame.height,
            visible: drawn.filter(r => r.width > 0 || r.height > 0).length,
            outside: texts.filter(({ b }) => b.left < frame.left - 2 || b.right > frame.right + 2
              || b.top < frame.top - 2 || b.bottom > frame.bottom + 2).map(x => x.t),
            overlaps,
          };
        })
        """;

    [SkippableTheory]
    [InlineData(1200, 10, ColorScheme.Light)]
    [InlineData(400, 36, ColorScheme.Dark)]
    public async Task The_report_is_drawn_without_errors_overlaps_or_clipped_text(int width, int classes, ColorScheme scheme)
    {
        string? chromium = Array.Find(Places, File.Exists);
        Skip.If(chromium is null, "needs chromium (apt-get install chromium)");
        using var folder = new TemporaryFolder();
        ReportPage.Write(folder["report.html"], SampleReport.Create(classes));

        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        });
        IPage page = await browser.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
        });
        var problems = new List<string>();
        page.Console += (_, message) => problems.Add(message.Text);
        page.PageError += (_, error) => problems.Add(error);
        page.RequestFailed += (_, request) => problems.Add(request.Url);
        await page.GotoAsync("file://" + folder["report.html"]);

        PlotBox[] plots = await page.EvaluateAsync<PlotBox[]>(Measure);
        Assert.Empty(problems);
        Assert.Equal(10, plots.Length);
        Assert.All(plots, p =>
        {
            Assert.True(p.Width > 100 && p.Height > 100, $"{p.Name} is {p.Width} × {p.Height}");
            Assert.True(p.Visible >= 12, $"{p.Name} shows {p.Visible} elements");
            Assert.True(p.Outside.Length == 0, $"{p.Name} clips {string.Join(", ", p.Outside)}");
            Assert.True(p.Overlaps.Length == 0, $"{p.Name} overlaps {string.Join(", ", p.Overlaps)}");
        });
        Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"),
            "the page scrolls sideways");
        Assert.True(await page.EvaluateAsync<bool>("() => [...document.images].every(i => i.naturalWidth === 28)"),
            "a picture is not shown");
        string paper = await page.EvaluateAsync<string>("() => getComputedStyle(document.body).backgroundColor");
        Assert.Equal(scheme == ColorScheme.Dark ? "rgb(21, 24, 27)" : "rgb(255, 255, 255)", paper);
    }

    private sealed class PlotBox
    {
        public string Name { get; set; } = "";

        public double Width { get; set; }

        public double Height { get; set; }

        public int Visible { get; set; }

        public string[] Outside { get; set; } = [];

        public string[] Overlaps { get; set; } = [];
    }
}
