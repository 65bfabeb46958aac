using ClearingActors.Actors;
using ClearingActors.Domain.Novation;

namespace ClearingActors.Engine.Simulation;

/// <summary>Something a simulated client wants and asks for until it has an answer.</summary>
internal sealed class ClientRequest
{
    /// <summary>For the coverage table.</summary>
    internal required string Name { get; init; }

    /// <summary>The command, made anew for each time it is sent.</summary>
    internal required Func<ReplyTo, Command> Command { get; init; }

    /// <summary>Checks an answer; true if it ends the request, false if it is to be asked again.</summary>
    internal required Func<object, bool> Take { get; init; }

    /// <summary>Setup goes stage by stage; 0 is at once.</summary>
    internal int Stage { get; init; }

    internal int Attempts { get; set; }

    /// <summary>When it was last sent; below 0 while it is to be sent.</summary>
    internal long SentAtMs { get; set; } = -1;

    internal bool Done { get; set; }
}

/// <summary>A trade as its source knows it: what was reported, and what the answers said.</summary>
internal sealed class ClientTrade(TradeReport report)
{
    internal TradeReport Report { get; } = report;

    internal TradeFingerprint Fingerprint { get; } = TradeFingerprint.Of(report);

    /// <summary>The first answer that binds: novated, or rejected on the record.</summary>
    internal TradeOutcome? First { get; set; }

    /// <summary>Any answer, also one without a trace.</summary>
    internal bool Answered { get; set; }

    internal bool CancelSent { get; set; }

    /// <summary>An answer said "cancelled".</summary>
    internal bool Cancelled { get; set; }
}
