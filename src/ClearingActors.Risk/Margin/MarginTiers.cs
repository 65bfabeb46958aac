using ClearingActors.Domain;

namespace ClearingActors.Risk.Margin;

/// <summary>A bracket of notional.</summary>
/// <param name="UpTo">Its upper end, inclusive; null for the last, which has none.</param>
/// <param name="Rate">Margin per notional within the bracket, 0 or more.</param>
public readonly record struct MarginBracket(decimal? UpTo, decimal Rate);

/// <summary>
/// A margin floor by notional per underlying, in progressive brackets (rulebook 8.6): each part of the notional is charged its own bracket's rate. Exact decimals.
/// </summary>
public sealed class MarginTiers
{
    private readonly MarginBracket[] _brackets;

    /// <param name="brackets">By ascending upper end, all above 0; the last without one.</param>
    /// <exception cref="ArgumentException">No bracket, ends out of order, a missing or early last bracket, or a negative rate.</exception>
    public MarginTiers(IReadOnlyList<MarginBracket> brackets)
    {
        if (brackets.Count == 0)
        {
            throw new ArgumentException("margin tiers need one bracket at least", nameof(brackets));
        }

        for (var i = 0; i < brackets.Count; i++)
        {
            var (upTo, rate) = brackets[i];
            if (rate < 0)
            {
                throw new ArgumentException($"the rate of bracket {i} is {rate}; 0 or more is needed", nameof(brackets));
            }

            if (upTo is null != (i == brackets.Count - 1))
            {
                throw new ArgumentException($"bracket {i} of {brackets.Count} ends at {(upTo is null ? "nothing" : upTo)}; the last bracket has no end, every other has one", nameof(brackets));
            }

            var previous = i == 0 ? 0m : brackets[i - 1].UpTo;
            if (upTo <= previous)
            {
                throw new ArgumentException($"bracket {i} ends at {upTo}; it must end above {previous}", nameof(brackets));
            }
        }

        _brackets = [.. brackets];
    }

    /// <summary>The floor for a notional, exactly.</summary>
    /// <param name="notional">Gross notional of one underlying, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative notional.</exception>
    public ExactFraction MarginOf(decimal notional)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(notional);
        var margin = ExactFraction.Zero;
        var from = 0m;
        foreach (var (upTo, rate) in _brackets)
        {
            var to = upTo is null || upTo > notional ? notional : upTo.Value;
            margin += (ExactFraction.From(to) - ExactFraction.From(from)) * ExactFraction.From(rate);
            if (to == notional)
            {
                break;
            }

            from = to;
        }

        return margin;
    }
}
