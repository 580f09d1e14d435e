using System.Globalization;
using System.Xml.Linq;
using Retort.Evaluation;
using Retort.Reports.Plots;

namespace Retort.Tests.Reports;

public sealed class PlotTests
{
    private const string Hostile = "<script>&\"'\u0001\uD800 ]]> \u202E x";
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string, double[]> Awkward => new()
    {
        { "empty", [] },
        { "one", [0.5] },
        { "equal", [3, 3, 3] },
        { "zeros", [0, 0] },
        { "undefined", [double.NaN, double.NaN] },
        { "holes", [1, double.NaN, 2, double.PositiveInfinity, double.NegativeInfinity, 3] },
        { "negative", [-5, -1, 0] },
        { "tiny", [1e-300, 2e-300] },
        { "huge", [1e300, -1e300] },
        { "close", [1e9, 1e9 + 1e-6] },
    };

    [Theory]
    [MemberData(nameof(Awkward))]
    public void Every_plot_of_awkward_values_is_well_formed_and_inside_its_frame(string name, double[] values)
    {
        foreach (Plot plot in AllPlots(name, values))
            RequireSound(plot);
    }

    [Fact]
    public void Every_plot_survives_hostile_and_very_long_names()
    {
        foreach (string name in new[] { Hostile, new string('W', 400), "" })
        {
            foreach (Plot plot in AllPlots(name, [1, 2, 3]))
                RequireSound(plot with { Description = name });
        }
    }

    [Fact]
    public void Plots_are_images_with_a_name_and_a_description()
    {
        XElement root = XDocument.Parse(Line([1, 2]).ToSvg()).Root!;
        Assert.Equal("img", root.Attribute("role")!.Value);
        string[] ids = root.Attribute("aria-labelledby")!.Value.Split(' ');
        Assert.Equal("Accuracy", root.Elements().First(e => (string?)e.Attribute("id") == ids[0]).Value);
        Assert.Equal("what is seen", root.Elements().First(e => (string?)e.Attribute("id") == ids[1]).Value);
    }

    [Fact]
    public void A_hole_breaks_a_line()
    {
        LinePlot plot = Line([1, 2, double.NaN, 4, 5]);
        XElement[] lines = [.. Elements(plot, "path").Where(e => HasClass(e, "line") && !HasClass(e.Parent!, "legend"))];
        Assert.Equal(2, lines.Length);
    }

    [Fact]
    public void A_point_on_its_own_is_still_seen() => Assert.NotEmpty(Elements(Line([1]), "circle"));

    [Fact]
    public void Nothing_to_draw_says_so() => Assert.Contains(Elements(Line([double.NaN]), "text"), e => e.Value == "no data");

    [Fact]
    public void Lines_that_end_apart_are_named_at_their_ends_and_lines_that_meet_are_named_in_a_legend()
    {
        LinePlot apart = Lines(("alpha", 1.0), ("beta", 2.0), ("gamma", 3.0));
        XElement[] labels = [.. Elements(apart, "text").Where(e => HasClass(e, "label"))];
        Assert.Equal(3, labels.Length);
        Assert.True(Number(labels.First(l => l.Value == "gamma"), "y") < Number(labels.First(l => l.Value == "alpha"), "y"));

        LinePlot together = Lines(("alpha", 1.0), ("beta", 1.0), ("gamma", 1.0), ("delta", 1.0), ("epsilon", 1.0));
        Assert.DoesNotContain(Elements(together, "text"), e => HasClass(e, "label"));
        Assert.Contains(Elements(together, "text"), e => e.Value == "epsilon");
    }

    [Fact]
    public void Labels_of_line_ends_keep_their_distance()
    {
        LinePlot plot = Lines(("alpha", 1.0), ("beta", 1.02), ("gamma", 3.0));
        double[] ys = [.. Elements(plot, "text").Where(e => HasClass(e, "label")).Select(e => Number(e, "y")).Order()];
        Assert.Equal(3, ys.Length);
        Assert.True(ys[1] - ys[0] >= 12.9 && ys[2] - ys[1] >= 12.9);
    }

    [Fact]
    public void Points_at_one_place_do_not_get_labels_on_top_of_each_other()
    {
        var plot = new ScatterPlot
        {
            Title = "t",
            Points = [.. Enumerable.Range(0, 12).Select(i => new ScatterPoint($"model {i}", 5, 5, PlotColor.Blue))],
        };
        (double X, double Y)[] labels =
            [.. Elements(plot, "text").Where(e => HasClass(e, "label")).Select(e => (Number(e, "x"), Number(e, "y")))];
        Assert.NotEmpty(labels);
        Assert.All(
            from a in labels from b in labels where a != b select (a, b),
            p => Assert.True(Math.Abs(p.a.Y - p.b.Y) > 10 || Math.Abs(p.a.X - p.b.X) > 40));
        Assert.Equal(12, Elements(plot, "circle").Count());
    }

    [Fact]
    public void Values_that_a_logarithmic_axis_cannot_show_are_left_out()
    {
        var plot = new ScatterPlot
        {
            Title = "t",
            X = new Axis { IsLog = true },
            Points = [new("a", 0, 1, PlotColor.Blue), new("b", -1, 1, PlotColor.Blue), new("c", 10, 1, PlotColor.Blue)],
        };
        Assert.Single(Elements(plot, "circle"));
    }

    [Fact]
    public void Confusions_are_drawn_where_they_are()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add(0, 0, 90);
        matrix.Add(0, 2, 10);
        var plot = new HeatMap { Title = "t", Matrix = matrix, Names = ["a", "b", "c"] };
        XElement mistake = CellOf(plot, "a taken for c: 10 (10.0\u202F%)"), hit = CellOf(plot, "a recognised: 90 (90.0\u202F%)");
        Assert.Equal(Number(hit, "y"), Number(mistake, "y"));
        Assert.True(Number(mistake, "x") > Number(hit, "x") + Number(hit, "width"));
        Assert.True(Number(hit, "opacity") > Number(mistake, "opacity"));
    }

    [Fact]
    public void A_reliable_model_lies_on_the_diagonal()
    {
        IReadOnlyList<ReliabilityBin> bins = [new(0, 0.5, 10, 0.4, 0.4), new(0.5, 1, 10, 0.9, 0.6)];
        var plot = new ReliabilityPlot { Title = "t", Bins = bins };
        Assert.Contains(Elements(plot, "text"), e => e.Value == "ECE 15.00\u202F%");
        double[][] stems =
        [
            .. Elements(plot, "path").Where(e => HasClass(e, "line"))
                .Select(e => e.Attribute("d")!.Value[1..].Split(' ', 'L').Select(Parse).ToArray()),
        ];
        Assert.Equal(0, stems[0][3] - stems[0][1], 0.02);
        Assert.True(stems[1][3] - stems[1][1] > 20);
    }

    private static IEnumerable<Plot> AllPlots(string name, double[] values)
    {
        foreach (bool isLog in new[] { false, true })
        {
            var axis = new Axis { Label = name, IsLog = isLog, Format = ValueFormat.Compact };
            LinePoint[] points = [.. values.Select((v, i) => new LinePoint(i, v, v - 1, v + 1))];
            yield return new LinePlot
            {
                Title = name,
                X = axis,
                Y = axis,
                Series =
                [
                    new() { Name = name, Points = points },
                    new() { Name = name, Points = points, Color = PlotColor.Gold, IsDashed = true },
                ],
            };
            yield return new ScatterPlot
            {
                Title = name,
                X = axis,
                Y = axis,
                Points = [.. values.Select((v, i) => new ScatterPoint(name, v, v, (PlotColor)(i % 6), Math.Abs(v) / 10))],
            };
            yield return new IntervalPlot
            {
                Title = name,
                Axis = axis,
                ArePaired = true,
                Rows = [Row(PlotColor.Slate), Row(PlotColor.Blue)],
            };
            yield return new BarPlot
            {
                Title = name,
                Axis = axis with { IsLog = false },
                Rows = [.. values.Select(v => new BarRow(name, v, v / 2))],
                BarName = name,
                MarkName = name,
            };
        }

        var matrix = new ConfusionMatrix(Math.Max(1, values.Length));
        matrix.Add(0, matrix.Classes - 1, 1_000_000);
        yield return new HeatMap { Title = name, Matrix = matrix, Names = [.. Enumerable.Repeat(name, matrix.Classes)] };
        double[] confidences = [.. values.Select(v => Math.Clamp(double.IsNaN(v) ? 1 : v, 0, 1))];
        IReadOnlyList<ReliabilityBin> bins = Calibration.EqualWidthBins(confidences, new bool[values.Length], 5);
        yield return new ReliabilityPlot { Title = name, Bins = bins };

        IntervalRow Row(PlotColor color) => new() { Name = name, Values = values, ValueNames = [name], Color = color };
    }

    // Whatever is drawn has finite coordinates, and text begins and ends inside the drawing.
    private static void RequireSound(Plot plot)
    {
        foreach (string text in new[] { plot.ToSvg(), plot.ToElement("p") })
        {
            XElement root = XDocument.Parse(text).Root!;
            double[] box = [.. root.Attribute("viewBox")!.Value.Split(' ').Select(Parse)];
            Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
            foreach (XElement label in root.Descendants(Svg + "text").Where(e => e.Attribute("x") is not null))
            {
                double width = TextMetrics.Width(label.Value, HasClass(label, "heading") ? 14 : 11);
                double x = Number(label, "x") - (HasClass(label, "end") ? width : HasClass(label, "mid") ? width / 2 : 0);
                Assert.True(x >= -1 && x + width <= box[2] + 2, $"'{label.Value}' reaches from {x} to {x + width} of {box[2]}");
                Assert.InRange(Number(label, "y"), 0, box[3]);
            }

            foreach (XElement rectangle in root.Descendants(Svg + "rect"))
                Assert.True(Number(rectangle, "width") >= 0 && Number(rectangle, "height") >= 0);
        }
    }

    private static LinePlot Line(double[] values) => new()
    {
        Title = "Accuracy",
        Description = "what is seen",
        Series = [new LineSeries { Name = "a", Points = [.. values.Select((v, i) => new LinePoint(i, v))] }],
    };

    private static LinePlot Lines(params (string Name, double End)[] lines) => new()
    {
        Title = "t",
        Series =
        [
            .. lines.Select((l, i) => new LineSeries
            {
                Name = l.Name,
                Color = (PlotColor)i,
                Points = [new(0, 0), new(1, l.End)],
            }),
        ],
    };

    private static XElement CellOf(Plot plot, string title) =>
        Elements(plot, "title").Single(e => e.Value == title).Parent!.Element(Svg + "rect")!;

    private static IEnumerable<XElement> Elements(Plot plot, string name) =>
        XDocument.Parse(plot.ToSvg()).Descendants(Svg + name);

    private static bool HasClass(XElement element, string name) =>
        (((string?)element.Attribute("class")) ?? "").Split(' ').Contains(name);

    private static double Number(XElement element, string name) => Parse((string?)element.Attribute(name) ?? "0");

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
