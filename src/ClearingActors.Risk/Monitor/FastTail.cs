using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClearingActors.Risk.Margin;

namespace ClearingActors.Risk.Monitor;

/// <summary>
/// The tail of a profit-and-loss vector without sorting it and without allocation, for the monitor (rulebook 8.3, 8.9). The k worst gains are the same as those of
/// <see cref="TailRisk.Of(ReadOnlySpan{double}, double)"/> and are summed in the same order.
/// </summary>
/// <remarks>
/// Who asks again of a vector that has moved a little says where its tail was: only what lies near it is looked at, and where that was too little the whole vector is.
/// </remarks>
public static class FastTail
{
    /// <summary>A hint for a vector of which nothing is known: the whole of it is looked at.</summary>
    public const double NoHint = double.PositiveInfinity;

    /// <summary>How much nearer to zero than the k-th worst gain the hint for next time lies: with it some 5 k of 1,250 gains are looked at, and a move of a third of the tail is no surprise.</summary>
    private const double HintShare = 0.7;

    /// <summary>The tail's figures.</summary>
    /// <param name="gains">One gain per scenario.</param>
    /// <param name="count">k, 1 to the number of scenarios; see <see cref="TailRisk.CountOf"/>.</param>
    /// <param name="scratch">As long as <paramref name="gains"/>; overwritten.</param>
    /// <param name="hint">Gains above it are not expected in the tail; replaced by the hint for next time. <see cref="NoHint"/> at first.</param>
    /// <returns>Not finite if a gain that matters is not.</returns>
    public static TailRisk Of(ReadOnlySpan<double> gains, int count, Span<double> scratch, ref double hint) =>
        Of(Collect(gains, hint, scratch), gains, count, scratch, ref hint);

    /// <summary>Moves the vector, <c>gains += lots x change</c>, and gives the tail of what comes of it in the same pass.</summary>
    /// <param name="gains">One gain per scenario; changed.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="change">Per lot; as long as <paramref name="gains"/>.</param>
    /// <param name="count">k, 1 to the number of scenarios.</param>
    /// <param name="scratch">As long as <paramref name="gains"/>; overwritten.</param>
    /// <param name="hint">See <see cref="Of(ReadOnlySpan{double}, int, Span{double}, ref double)"/>.</param>
    public static TailRisk Move(Span<double> gains, double lots, ReadOnlySpan<double> change, int count, Span<double> scratch, ref double hint) =>
        Of(MoveAndCollect(gains, lots, change, gains, hint, scratch), gains, count, scratch, ref hint);

    /// <summary><c>gains += lots x change</c>.</summary>
    /// <param name="gains">One gain per scenario; changed.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="change">Per lot; as long as <paramref name="gains"/>.</param>
    public static void Add(Span<double> gains, double lots, ReadOnlySpan<double> change)
    {
        var from = MemoryMarshal.Cast<double, Vector<double>>(change[..gains.Length]);
        var to = MemoryMarshal.Cast<double, Vector<double>>(gains);
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += lots * from[i];
        }

        for (var i = to.Length * Vector<double>.Count; i < gains.Length; i++)
        {
            gains[i] += lots * change[i];
        }
    }

    /// <summary>The tail of <c>gains + lots x change</c>, which is not kept.</summary>
    /// <param name="gains">One gain per scenario.</param>
    /// <param name="lots">Signed.</param>
    /// <param name="change">Per lot; as long as <paramref name="gains"/>.</param>
    /// <param name="count">k, 1 to the number of scenarios.</param>
    /// <param name="scratch">Twice as long as <paramref name="gains"/>; overwritten.</param>
    /// <param name="hint">Where the tail of <paramref name="gains"/> was.</param>
    public static TailRisk With(ReadOnlySpan<double> gains, double lots, ReadOnlySpan<double> change, int count, Span<double> scratch, double hint)
    {
        var moved = scratch[gains.Length..(2 * gains.Length)];
        return Of(MoveAndCollect(gains, lots, change, moved, hint, scratch), moved, count, scratch, ref hint);
    }

    private static TailRisk Of(int collected, ReadOnlySpan<double> gains, int count, Span<double> scratch, ref double hint)
    {
        if (collected < count)
        {
            gains.CopyTo(scratch);
            collected = gains.Length;
        }

        var tail = scratch[..count];
        if (collected > count)
        {
            Select(scratch[..collected], count);
        }

        tail.Sort();
        var sum = 0.0;
        foreach (var gain in tail)
        {
            sum += -gain;
        }

        var last = tail[^1];
        hint = last < 0.0 ? HintShare * last : NoHint;
        return new TailRisk(count, Math.Max(0.0, -last), Math.Max(0.0, sum / count));
    }

    private static int Collect(ReadOnlySpan<double> gains, double hint, Span<double> scratch)
    {
        if (double.IsPositiveInfinity(hint))
        {
            gains.CopyTo(scratch);
            return gains.Length;
        }

        scratch = scratch[..gains.Length];
        var limit = Vector256.Create(hint);
        var found = 0;
        var i = 0;
        for (; i <= gains.Length - 4; i += 4)
        {
            found = Take(Vector256.Create(gains.Slice(i, 4)), limit, scratch, found);
        }

        for (; i < gains.Length; i++)
        {
            found = Take(gains[i], hint, scratch, found);
        }

        return found;
    }

    private static int MoveAndCollect(ReadOnlySpan<double> gains, double lots, ReadOnlySpan<double> change, Span<double> moved, double hint, Span<double> scratch)
    {
        change = change[..gains.Length];
        moved = moved[..gains.Length];
        scratch = scratch[..gains.Length];
        var factor = Vector256.Create(lots);
        var limit = Vector256.Create(hint);
        var found = 0;
        var i = 0;
        for (; i <= gains.Length - 4; i += 4)
        {
            var next = Vector256.Create(gains.Slice(i, 4)) + (factor * Vector256.Create(change.Slice(i, 4)));
            next.CopyTo(moved.Slice(i, 4));
            found = Take(next, limit, scratch, found);
        }

        for (; i < gains.Length; i++)
        {
            moved[i] = gains[i] + (lots * change[i]);
            found = Take(moved[i], hint, scratch, found);
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Take(Vector256<double> gains, Vector256<double> limit, Span<double> scratch, int found)
    {
        // What is not a number is taken too: not above the limit, so that it is seen in the result.
        var bits = Vector256.GreaterThan(gains, limit).ExtractMostSignificantBits() ^ 0b1111u;
        while (bits != 0)
        {
            scratch[found++] = gains[BitOperations.TrailingZeroCount(bits)];
            bits &= bits - 1;
        }

        return found;
    }

    private static int Take(double gain, double limit, Span<double> scratch, int found)
    {
        if (!(gain > limit))
        {
            scratch[found++] = gain;
        }

        return found;
    }

    /// <summary>Brings the smallest to the front, in any order: Hoare's selection with the median of three as pivot.</summary>
    /// <param name="values">In any order.</param>
    /// <param name="count">How many; fewer than there are.</param>
    private static void Select(Span<double> values, int count)
    {
        var low = 0;
        var high = values.Length - 1;
        while (low < high)
        {
            var pivot = Median(values[low], values[low + ((high - low) / 2)], values[high]);
            if (double.IsNaN(pivot))
            {
                // Sort puts it first, where it is part of the tail and spoils the figure, as it should.
                values.Sort();
                return;
            }

            var i = low;
            var j = high;
            while (i <= j)
            {
                while (values[i] < pivot)
                {
                    i++;
                }

                while (values[j] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (values[i], values[j]) = (values[j], values[i]);
                    i++;
                    j--;
                }
            }

            if (count - 1 <= j)
            {
                high = j;
            }
            else if (count - 1 >= i)
            {
                low = i;
            }
            else
            {
                return;
            }
        }
    }

    private static double Median(double a, double b, double c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
