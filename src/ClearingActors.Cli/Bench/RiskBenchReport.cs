namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --risk</c> measured; the JSON's names are these in camel case. All in one run on one machine: compare ratios, not runs.</summary>
internal sealed record RiskBenchReport
{
    public required int Accounts { get; init; }

    public required int Scenarios { get; init; }

    public required int Threads { get; init; }

    /// <summary>From a future's new vector to the new expected shortfall of every holder; the median round.</summary>
    public double FutureMarkMs { get; set; }

    /// <summary>Bytes of vectors read and written a second by that, over those of a plain <c>+=</c> over as much memory by the same threads; the best rounds of both.</summary>
    public double FutureMarkToMemoryBandwidth { get; set; }

    /// <summary>Bytes allocated for an account by a mark; the aim is 0.</summary>
    public double AllocatedBytesPerAccount { get; set; }

    /// <summary>Options of the underlying.</summary>
    public int Options { get; set; }

    /// <summary>Of these in an account.</summary>
    public int OptionsPerAccount { get; set; }

    /// <summary>The options' new vectors as the engine's pricer makes them, once for all holders, on one thread.</summary>
    public double OptionVectorsMs { get; set; }

    /// <summary>From the new vectors to the new expected shortfall of every holder; the median round.</summary>
    public double OptionAccountsMs { get; set; }

    /// <summary>The two together: one mark of an underlying with options.</summary>
    public double OptionMarkMs { get; set; }

    /// <summary>European prices a second on one core by <c>FastPricing</c>, with a volatility shocked in every scenario.</summary>
    public double FastOptionPricesPerSecond { get; set; }

    /// <summary>The same by the canonical routine.</summary>
    public double CanonicalOptionPricesPerSecond { get; set; }

    /// <summary>Instruments of each account in the canonical run.</summary>
    public int CanonicalInstruments { get; set; }

    /// <summary>Every account's requirement by the canonical routine, vectors included.</summary>
    public double CanonicalRunSeconds { get; set; }

    /// <summary>In process, without a risk model: the amount per lot decides.</summary>
    public double TradesPerSecondRiskOff { get; set; }

    /// <summary>With a model and marks that keep coming: the indicative requirement decides.</summary>
    public double TradesPerSecondRiskOn { get; set; }

    /// <summary>The second over the first; the aim is at least 0.8.</summary>
    public double RiskOnToOff { get; set; }
}
