using ClearingActors.Contracts.Common.V1;

namespace ClearingActors.Client;

/// <summary>Where a watch begins and how it reconnects.</summary>
public sealed record AccountWatchOptions
{
    /// <summary>The token of the last response that was dealt with; null for the account's first event.</summary>
    public ResumeToken? After { get; init; }

    /// <summary>The wait between attempts.</summary>
    public ReconnectBackoff Backoff { get; init; } = new();

    /// <summary>Attempts in a row that bring nothing, after which the watch fails; null to go on for ever.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The clock of the backoff.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
