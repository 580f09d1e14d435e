using Retort.Reports.Plots;

namespace Retort.Reports;

/// <summary>The style sheet of pages.</summary>
internal static class PageStyle
{
    /// <summary>Colours, then plots, then the page.</summary>
    public const string Css =
        ":root{color-scheme:light dark;" + PlotStyle.LightColors + "--good:#00705a;}\n"
        + "@media (prefers-color-scheme:dark){:root{" + PlotStyle.DarkColors + "--good:#4fcfa3;}}\n"
        + "@media print{:root{color-scheme:light;" + PlotStyle.LightColors + "--good:#00705a;}}\n"
        + PlotStyle.Rules + "\n" + Page;

    private const string Page =
        """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
        body{margin:0;background:var(--paper);color:var(--ink);
          font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}
        main,footer{max-width:1120px;margin:0 auto;padding:0 28px}
        h1,h2,h3{line-height:1.25;text-wrap:balance;margin:0}
        h2{font-size:21px;font-weight:650;letter-spacing:-.01em}
        h3{font-size:15px;font-weight:650;margin:28px 0 10px}
        p{margin:0 0 12px;max-width:70ch;text-wrap:pretty}
        a{color:var(--blue)}
        .soft,.lead,.note,.kicker{color:var(--soft)}
        .lead{margin:6px 0 20px;font-size:15px}
        section{padding:34px 0 38px;border-top:1px solid var(--faint)}
        section>h2{margin-bottom:16px}
        section>h2+.lead{margin-top:-8px}

        header{padding:52px 0 34px}
        .kicker{font-size:13px;margin:0 0 22px;max-width:none;display:flex;flex-wrap:wrap;gap:2px 18px}
        .kicker b{color:var(--ink);font-weight:650;overflow-wrap:anywhere}
        .verdict{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:28px 52px;align-items:center}
        .verdict h1{font-size:clamp(25px,3vw,33px);font-weight:680;letter-spacing:-.022em;line-height:1.16;margin:0 0 16px;
          overflow-wrap:anywhere}
        .verdict p{font-size:16px}
        .badge{display:inline-block;font-size:13px;font-weight:650;line-height:1;padding:6px 10px 6px 9px;border-radius:99px;
          border:1.5px solid;margin:0 0 14px}
        .badge.good{color:var(--good)}.badge.bad{color:var(--vermilion)}.badge.open{color:var(--soft)}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:18px 28px;margin:36px 0 0;
          padding:22px 0 0;border-top:1px solid var(--faint)}
        .facts div{min-width:0}
        .facts dt{font-size:13px;color:var(--soft)}
        .facts dd{margin:1px 0 0;font-size:25px;font-weight:650;letter-spacing:-.015em;line-height:1.25;
          font-variant-numeric:tabular-nums}
        .facts dd small{display:block;font-size:13px;font-weight:400;letter-spacing:0;color:var(--soft);line-height:1.4}
        nav{font-size:14px;display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:30px}
        nav a{color:var(--soft);text-decoration:none}nav a:hover{color:var(--blue);text-decoration:underline}

        .scroll{overflow-x:auto;margin:0 -4px;padding:0 4px}
        table{border-collapse:collapse;font-size:15px;font-variant-numeric:tabular-nums;width:100%}
        caption{text-align:left;color:var(--soft);font-size:14px;padding-bottom:6px}
        th,td{padding:9px 18px 9px 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--grid);font-weight:400}
        th:first-child,td:first-child{text-align:left;padding-left:0}
        th:last-child,td:last-child{padding-right:4px}
        thead th{font-size:13px;color:var(--soft);vertical-align:bottom;border-bottom:1px solid var(--faint)}
        thead th.wide{border-bottom-color:var(--grid);text-align:center}
        thead th{white-space:nowrap}tbody th{min-width:11em}thead th .name{white-space:normal}thead th+th{min-width:6.5em}
        td b{font-weight:680}
        .under{display:block;font-size:13px;padding-left:18px;color:var(--soft)}
        td .each{display:block;font-size:12.5px;color:var(--soft);line-height:1.45}
        td.nowrap,td .v{white-space:nowrap}
        .key{display:inline-block;width:10px;height:10px;border-radius:2px;background:var(--c);margin-right:8px}
        .name{font-weight:600;overflow-wrap:anywhere}

        .grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,380px),1fr));gap:34px 40px;align-items:start}
        .grid.three{grid-template-columns:repeat(auto-fit,minmax(min(100%,270px),1fr))}
        figure{margin:0;min-width:0}
        figcaption{font-size:15px;font-weight:650;margin-bottom:10px;line-height:1.35}
        figcaption .note{display:block;font-weight:400;font-size:13px}
        .plot{display:block;width:100%;height:auto;overflow:visible}
        .card .plot{max-width:620px}
        .big{overflow-x:auto}.big>.plot{max-width:860px}

        .samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,168px),1fr));gap:24px 22px;margin:0;
          padding:0;list-style:none}
        .samples li{min-width:0;font-size:13px;line-height:1.45}
        .samples img{display:block;width:104px;height:104px;object-fit:contain;image-rendering:pixelated;background:var(--wash);
          border-radius:4px;margin-bottom:8px}
        .samples blockquote{margin:0 0 8px;padding:8px 10px;background:var(--wash);border-radius:4px;max-height:9.5em;
          overflow:auto;overflow-wrap:anywhere}
        .samples dl{margin:0;display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 9px}
        .samples dt{color:var(--soft)}.samples dd{margin:0;overflow-wrap:anywhere}
        .samples .right::after{content:" ✓";color:var(--good)}.samples .wrong::after{content:" ✗";color:var(--vermilion)}

        .sheet img{display:block;width:100%;max-width:620px;height:auto;image-rendering:pixelated;background:var(--wash);
          border-radius:4px;print-color-adjust:exact;-webkit-print-color-adjust:exact}

        pre{margin:0;padding:16px 18px;background:var(--wash);border-radius:6px;
          font:13px/1.6 ui-monospace,'Cascadia Mono','SF Mono',Menlo,Consolas,'Liberation Mono',monospace;overflow-x:auto;
          tab-size:2}
        pre .k{color:var(--blue)}pre .r{color:var(--soft)}
        .pairs{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:5px 24px;margin:0;font-size:15px}
        .pairs dt{color:var(--soft)}.pairs dd{margin:0;overflow-wrap:anywhere}
        footer{padding-top:18px;padding-bottom:44px;font-size:13px;color:var(--soft)}

        @media (max-width:820px){
        .verdict{grid-template-columns:minmax(0,1fr)}
        }
        @media (max-width:560px){
        main,footer{padding-left:18px;padding-right:18px}
        header{padding-top:30px}
        section{padding:26px 0 30px}
        .facts{grid-template-columns:1fr 1fr;gap:16px 18px}.facts dd{font-size:21px}
        th,td{padding-right:13px}
        table{font-size:14px}
        .stack tr{display:grid;grid-template-columns:repeat(var(--columns),minmax(0,1fr));border-bottom:1px solid var(--grid);
          padding:8px 0}
        .stack th,.stack td{border:0;padding:0 8px 0 0;text-align:left}
        .stack th[scope=row]{grid-column:1/-1;color:var(--soft);font-size:13px}
        .stack thead th:first-child{display:none}
        .stack thead th+th{min-width:0}
        .stack .v{white-space:normal}.stack .each{font-size:11.5px}
        .big .plot{width:560px;max-width:none}
        .samples{grid-template-columns:1fr 1fr;gap:20px 16px}
        .pairs{grid-template-columns:minmax(0,1fr);gap:0}.pairs dd{margin-bottom:8px}
        }
        @media print{
        @page{margin:14mm}
        body{font-size:10pt;line-height:1.42}
        main,footer{max-width:none;padding:0}
        header{padding:0 0 14px}
        nav,footer .screen{display:none}
        .kicker{margin-bottom:14px}
        section{padding:14px 0 16px}
        h2{font-size:14pt}h3,figcaption{font-size:10pt;margin-bottom:6px}
        section>h2{margin-bottom:10px}
        .lead{font-size:9.5pt;margin-bottom:12px}
        h2,h3,figcaption,caption,.lead{break-after:avoid}
        p{orphans:3;widows:3;break-inside:avoid}
        figure,.scroll,.samples li,.facts,dl{break-inside:avoid}
        .verdict{grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:24px}
        .verdict h1{font-size:19pt;margin-bottom:10px}.verdict p{font-size:10pt}
        .facts{grid-template-columns:repeat(4,1fr);gap:12px 18px;margin-top:16px;padding-top:12px}.facts dd{font-size:15pt}
          .facts dt,.facts dd small{font-size:8pt}
        table{font-size:9pt}thead th,caption{font-size:8.5pt}td .each{font-size:7.5pt}th,td{padding:4px 12px 4px 0}
        .grid{grid-template-columns:1fr 1fr;gap:16px 22px}.grid.three{grid-template-columns:1fr 1fr 1fr}
        .samples{grid-template-columns:repeat(5,minmax(0,1fr));gap:12px 14px}.samples li{font-size:7.5pt}
          .samples dl{column-gap:6px}.samples img{width:76px;height:76px}
        .scroll{overflow:visible}
        pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:8pt}
        .pairs{font-size:9pt}
        .samples img,.samples blockquote,pre,.key{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        }

        """;
}
