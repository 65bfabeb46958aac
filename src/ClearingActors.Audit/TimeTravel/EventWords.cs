using ClearingActors.Actors;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using static ClearingActors.Audit.TimeTravel.AuditText;
using TradeOutcome = ClearingActors.Contracts.Journal.V1.TradeOutcome;
using TradeReport = ClearingActors.Contracts.Journal.V1.TradeReport;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// Events in words, with amounts in their currency's digits and prices as they are quoted. What an event only counts in (price units, minor units of a margin currency) it
/// takes from the house.
/// </summary>
/// <param name="units">Of the house that the events are of.</param>
internal sealed partial class EventWords(IEventUnits units)
{
    /// <param name="house">The replayed house, which must have the events' turns behind it.</param>
    internal EventWords(HouseReplay house)
        : this(new ReplayedUnits(house))
    {
    }

    /// <summary>The event in words; never empty, and null if this program knows no words for it.</summary>
    /// <param name="e">The event.</param>
    /// <param name="actor">Whose it is.</param>
    internal string? Of(Event e, ActorAddress actor)
    {
        if (e.HoldingsTold is { Holdings: null } told)
        {
            // The account's own record; what it holds stands in the default manager's.
            return $"default {told.Number}: has told what it holds";
        }

        var whole = e.Clone();
        Complete(whole);
        return OfTrades(whole, actor) ?? OfAccounts(whole, actor) ?? OfHouse(whole) ?? OfMarkets(whole) ?? OfSettlement(whole) ?? OfMargin(whole, actor) ?? OfFund(whole, actor) ?? OfDefaults(whole)
            ?? OfDefaultsEnd(whole) ?? OfActions(whole);
    }

    /// <summary>An absent message is one of zeros and empty texts: as such it is put in its place, so that words need not ask for each.</summary>
    private static void Complete(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message && !f.IsMap))
        {
            if (field.IsRepeated)
            {
                foreach (IMessage inner in (System.Collections.IEnumerable)field.Accessor.GetValue(message))
                {
                    Complete(inner);
                }
            }
            else if (field.Accessor.GetValue(message) is IMessage present)
            {
                Complete(present);
            }
            else if (field.RealContainingOneof is null && field.MessageType != message.Descriptor)
            {
                var empty = field.MessageType.Parser.ParseFrom(ByteString.Empty);
                Complete(empty);
                field.Accessor.SetValue(message, empty);
            }
        }
    }

    private static string Lots(long lots) => $"{Number(lots)} {(Math.Abs(lots) == 1 ? "lot" : "lots")}";

    private static string Client(string client) => client.Length > 0 ? $" of client {client}" : "";

    private static string By(string who, string why) => $"{(who.Length > 0 ? $" by {who}" : "")}{(why.Length > 0 ? $": {why}" : "")}";

    private static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count == 0 ? "none" : string.Join(", ", all);
    }

    private static string Money(long minor, string currency, long digits) => $"{Amount(minor, checked((int)digits))} {currency}";

    private static string Money(MoneyAmount? amount) => amount is not { Currency.Length: > 0 } ? "nothing" : Money(amount.MinorUnits, amount.Currency, amount.Digits);

    /// <summary>A two's complement big-endian integer of 16 bytes; 0 if absent.</summary>
    private static Int128 Wide(ByteString bytes)
    {
        Int128 value = bytes.Length > 0 && (bytes[0] & 0x80) != 0 ? -1 : 0;
        foreach (var b in bytes)
        {
            value = unchecked((value << 8) | b);
        }

        return value;
    }

    private static string Flow(CurrencyAmount a)
    {
        var amount = MoneyWire.ReadAmount(a.ToByteArray());
        var exact = amount.Exact == ExactAmount.From(new Money(amount.AmountMinor, amount.Currency)) ? "" : $" (exactly {amount.Exact})";
        var flow = a.Received != 0 || a.Paid != 0 ? $", received {Amount(a.Received, (int)a.Digits)} and paid {Amount(a.Paid, (int)a.Digits)}" : "";
        return $"{Words(amount.Type)} {Amount(amount.AmountMinor, amount.Currency)}{exact}{flow}";
    }

    private static string Flows(IEnumerable<CurrencyAmount> amounts) => List(amounts.Select(Flow));

    private Instrument? Find(string instrument) => units.Find(instrument);

    private string Price(string instrument, long price) => Find(instrument) is { } known ? $"{Plain(known.ToPrice(price))} {known.Currency.Code}" : $"{price} price units";

    private string Prices(IEnumerable<InstrumentPrice> prices) => List(prices.Select(p => $"{p.Instrument} {Price(p.Instrument, p.PriceUnits)}"));

    /// <summary>Minor units of an account's margin currency.</summary>
    private string Margin(ActorAddress account, long minor) => Margin(account.Key, minor);

    private string Margin(string account, long minor) => units.MarginCurrencyOf(account) is { } currency ? Amount(minor, currency) : $"{Number(minor)} minor units";

    private string Leg(TradeLegEvent leg)
    {
        var kind = leg.Kind == (uint)TradeKind.Trade ? "" : $"{Words((TradeKind)leg.Kind)} ";
        var effect = leg.Effect == 0 ? "" : $", to {Words((PositionEffect)leg.Effect)}";
        return $"{kind}{leg.Source}/{leg.TradeId}: {(leg.Side == (uint)Side.Buy ? "buys" : "sells")} {Lots(leg.Quantity)} {leg.Instrument}{Client(leg.Client)} at {Price(leg.Instrument, leg.PriceUnits)} {(leg.Side == (uint)Side.Buy ? "from" : "to")} {leg.CounterAccount}{effect}, cycle {leg.Cycle} of {Date(leg.ClearingDate)}";
    }

    private string Requirement(string instrument, long minor) => Find(instrument) is { } known ? Amount(minor, known.Currency) : $"{Number(minor)} minor units";

    private static string Outcome(TradeOutcome outcome, string price) => outcome.Kind switch
    {
        (uint)TradeOutcomeKind.Novated => $"novated in cycle {outcome.Cycle} of {Date(outcome.ClearingDate)}{price}",
        (uint)TradeOutcomeKind.Rejected => $"rejected: {Words((RejectReason)outcome.Reason)}",
        (uint)TradeOutcomeKind.Cancelled => $"cancelled in cycle {outcome.Cycle}",
        _ => $"outcome {outcome.Kind}",
    };

    private static string Report(TradeReport r) =>
        $"{r.Source}/{r.TradeId}: {r.BuyerAccount}{Client(r.BuyerClient)} buys {Lots(r.Quantity)} {r.Instrument} at {Decimal(r.PriceMantissa, (int)r.PriceScale)} from {r.SellerAccount}{Client(r.SellerClient)}{(r.Guaranteed ? ", guaranteed" : "")}";

    private string? OfTrades(Event e, ActorAddress actor) => e.EventCase switch
    {
        Event.EventOneofCase.TradeReceived => $"received {Source(actor)}/{e.TradeReceived.TradeId} of {Date(e.TradeReceived.ExecutionDate)}{(e.TradeReceived.Report is { TradeId.Length: > 0 } report ? $" ({Report(report)})" : "")}",
        Event.EventOneofCase.TradeAnswered => $"answered {Source(actor)}/{e.TradeAnswered.TradeId}: {Outcome(e.TradeAnswered.Outcome, "")}",
        Event.EventOneofCase.CancelReceived => $"received a cancel of {Source(actor)}/{e.CancelReceived.TradeId}",
        Event.EventOneofCase.CancelAnswered => $"answered the cancel of {Source(actor)}/{e.CancelAnswered.TradeId}: {Outcome(e.CancelAnswered.Outcome, "")}",
        Event.EventOneofCase.TradeIdsExpired => $"forgot the trade ids of {Date(e.TradeIdsExpired.ExecutionDate)} and before",
        Event.EventOneofCase.TradeReserved => $"reserved for {Leg(e.TradeReserved)}; reservation {e.TradeReserved.Reservation}{Held(e.TradeReserved)}",
        Event.EventOneofCase.TradeNovated => $"novated {Leg(e.TradeNovated)}{Held(e.TradeNovated)}",
        Event.EventOneofCase.TradeConfirmed => $"novated {e.TradeConfirmed.Source}/{e.TradeConfirmed.TradeId}, as reservation {e.TradeConfirmed.Reservation} has it",
        Event.EventOneofCase.ReservationReleased => $"released reservation {e.ReservationReleased.Reservation} of {e.ReservationReleased.Source}/{e.ReservationReleased.TradeId}: the trade is not",
        Event.EventOneofCase.ReversalReserved => $"reserved to reverse {Leg(e.ReversalReserved)}; reservation {e.ReversalReserved.Reservation}{Held(e.ReversalReserved)}",
        Event.EventOneofCase.TradeReversed => $"reversed {Leg(e.TradeReversed)}{Held(e.TradeReversed)}",
        Event.EventOneofCase.IndicativeMarginUsed => $"the next trade was held against a requirement of {Margin(actor, e.IndicativeMarginUsed.Requirement)} with all trades in flight, option value {Margin(actor, e.IndicativeMarginUsed.OptionValue)}, accrued {Margin(actor, e.IndicativeMarginUsed.Accrued)}, collateral besides cash {Margin(actor, e.IndicativeMarginUsed.Collateral)}{(e.IndicativeMarginUsed.Reduces ? "; the excess does not cover it, and it passed because it does not raise the requirement" : "")}",
        _ => null,
    };

    private string Held(TradeLegEvent leg) =>
        $"{(leg.MarkNumber > 0 ? $"; price held against mark {leg.MarkNumber}" : "")}{(leg.Requirement > 0 ? $"; the position reserves {Requirement(leg.Instrument, leg.Requirement)}" : "")}";

    private static string Source(ActorAddress lane) => lane.Key.LastIndexOf('/') is var slash and > 0 ? lane.Key[..slash] : lane.Key;

    private string? OfAccounts(Event e, ActorAddress actor) => e.EventCase switch
    {
        Event.EventOneofCase.AccountDefined => $"account defined: of {e.AccountDefined.Member}, {Words((Domain.Parties.Segregation)e.AccountDefined.Segregation)}, margined in {e.AccountDefined.Currency}",
        Event.EventOneofCase.AccountClosed => "account closed for good",
        Event.EventOneofCase.IntradayLimitSet => $"intraday limit set to {Money(e.IntradayLimitSet.Limit, e.IntradayLimitSet.Currency, e.IntradayLimitSet.Digits)}",
        Event.EventOneofCase.CashBooked => Cash(e.CashBooked),
        Event.EventOneofCase.AssetBooked => $"{(e.AssetBooked.Units >= 0 ? "received" : "gave")} {Amount(Math.Abs(e.AssetBooked.Units), (int)e.AssetBooked.UnitDigits)} {e.AssetBooked.Asset} {(e.AssetBooked.Units >= 0 ? "from" : "to")} {e.AssetBooked.CounterAccount}, request {e.AssetBooked.Request}, value date {Date(e.AssetBooked.ValueDate)}",
        Event.EventOneofCase.VariationMarginSettled => $"settled in cycle {e.VariationMarginSettled.Cycle}: {Flows(e.VariationMarginSettled.Amounts)}; to be booked",
        Event.EventOneofCase.ExerciseNoticeGiven => e.ExerciseNoticeGiven.Lots == 0
            ? $"took its {Words((Domain.Settlement.ExerciseNoticeKind)e.ExerciseNoticeGiven.Kind)} notice on {e.ExerciseNoticeGiven.Instrument}{Client(e.ExerciseNoticeGiven.Client)} back"
            : $"gave notice on {Lots(e.ExerciseNoticeGiven.Lots)} of {e.ExerciseNoticeGiven.Instrument}{Client(e.ExerciseNoticeGiven.Client)}: {Words((Domain.Settlement.ExerciseNoticeKind)e.ExerciseNoticeGiven.Kind)}, in cycle {e.ExerciseNoticeGiven.Cycle}",
        Event.EventOneofCase.OptionExercised => $"{(e.OptionExercised.Lots > 0 ? "exercised" : "was assigned")} {Lots(Math.Abs(e.OptionExercised.Lots))} of {e.OptionExercised.Instrument}{Client(e.OptionExercised.Client)} at {Price(e.OptionExercised.Instrument, e.OptionExercised.PriceUnits)}, cycle {e.OptionExercised.Cycle}",
        Event.EventOneofCase.FutureDelivered => $"took {Lots(e.FutureDelivered.Lots)} of {e.FutureDelivered.Instrument}{Client(e.FutureDelivered.Client)} at the strike {Price(e.FutureDelivered.Instrument, e.FutureDelivered.PriceUnits)}, cycle {e.FutureDelivered.Cycle}",
        Event.EventOneofCase.PaymentFellDue => $"must pay in {Money(e.PaymentFellDue.Amount)} for cycle {e.PaymentFellDue.Cycle}{(e.PaymentFellDue.Deadline > 0 ? $" by {Time(e.PaymentFellDue.Deadline)}" : "; an operator tells if it does not")}",
        Event.EventOneofCase.PaymentEnded => $"the payment for cycle {e.PaymentEnded.Cycle} ended: {(e.PaymentEnded.Missing is { MinorUnits: > 0 } missing ? $"{Money(missing)} is missing" : "all was paid")}{By(e.PaymentEnded.DecidedBy, e.PaymentEnded.Reason)}",
        Event.EventOneofCase.AccountPorted => $"ported to {e.AccountPorted.Member} (default {e.AccountPorted.Number})",
        _ => null,
    };

    private static string Cash(CashEntry entry)
    {
        var cause = entry.CauseCycle > 0 ? $"cycle {entry.CauseCycle}" : $"request {entry.CauseRequest}";
        var counter = entry.CounterAccount.Length > 0 ? entry.CounterAccount : "the accounts of the cycle, in total";
        return $"{Words((Domain.Ledger.CashEntryType)entry.Type)}: {(entry.Amount >= 0 ? "received" : "paid")} {Money(Math.Abs(entry.Amount), entry.Currency, entry.Digits)} {(entry.Amount >= 0 ? "from" : "to")} {counter}, {cause}, value date {Date(entry.ValueDate)}";
    }
}
