namespace Retort.Reports.Plots;

/// <summary>The style sheet that plots share with the page around them.</summary>
internal static class PlotStyle
{
    /// <summary>Font size of ticks, legends and labels.</summary>
    public const double FontSize = 11;

    /// <summary>Custom properties for light; dark and print are set by who includes them.</summary>
    public const string LightColors =
        "--paper:#fff;--ink:#1c2126;--soft:#5c656e;--faint:#d9dde1;--grid:#e8ebee;--wash:#f5f6f8;"
        + "--blue:#0067a8;--vermilion:#c4500a;--slate:#5d6b7a;--green:#00805c;--purple:#a24b8e;--gold:#8a6a00;";

    /// <summary>Custom properties for dark.</summary>
    public const string DarkColors =
        "--paper:#15181b;--ink:#e7eaed;--soft:#a0a9b2;--faint:#3a4148;--grid:#272d32;--wash:#1c2024;"
        + "--blue:#5cb3ee;--vermilion:#ff9350;--slate:#9fadbb;--green:#3fc79a;--purple:#e394cf;--gold:#dcb94a;";

    /// <summary>Rules for what plots draw.</summary>
    public const string Rules =
        ".plot{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:11px;"
        + "font-variant-numeric:tabular-nums}"
        + ".plot text{fill:var(--ink)}.plot .tick,.plot .axis{fill:var(--soft)}.plot .end{text-anchor:end}"
        + ".plot .mid{text-anchor:middle}"
        + ".plot .heading{font-size:14px;font-weight:600}.plot .strong{font-weight:600}.plot .inv{fill:var(--paper)}"
        + ".plot .paper{fill:var(--paper)}.plot .wash{fill:var(--wash)}"
        + ".plot .grid{stroke:var(--grid);fill:none}.plot .rule{stroke:var(--faint);fill:none}"
        + ".plot .guide{stroke:var(--soft);stroke-dasharray:3 3;fill:none}"
        + ".c0{--c:var(--blue)}.c1{--c:var(--vermilion)}.c2{--c:var(--slate)}.c3{--c:var(--green)}.c4{--c:var(--purple)}"
        + ".c5{--c:var(--gold)}"
        + ".plot .line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}"
        + ".plot .thin{stroke-width:1;opacity:.45}.plot .dashed{stroke-dasharray:5 4;stroke-linecap:butt}"
        + ".plot .dotted{stroke-dasharray:1.5 3.5}.plot .band{fill:var(--c);opacity:.15;stroke:none}"
        + ".plot .dot{fill:var(--c);stroke:var(--paper);stroke-width:1}.plot .ring{fill:var(--paper);stroke:var(--c);"
        + "stroke-width:1.4}"
        + ".plot .bar{fill:var(--c)}.plot .label{fill:var(--c)}.plot .halo{paint-order:stroke;stroke:var(--paper);"
        + "stroke-width:4px;stroke-linejoin:round}"
        + ".plot .mark{stroke:var(--c);stroke-width:2.2}"
        + ".plot .hit{fill:var(--ink);opacity:0}.plot .hit:hover{opacity:.08}";

    /// <summary>What a plot needs to stand alone.</summary>
    public const string Standalone =
        ".plot{" + LightColors + "}@media (prefers-color-scheme:dark){.plot{" + DarkColors + "}}"
        + "@media print{.plot{" + LightColors + "}}" + Rules;
}
