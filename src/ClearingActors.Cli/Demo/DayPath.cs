using ClearingActors.Cli.History;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// A way that the price may have gone through a day: from the open over the high and the low, in either order, to the close, never outside low and high. All prices are
/// rounded half-even to the tick first. The same day, number of points and seed give the same path everywhere, as only integers are used.
/// </summary>
public sealed class DayPath
{
    /// <summary>Fewer would not leave room around the extremes.</summary>
    public const int MinPoints = 16;

    private readonly long[] _ticks;

    private DayPath(long[] ticks, long low, long high)
    {
        _ticks = ticks;
        Low = low;
        High = high;
    }

    /// <summary>Prices in ticks, evenly spaced over the day; the first is the open, the last the close.</summary>
    public ReadOnlySpan<long> Ticks => _ticks;

    /// <summary>The day's low in ticks.</summary>
    public long Low { get; }

    /// <summary>The day's high in ticks.</summary>
    public long High { get; }

    /// <summary>The close in ticks.</summary>
    public long Close => _ticks[^1];

    /// <param name="day">The day.</param>
    /// <param name="points">At least <see cref="MinPoints"/>.</param>
    /// <param name="random">Drawn from.</param>
    public static DayPath Create(DailyPrices day, int points, SeededRandom random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, MinPoints);
        var open = DemoInstrument.ToTicks(day.Open);
        var high = DemoInstrument.ToTicks(day.High);
        var low = DemoInstrument.ToTicks(day.Low);
        var close = DemoInstrument.ToTicks(day.Close);

        // The nearer extreme mostly comes first, as it does in markets; not always.
        var highIsNearer = high - open < open - low || (high - open == open - low && random.OneIn(2));
        var highFirst = highIsNearer != random.OneIn(4);

        // At least an eighth of the day between any two of the four, so that no single step is as wide as the day.
        var gap = points / 8;
        var first = (int)random.Between(gap, points - 1 - (2 * gap));
        var second = (int)random.Between(first + gap, points - 1 - gap);
        var ticks = new long[points];
        ticks[0] = open;
        ticks[first] = highFirst ? high : low;
        ticks[second] = highFirst ? low : high;
        ticks[^1] = close;
        var path = new DayPath(ticks, low, high);
        var width = (high - low) / 6;
        path.Fill(0, first, width, random);
        path.Fill(first, second, width, random);
        path.Fill(second, points - 1, width, random);
        return path;
    }

    /// <summary>A traded price: near the path, within the day.</summary>
    /// <param name="point">Which point of the path.</param>
    /// <param name="random">Drawn from.</param>
    /// <returns>Ticks.</returns>
    public long Near(int point, SeededRandom random) => Math.Clamp(_ticks[point] + random.Between(-2, 2), Low, High);

    /// <summary>Midpoint displacement: a walk between two points whose wiggles shrink with the distance.</summary>
    private void Fill(int from, int to, long width, SeededRandom random)
    {
        if (to - from < 2)
        {
            return;
        }

        var middle = from + ((to - from) / 2);
        var straight = _ticks[from] + ((_ticks[to] - _ticks[from]) * (middle - from) / (to - from));
        _ticks[middle] = Math.Clamp(straight + random.Between(-width, width), Low, High);
        Fill(from, middle, width / 2, random);
        Fill(middle, to, width / 2, random);
    }
}
