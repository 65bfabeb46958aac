namespace ClearingActors.Cli.Demo;

/// <summary>A day's prices of options.</summary>
/// <param name="Options">At least one.</param>
/// <param name="Volatility">The synthetic one of the close before.</param>
public sealed record OptionQuotes(IReadOnlyList<DemoOption> Options, double Volatility)
{
    /// <summary>An option's price in ticks.</summary>
    /// <param name="option">One of them.</param>
    /// <param name="futureTicks">The future's price.</param>
    /// <param name="instant">UTC ns, before the expiry.</param>
    public long TicksOf(DemoOption option, long futureTicks, long instant) => option.TicksAt(futureTicks, instant, Volatility);
}
