using ClearingActors.Contracts.Common.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>What came of a day.</summary>
public sealed record DayResult
{
    public required DateOnly Date { get; init; }

    /// <summary>The settlement price: the close, rounded half-even to the tick.</summary>
    public required decimal SettlementPrice { get; init; }

    /// <summary>Trades with an outcome of their own: novated and rejected. Repeats are not among them.</summary>
    public long Trades => Novated + Rejected;

    public required long Novated { get; init; }

    /// <summary>Those of the novated trades that are in options.</summary>
    public long NovatedOptions { get; init; }

    public long Rejected => RejectedByReason.Values.Sum();

    public required IReadOnlyDictionary<RejectReason, long> RejectedByReason { get; init; }

    /// <summary>Reports that came before and got their first answer again.</summary>
    public required long Repeats { get; init; }

    /// <summary>Repeats whose answer was not the first one.</summary>
    public required long RepeatsAnsweredOtherwise { get; init; }

    public required long MarksAccepted { get; init; }

    /// <summary>Marks that jumped and waited for a second source.</summary>
    public required long MarksHeld { get; init; }

    /// <summary>Above all marks that another source's newer one overtook.</summary>
    public required long MarksRejected { get; init; }

    /// <summary>USD of variation margin that accounts paid.</summary>
    public required decimal Paid { get; init; }

    /// <summary>USD of variation margin that accounts received.</summary>
    public required decimal Received { get; init; }

    /// <summary>Received - paid + what rounding left; zero in a house that works.</summary>
    public required decimal Sum { get; init; }

    public IReadOnlyList<ExpiredOption> Expired { get; init; } = [];

    /// <summary>Null where the house is not margined.</summary>
    public DayMargin? Margin { get; init; }
}
