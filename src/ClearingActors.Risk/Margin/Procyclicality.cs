using ClearingActors.Risk.Pricing;

namespace ClearingActors.Risk.Margin;

/// <summary>The margin buffer's state.</summary>
/// <param name="Released">True while a recorded decision lets the buffer be used up.</param>
/// <param name="PreviousMargin">The last margin that was in force, buffer included, 0 or more. Used while released.</param>
public readonly record struct MarginBuffer(bool Released, double PreviousMargin);

/// <summary>The three tools against procyclical margin (rulebook 8.4, RTS Art. 28(1)).</summary>
public static class Procyclicality
{
    /// <summary>The least length of the long window [RTS Art. 28(1)(c)].</summary>
    public const int LongWindowYears = 10;

    private const double BufferedShare = 1.25;
    private const double StressShare = 0.25;

    /// <summary>Tool (a): 1.25 M; while released min(1.25 M, max(M, previous)), so that the buffer absorbs a rise and is never built up in the stress.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A margin is not 0 or more.</exception>
    public static double Buffer25(double margin, MarginBuffer buffer)
    {
        PricingGuard.NotNegative(margin);
        PricingGuard.NotNegative(buffer.PreviousMargin);
        var buffered = BufferedShare * margin;
        return buffer.Released ? Math.Min(buffered, Math.Max(margin, buffer.PreviousMargin)) : buffered;
    }

    /// <summary>Tool (b): max(M, 0.75 M + 0.25 M_stress).</summary>
    /// <param name="margin">M, 0 or more.</param>
    /// <param name="stressedMargin">M_stress: the same portfolio on the unscaled changes of the stress window.</param>
    /// <exception cref="ArgumentOutOfRangeException">A margin is not 0 or more.</exception>
    public static double Stressed25(double margin, double stressedMargin)
    {
        PricingGuard.NotNegative(margin);
        PricingGuard.NotNegative(stressedMargin);
        return Math.Max(margin, ((1.0 - StressShare) * margin) + (StressShare * stressedMargin));
    }

    /// <summary>Tool (c): max(M, M_long).</summary>
    /// <param name="margin">M, 0 or more.</param>
    /// <param name="longWindowMargin">M_long: the same portfolio on the unscaled changes of at least ten years; see <see cref="CheckLongWindow"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A margin is not 0 or more.</exception>
    public static double Floor10Years(double margin, double longWindowMargin)
    {
        PricingGuard.NotNegative(margin);
        PricingGuard.NotNegative(longWindowMargin);
        return Math.Max(margin, longWindowMargin);
    }

    /// <summary>Refuses a history of less than ten years, unless a proxy is named whose history fills the rest.</summary>
    /// <param name="factor">What the history is of.</param>
    /// <param name="first">Its first date.</param>
    /// <param name="last">The date of the margin.</param>
    /// <param name="proxy">The factor that stands in for the missing years; null or empty if none.</param>
    /// <exception cref="ArgumentException">Too short, and no proxy.</exception>
    public static void CheckLongWindow(string factor, DateOnly first, DateOnly last, string? proxy)
    {
        if (string.IsNullOrEmpty(proxy) && first > last.AddYears(-LongWindowYears))
        {
            throw new ArgumentException(
                $"the history of {factor} begins on {first:yyyy-MM-dd}; a floor over {LongWindowYears} years to {last:yyyy-MM-dd} needs it from {last.AddYears(-LongWindowYears):yyyy-MM-dd} on, or a named proxy", nameof(first));
        }
    }
}
