namespace ClearingActors.Client;

/// <summary>How a watch of auctions reconnects.</summary>
public sealed record AuctionWatchOptions
{
    /// <summary>The wait between attempts.</summary>
    public ReconnectBackoff Backoff { get; init; } = new();

    /// <summary>Attempts in a row that bring nothing, after which the watch fails; null to go on for ever.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The clock of the backoff.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
