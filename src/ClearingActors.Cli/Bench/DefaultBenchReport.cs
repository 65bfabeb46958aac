namespace ClearingActors.Cli.Bench;

/// <summary>What <c>clearing bench --default</c> measured; the JSON's names are these in camel case.</summary>
internal sealed record DefaultBenchReport
{
    public required int Accounts { get; init; }

    /// <summary>Client accounts of the defaulter, each with one lot.</summary>
    public required int Lots { get; init; }

    public required int Bidders { get; init; }

    public required int Threads { get; init; }

    /// <summary>Of the failure propagation.</summary>
    public required int Members { get; init; }

    /// <summary>From the second operator's approval until every lot is on offer: accounts seized, positions moved by trades, margins and greeks computed.</summary>
    public double DeclarationToAuctionsSeconds { get; set; }

    /// <summary>Sealed, durable and answered.</summary>
    public double BidsPerSecond { get; set; }

    /// <summary>From the close: every bid opened and checked, lots cleared, members ranked, every lot at its winner, cash booked.</summary>
    public double CloseToMovedSeconds { get; set; }

    /// <summary>The settlement cycle in between.</summary>
    public double CycleSeconds { get; set; }

    /// <summary>From the cycle to the allocated loss, booked.</summary>
    public double CycleToAllocatedSeconds { get; set; }

    /// <summary>The two without the cycle; the aim is at most 1 with 10,000 accounts, 500 lots and 100 bidders.</summary>
    public double CloseToAllocationSeconds { get; set; }

    /// <summary>Minor units; for the eye that asks whether anything happened.</summary>
    public long Loss { get; set; }

    /// <summary>Failure propagation; the aim is at most 2.</summary>
    public double PropagationSeconds { get; set; }

    /// <summary>Rounds until nobody else failed.</summary>
    public int PropagationRounds { get; set; }
}
