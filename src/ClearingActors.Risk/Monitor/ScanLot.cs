using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Monitor;

/// <summary>What one long lot of an instrument is in a scan (rulebook 8.3), in the margin currency; immutable and shared by all holders.</summary>
public sealed class ScanLot
{
    private readonly double[] _gains;

    /// <param name="gains">One for each of <see cref="SpanScanning.Standard"/>, without the weights.</param>
    /// <param name="expiry">Lots of an equal one net in the spread charge.</param>
    /// <param name="spread">Delta x the charge per spread lot, negative for a put.</param>
    /// <param name="shortMinimum">The floor for a lot short, 0 or more; 0 of what is no option.</param>
    /// <exception cref="ArgumentException">Another number of gains, a figure that is not finite, or a floor below 0.</exception>
    public ScanLot(ReadOnlySpan<double> gains, long expiry, double spread, double shortMinimum)
    {
        if (gains.Length != SpanScanning.Standard.Count)
        {
            throw new ArgumentException($"a scan has {SpanScanning.Standard.Count} moves, {gains.Length} gains were given; give one for each", nameof(gains));
        }

        PricingGuard.Finite(spread);
        PricingGuard.NotNegative(shortMinimum);
        _gains = gains.ToArray();
        Expiry = expiry;
        Spread = spread;
        ShortMinimum = shortMinimum;
        var (bought, sold) = (0.0, 0.0);
        for (var i = 0; i < _gains.Length; i++)
        {
            PricingGuard.Finite(_gains[i]);
            bought = Math.Max(bought, SpanScanning.Standard[i].Weight * -_gains[i]);
            sold = Math.Max(sold, SpanScanning.Standard[i].Weight * _gains[i]);
        }

        MostBought = bought + Math.Abs(spread);
        MostSold = Math.Max(sold + Math.Abs(spread), shortMinimum);
    }

    /// <summary>One for each of <see cref="SpanScanning.Standard"/>, without the weights.</summary>
    public ReadOnlySpan<double> Gains => _gains;

    /// <summary>Lots of an equal one net in the spread charge.</summary>
    public long Expiry { get; }

    /// <summary>Delta x the charge per spread lot.</summary>
    public double Spread { get; }

    /// <summary>The floor for a lot short; 0 of what is no option.</summary>
    public double ShortMinimum { get; }

    /// <summary>
    /// The most that a lot bought can add to any group's margin, 0 or more: its own worst scenario, since the largest loss is subadditive, and the whole of its delta as
    /// spread lots, since the lesser of two sums rises by no more than one of them.
    /// </summary>
    public double MostBought { get; }

    /// <summary>As <see cref="MostBought"/>, of a lot sold, which the floor may need.</summary>
    public double MostSold { get; }
}
