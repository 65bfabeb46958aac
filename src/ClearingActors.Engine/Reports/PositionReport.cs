using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Engine.Reports;

/// <summary>An account's positions at the newest marks, with what else its page needs of its shard.</summary>
/// <param name="Standing">Of its member.</param>
/// <param name="BusinessTime">UTC ns.</param>
/// <param name="Positions">By instrument, then client, ordinal.</param>
public sealed record PositionReport(MemberStatus Standing, long BusinessTime, IReadOnlyList<ReportedPosition> Positions)
{
    internal static PositionReport? Of(EngineScope scope, AccountId account)
    {
        if (scope.Accounts.Find(a => a.State.Id == account) is not { State: var state })
        {
            return null;
        }

        List<ReportedPosition> positions = [];
        foreach (var position in state.SortedPositions())
        {
            if (scope.Directory.TryGetInstrument(position.Key.Instrument, out var listed))
            {
                positions.Add(Of(scope, position, listed.Instrument, listed.LastSettlementCycle > 0 ? listed.LastSettlementUnits : null));
            }
        }

        return new PositionReport(scope.Directory.MemberStatusOf(state.Member), scope.Directory.BusinessTime, positions);
    }

    private static ReportedPosition Of(EngineScope scope, Position position, Instrument instrument, long? settledAt)
    {
        var isMarked = scope.Marks.TryGet(instrument.Id, out var mark);
        var units = isMarked ? mark.PriceUnits : settledAt;
        var isPremium = position.Valuation.Style == ValuationStyle.Premium;
        return new ReportedPosition(instrument, position.ToSnapshot())
        {
            MarkUnits = units,
            MarkTime = isMarked ? mark.Time : 0,
            MarkNumber = isMarked ? mark.Number : 0,
            Unrealised = units is { } at && !isPremium ? instrument.AmountOf(position.AccruedOf(at)).RoundHalfEven(instrument.Currency) : null,
            OptionValue = units is { } worth && isPremium ? instrument.AmountOf((Int128)position.Quantity * worth).RoundHalfEven(instrument.Currency) : null,
        };
    }
}

/// <summary>A position at the newest mark.</summary>
/// <param name="Instrument">What is held.</param>
/// <param name="Position">As the account has it.</param>
public sealed record ReportedPosition(Instrument Instrument, PositionSnapshot Position)
{
    /// <summary>Signed lots of all cycles, without trades in flight.</summary>
    public long Lots => checked(Position.SettledQuantity + Position.Older.Quantity + Position.Newer.Quantity);

    /// <summary>The newest mark or, without one, the last settlement price, in price units; null with neither.</summary>
    public long? MarkUnits { get; init; }

    /// <summary>UTC ns that the mark is of; 0 for a settlement price.</summary>
    public long MarkTime { get; init; }

    /// <summary>Of its underlying; 0 for a settlement price.</summary>
    public long MarkNumber { get; init; }

    /// <summary>Variation margin at the mark since the last settlement (rulebook 8.7); null without a mark, and of options whose premium is paid up front.</summary>
    public Money? Unrealised { get; init; }

    /// <summary>What the lots of such an option are worth at the mark; null of all else.</summary>
    public Money? OptionValue { get; init; }
}
