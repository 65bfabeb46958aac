namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --watchers</c> measured; the JSON's names are these in camel case. All in one run on one machine: compare the ratio, not runs.</summary>
internal sealed record PageBenchReport
{
    /// <summary>sqlite or postgres.</summary>
    public required string Store { get; init; }

    /// <summary>Connections that follow what pages follow, over all pages in turns.</summary>
    public required int Watchers { get; init; }

    /// <summary>True if a real browser had the overview open besides.</summary>
    public required bool Browser { get; init; }

    /// <summary>Accounts that traded.</summary>
    public required int Accounts { get; init; }

    /// <summary>Shards of the journal.</summary>
    public required int Shards { get; init; }

    /// <summary>Worker threads.</summary>
    public required int Workers { get; init; }

    /// <summary>Rounds without and with watchers, in turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>From a client process, many trades to a message; trades of all rounds over their seconds.</summary>
    public required double TradesPerSecondWithout { get; init; }

    /// <summary>The same with everybody watching.</summary>
    public required double TradesPerSecondWith { get; init; }

    /// <summary><see cref="TradesPerSecondWith"/> over <see cref="TradesPerSecondWithout"/>.</summary>
    public double Ratio => TradesPerSecondWith / TradesPerSecondWithout;

    /// <summary>By all watchers together.</summary>
    public required double UpdatesPerSecond { get; init; }

    /// <summary>By all watchers together.</summary>
    public required double BytesPerSecond { get; init; }

    /// <summary>Of any read at any watcher.</summary>
    public required int MostUpdatesOfOneReadInASecond { get; init; }

    /// <summary>JavaScript's heap after a collection, bytes, before and after the last round; 0 without a browser.</summary>
    public required long BrowserHeapBefore { get; init; }

    /// <summary>As <see cref="BrowserHeapBefore"/>.</summary>
    public required long BrowserHeapAfter { get; init; }
}
