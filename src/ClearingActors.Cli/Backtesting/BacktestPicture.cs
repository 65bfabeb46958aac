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
    private const int DateLabels = 12;

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
        var tick = RoundTick(highest / Ticks);
        for (var i = 0; tick > 0.0 && i * tick <= highest; i++)
        {
            var value = i * tick;
            var y = Y(value);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" y1=\"{y:0.##}\" x2=\"{Width - Right}\" y2=\"{y:0.##}\" stroke=\"#ddd\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 6}\" y=\"{y + 4:0.##}\" text-anchor=\"end\">{value:#,0.########}</text>\n");
        }

        for (var i = 0; i < observations.Count; i++)
        {
            Bar(i, observations[i].IsException ? "#c00" : "#9bb8d3");
        }

        svg.Append("<polyline fill=\"none\" stroke=\"#1b3a57\" stroke-width=\"1.5\" points=\"");
        for (var i = 0; i < observations.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"{X(i):0.##},{Y(observations[i].Margin):0.##} {X(i + 1):0.##},{Y(observations[i].Margin):0.##} ");
        }

        svg.Append("\"/>\n");
        // A bar of a few thousand is thinner than a pixel, so what matters gets a mark on top.
        for (var i = 0; i < observations.Count; i++)
        {
            if (observations[i].IsException)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(i) + (step / 2):0.##}\" cy=\"{Y(observations[i].Loss):0.##}\" r=\"3.5\" fill=\"#c00\"><title>{Text(observations[i])}</title></circle>\n");
            }
        }

        foreach (var i in Labelled(observations))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{X(i):0.##}\" y1=\"{Height - Bottom}\" x2=\"{X(i):0.##}\" y2=\"{Height - Bottom + 5}\" stroke=\"#555\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(i):0.##}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{observations[i].From:yyyy-MM-dd}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(int i) => Left + (i * step);
        double Y(double value) => Height - Bottom - (value * scale);

        void Bar(int i, string colour)
        {
            if (observations[i].Loss > 0.0)
            {
                svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{X(i):0.##}\" y=\"{Y(observations[i].Loss):0.##}\" width=\"{Math.Max(step, 0.8):0.##}\" height=\"{observations[i].Loss * scale:0.##}\" fill=\"{colour}\"><title>{Text(observations[i])}</title></rect>\n");
            }
        }
    }

    /// <summary>The next 1, 2 or 5 times a power of ten; 0 for 0.</summary>
    private static double RoundTick(double least)
    {
        if (least <= 0.0)
        {
            return 0.0;
        }

        var power = Math.Pow(10.0, Math.Floor(Math.Log10(least)));
        return power * (least <= power ? 1.0 : least <= 2.0 * power ? 2.0 : least <= 5.0 * power ? 5.0 : 10.0);
    }

    /// <summary>The periods whose dates stand below: evenly spaced.</summary>
    private static IEnumerable<int> Labelled(IReadOnlyList<BacktestObservation> observations)
    {
        var every = Math.Max(1, (int)Math.Ceiling((double)observations.Count / DateLabels));
        for (var i = 0; i < observations.Count; i += every)
        {
            yield return i;
        }
    }

    private static string Text(in BacktestObservation o) =>
        string.Create(CultureInfo.InvariantCulture, $"{o.From:yyyy-MM-dd} to {o.To:yyyy-MM-dd}: loss {o.Loss:0.##}, margin {o.Margin:0.##}");

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
