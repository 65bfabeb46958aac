using System.Globalization;
using System.Text;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Default;
using LayerUse = ClearingActors.Contracts.Defaults.V1.LayerUse;

namespace ClearingActors.Cli.Drills;

/// <summary>The waterfall of a drill as SVG: a bar for each layer, what is used of it in its colour before what is available in grey; one block for each default, all to one scale.</summary>
public static class DrillPicture
{
    private const double Width = 1200;
    private const double Left = 210;
    private const double BarWidth = 620;
    private const double Top = 64;
    private const double RowHeight = 34;
    private const double BarHeight = 22;
    private const double BlockHead = 40;
    private const double Bottom = 40;

    /// <summary>The picture of a result.</summary>
    public static string Of(DrillResult result)
    {
        var currency = result.Drill.Currency;
        var blocks = result.Defaults.Where(e => e.Default.Allocation is not null).Select(e => (e.Default, Layers: e.Layers())).ToList();
        var most = blocks.SelectMany(b => b.Layers).Select(l => Math.Max(l.Available, l.Used)).DefaultIfEmpty(0).Max();
        var height = Top + blocks.Sum(b => BlockHead + (b.Layers.Count * RowHeight)) + Bottom;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"26\" font-size=\"17\">{Escaped(result.Drill.Title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"46\" fill=\"#555\">Loss {currency.Code} {Amount(result.Loss)}; grey: available, colour: used, first used first; unallocated {Amount(result.Unallocated)}</text>\n");
        var y = Top;
        foreach (var (d, layers) in blocks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"{y + 24:0.##}\" font-weight=\"bold\">Default {d.Number}: {Escaped(d.Member)}, loss {Amount(d.Allocation.Loss)}</text>\n");
            y += BlockHead;
            foreach (var layer in layers)
            {
                Row(layer);
                y += RowHeight;
            }

            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y - (layers.Count * RowHeight) - 4:0.##}\" x2=\"{Left}\" y2=\"{y - 8:0.##}\" stroke=\"#999\"/>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"{y + 24:0.##}\" fill=\"#555\" font-size=\"11\">Blue: the defaulter's. Orange: the clearing house's. Green: the survivors'. Red: recovery.</text>\n");
        return svg.Append("</svg>\n").ToString();

        string Amount(long minor) => DrillLog.AmountOnly(minor, currency);

        void Row(LayerUse layer)
        {
            var available = Math.Max(layer.Available, layer.Used);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{y + 16:0.##}\" text-anchor=\"end\">{Escaped(layer.Layer)}</text>");
            Bar(available, "#dcdcdc");
            Bar(layer.Used, Colour(layer.Layer));
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + Length(available) + 8:0.##}\" y=\"{y + 16:0.##}\" fill=\"{(layer.Used > 0 ? "#000" : "#777")}\">{Amount(layer.Used)} of {Amount(available)}</text>\n");
        }

        void Bar(long minor, string colour)
        {
            if (minor > 0)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y:0.##}\" width=\"{Length(minor):0.##}\" height=\"{BarHeight}\" fill=\"{colour}\"/>");
            }
        }

        // What is used is seen, however little it is.
        double Length(long minor) => minor == 0 ? 0.0 : Math.Max(2.0, BarWidth * minor / most);
    }

    private static string Colour(string layer) =>
        layer.StartsWith("defaulter", StringComparison.Ordinal) ? "#3d6fa5"
        : layer.StartsWith("ccp", StringComparison.Ordinal) ? "#d98324"
        : layer == LayerKind.DefaultFund.Id() || layer == LayerKind.Assessments.Id() ? "#4f9a56"
        : "#b8433f";

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
