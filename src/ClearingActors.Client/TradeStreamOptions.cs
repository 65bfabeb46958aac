using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Client;

/// <summary>How a <see cref="TradeStream"/> behaves; read once, when it is opened.</summary>
public sealed record TradeStreamOptions
{
    /// <summary>The most reports without an answer, those that wait to be sent or sent again included; 1 to 1,000,000. The default is 4,096. A submission beyond it waits.</summary>
    public int MaxInFlight { get; init; } = 4096;

    /// <summary>The most reports in one message; 1 to 10,000, which is the server's bound. The default is 512.</summary>
    public int MaxReportsPerMessage { get; init; } = 512;

    /// <summary>
    /// Called for the answer of every report given to <see cref="TradeStream.PostAsync"/>, by one thread at a time, on the thread that reads the answers: it must not
    /// block. An exception out of it ends the stream. Needed for PostAsync only.
    /// </summary>
    public Action<TradeAnswer>? OnAnswer { get; init; }

    /// <summary>Called when a connection broke and another attempt follows after the delay; for logs. It must not block or throw.</summary>
    public Action<Exception, TimeSpan>? OnReconnect { get; init; }

    /// <summary>The wait before connecting again.</summary>
    public ReconnectBackoff Reconnect { get; init; } = new();

    /// <summary>The wait before a report is sent again that was answered with UNAVAILABLE or RESOURCE_EXHAUSTED.</summary>
    public ReconnectBackoff Retry { get; init; } = new() { First = TimeSpan.FromMilliseconds(10), Longest = TimeSpan.FromSeconds(1) };

    /// <summary>Attempts to connect in a row that bring no answer while reports wait, after which the stream fails; null to go on for ever.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>The clock of both waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (MaxInFlight is < 1 or > 1_000_000)
        {
            throw new ArgumentException($"MaxInFlight is {MaxInFlight}; 1 to 1,000,000 is allowed");
        }

        if (MaxReportsPerMessage is < 1 or > 10_000)
        {
            throw new ArgumentException($"MaxReportsPerMessage is {MaxReportsPerMessage}; 1 to 10,000 is allowed");
        }

        if (MaxAttempts is < 1)
        {
            throw new ArgumentException($"MaxAttempts is {MaxAttempts}; 1 or more, or null for no bound");
        }

        Reconnect.Validate();
        Retry.Validate();
    }
}
