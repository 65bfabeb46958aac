using System.Globalization;
using System.Text;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Cli.Backtesting;

/// <summary>A back-test as SVG: margin as a line, each period's loss as a bar below it, exceptions in red.</summary>
public static class BacktestPicture
{
    private const double Width = 1200;
    private const double Height = 480;
    private const double Left = 90;
    private const double Right = 20;
    private const double Top = 50;
    private const double Bottom = 50;
    private const int Ticks = 5;

    /// <summary>The picture of a result.</summary>
    /// <param name="result">At least one observation.</param>
    /// <param name="title">Stands above it.</param>
    public static string Of(BacktestResult result, string title)
    {
        var observations = result.Observations;
        var highest = observations.Max(o => Math.Max(o.Margin, o.Loss));
        var scale = highest > 0.0 ? (Height - Top - Bottom) / highest : 0.0;
        var step = (Width - Left - Right) / observations.Count;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"20\" font-size=\"15\">{Escaped(title)}</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"38\" fill=\"#555\">{observations.Count} periods, {result.Exceptions} losses above margin (red), zone {result.Zone.ToString().ToLowerInvariant()}; line: margin, bars: loss</text>\n");
        for (var i = 0; i <= Ticks; i++)
        {
            var value = highest * i / Ticks;
            var y = Y(value);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y:0.##}\" x2=\"{Width - Right}\" y2=\"{y:0.##}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">{value:#,0.##}</text>\n");
        }

        for (var i = 0; i < observations.Count; i++)
        {
            var observation = observations[i];
            if (observation.Loss > 0.0)
            {
                var colour = observation.IsException ? "#c00" : "#9bb8d3";
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(i):0.##}\" y=\"{Y(observation.Loss):0.##}\" width=\"{Math.Max(step, 0.8):0.##}\" height=\"{observation.Loss * scale:0.##}\" fill=\"{colour}\"><title>{observation.From:yyyy-MM-dd} to {observation.To:yyyy-MM-dd}: {observation.Loss:0.##}</title></rect>\n");
            }
        }

        svg.Append("<polyline fill=\"none\" stroke=\"#1b3a57\" stroke-width=\"1.5\" points=\"");
        for (var i = 0; i < observations.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"{X(i):0.##},{Y(observations[i].Margin):0.##} {X(i + 1):0.##},{Y(observations[i].Margin):0.##} ");
        }

        svg.Append("\"/>\n");
        foreach (var i in new[] { 0, observations.Count / 2, observations.Count - 1 }.Distinct())
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(i):0.##}\" y=\"{Height - 20}\" text-anchor=\"{(i == 0 ? "start" : i == observations.Count - 1 ? "end" : "middle")}\">{observations[i].From:yyyy-MM-dd}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(int i) => Left + (i * step);
        double Y(double value) => Height - Bottom - (value * scale);
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
