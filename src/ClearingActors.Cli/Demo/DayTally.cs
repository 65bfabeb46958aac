using ClearingActors.Cli.History;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>Counts what comes back during a day. One caller at a time.</summary>
internal sealed class DayTally(AcknowledgedTrades acknowledged)
{
    private readonly Dictionary<RejectReason, long> _rejected = [];
    private long _novated;
    private long _novatedOptions;
    private long _repeats;
    private long _repeatsAnsweredOtherwise;
    private long _marksAccepted;
    private long _marksHeld;
    private long _marksRejected;

    internal void Add(MemberDesk desk, PlannedTrade trade, TradeAnswer answer)
    {
        if (trade.IsRepeat)
        {
            _repeats++;
            _repeatsAnsweredOtherwise += desk.IsFirstAnswer(answer) ? 0 : 1;
            return;
        }

        switch (answer.Status)
        {
            case TradeAnswer.Types.Status.Novated:
                _novated++;
                _novatedOptions += trade.Report.Instrument == DemoInstrument.Symbol ? 0 : 1;
                acknowledged.Add(trade.Report);
                break;
            case TradeAnswer.Types.Status.Rejected:
                _rejected[answer.Reason] = _rejected.GetValueOrDefault(answer.Reason) + 1;
                break;
            default:
                throw new InvalidOperationException($"trade {answer.Source}/{answer.TradeId} was answered with {answer.Status}, which is no outcome of a report");
        }

        if (answer.Reason != RejectReason.Conflict)
        {
            desk.KeepFirst(answer);
        }
    }

    internal void Add(PublishMarksResponse marks)
    {
        _marksAccepted += marks.Accepted;
        _marksHeld += marks.Held;
        _marksRejected += marks.Rejected;
    }

    internal DayResult Close(DailyPrices day, long settlementTicks, RunSettlementCycleResponse settled)
    {
        // A house of one currency; another one would not be added to it, but be told apart, and there is none.
        var usd = settled.Currencies.SingleOrDefault(c => c is { Currency: "USD", Type: "VariationMargin" });
        return new DayResult
        {
            Date = day.Date,
            SettlementPrice = DemoInstrument.ToPrice(settlementTicks),
            Novated = _novated,
            NovatedOptions = _novatedOptions,
            RejectedByReason = _rejected,
            Repeats = _repeats,
            RepeatsAnsweredOtherwise = _repeatsAnsweredOtherwise,
            MarksAccepted = _marksAccepted,
            MarksHeld = _marksHeld,
            MarksRejected = _marksRejected,
            Paid = ExactDecimal.FromWire(usd?.Paid),
            Received = ExactDecimal.FromWire(usd?.Received),
            Sum = ExactDecimal.FromWire(usd?.Sum),
        };
    }
}
