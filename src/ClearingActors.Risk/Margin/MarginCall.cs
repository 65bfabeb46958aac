using ClearingActors.Domain;

namespace ClearingActors.Risk.Margin;

/// <summary>The amount of a margin call (rulebook 8.8).</summary>
public static class MarginCall
{
    /// <summary>
    /// Zero unless the excess is below zero by more than the minimum transfer amount; then the shortfall minus open calls, rounded up to the call unit, never below zero.
    /// </summary>
    /// <param name="excess">See <see cref="Coverage.Excess"/>.</param>
    /// <param name="openCalls">Called and not met yet, 0 or more.</param>
    /// <param name="minimumTransfer">0 or more.</param>
    /// <param name="callUnit">Above 0.</param>
    /// <exception cref="ArgumentException">An amount is out of range.</exception>
    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    /// <exception cref="OverflowException">The amount does not fit in 64 bits.</exception>
    public static Money AmountOf(Money excess, Money openCalls, Money minimumTransfer, Money callUnit)
    {
        if (openCalls.MinorUnits < 0 || minimumTransfer.MinorUnits < 0 || callUnit.MinorUnits <= 0)
        {
            throw new ArgumentException(
                $"open calls {openCalls}, minimum transfer {minimumTransfer}, call unit {callUnit}: the first two must be 0 or more, the last above 0", nameof(callUnit));
        }

        var shortfall = -excess;
        var overMinimum = shortfall - minimumTransfer;
        var missing = shortfall - openCalls;
        if (overMinimum.MinorUnits <= 0 || missing.MinorUnits <= 0)
        {
            return Money.Zero(excess.Currency);
        }

        var rest = missing.MinorUnits % callUnit.MinorUnits;
        return missing + (callUnit with { MinorUnits = rest == 0 ? 0 : callUnit.MinorUnits - rest });
    }
}
