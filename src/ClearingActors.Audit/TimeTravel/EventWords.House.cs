using System.Buffers.Binary;
using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine.Messages;
using static ClearingActors.Audit.TimeTravel.AuditText;
using MarginTotal = ClearingActors.Contracts.Journal.V1.MarginTotal;
using RunSchedule = ClearingActors.Contracts.Journal.V1.RunSchedule;

namespace ClearingActors.Audit.TimeTravel;

/// <content>The register, markets, settlement and margin.</content>
internal sealed partial class EventWords
{
    private const int FactorPriceBytes = 12;

    private string? OfHouse(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.InstrumentDefined => Defined(e.InstrumentDefined),
        Event.EventOneofCase.InstrumentHalted => $"{e.InstrumentHalted.Instrument} halted",
        Event.EventOneofCase.InstrumentResumed => $"{e.InstrumentResumed.Instrument} resumed",
        Event.EventOneofCase.HouseHalted => "the house halted",
        Event.EventOneofCase.HouseResumed => "the house resumed",
        Event.EventOneofCase.MemberDefined => $"member {e.MemberDefined.Member} defined",
        Event.EventOneofCase.MemberSuspended => $"member {e.MemberSuspended.Member} suspended at {Time(e.MemberSuspended.SuspendedAt)}",
        Event.EventOneofCase.MemberReinstated => $"member {e.MemberReinstated.Member} reinstated",
        Event.EventOneofCase.TradeSourceDefined => $"trade source {e.TradeSourceDefined.Source} defined with {e.TradeSourceDefined.Lanes} lanes",
        Event.EventOneofCase.BusinessTimeAdvanced => $"business time moved to {Time(e.BusinessTimeAdvanced.BusinessTime)}",
        Event.EventOneofCase.CycleOpened => $"cycle {e.CycleOpened.Cycle} of {Date(e.CycleOpened.BusinessDate)} opened",
        Event.EventOneofCase.RiskModelSet => $"margin model set: {Number(e.RiskModelSet.Parameters.Length)} characters of parameters",
        Event.EventOneofCase.FactorPricesSet => FactorPrices(e.FactorPricesSet),
        Event.EventOneofCase.ExpiryPriceSet => $"{e.ExpiryPriceSet.Instrument} has its final price {Price(e.ExpiryPriceSet.Instrument, e.ExpiryPriceSet.PriceUnits)} and takes no trades",
        Event.EventOneofCase.ExpiryConfirmed => $"every shard knows the final price of {e.ExpiryConfirmed.Instrument}",
        Event.EventOneofCase.ChangeStarted => $"change {e.ChangeStarted.Change} sent to every shard: {Inner(e.ChangeStarted.Events)}{(e.ChangeStarted.Afterwards.Count > 0 ? $"; once all have it: {Inner(e.ChangeStarted.Afterwards)}" : "")}",
        Event.EventOneofCase.ChangeConfirmed => $"shard {e.ChangeConfirmed.Shard} has change {e.ChangeConfirmed.Change}",
        Event.EventOneofCase.CollateralAssetDefined => $"{e.CollateralAssetDefined.Asset} of {e.CollateralAssetDefined.Issuer} listed as collateral, priced in {e.CollateralAssetDefined.Currency} {(e.CollateralAssetDefined.PricedBy.Length > 0 ? $"by the marks of {e.CollateralAssetDefined.PricedBy}" : "by operators")}, factor {e.CollateralAssetDefined.PriceFactor}",
        Event.EventOneofCase.CollateralPricesSet => $"prices of collateral set: {List(e.CollateralPricesSet.Prices.Select(p => $"{p.Asset} {p.Price}").Concat(e.CollateralPricesSet.Rates.Select(r => $"{r.Base}/{r.Quote} {r.Rate}")))}",
        Event.EventOneofCase.PaymentTermsSet => $"payment terms set: {e.PaymentTermsSet.MinutesToPay} minutes to pay; liquidity sources {List(e.PaymentTermsSet.Sources.Select(s => $"{s.Name} {Money(s.Amount)}"))}",
        Event.EventOneofCase.BufferReleased => $"25 % buffer released at {Time(e.BufferReleased.At)}{By(e.BufferReleased.By, e.BufferReleased.Reason)}",
        Event.EventOneofCase.BufferRestored => $"25 % buffer restored at {Time(e.BufferRestored.At)}{By(e.BufferRestored.By, e.BufferRestored.Reason)}",
        Event.EventOneofCase.MemberDefaulted => $"member {e.MemberDefaulted.Member} declared in default {e.MemberDefaulted.Number} at {Time(e.MemberDefaulted.At)}",
        Event.EventOneofCase.DefaultEnded => $"default {e.DefaultEnded.Number} has ended",
        _ => null,
    };

    private string Inner(IEnumerable<Event> events) => string.Join("; ", events.Select(inner => OfHouse(inner) ?? OfSettlement(inner) ?? $"{inner.EventCase}"));

    private static string Defined(InstrumentDefined d)
    {
        var what = d.Option is { Reference.Length: > 0 } option
            ? $"{(option.Style == 1 ? "European" : "American")} {(option.Type == 1 ? "call" : "put")} on {option.Reference} at {option.Strike}, premium {(option.PremiumStyle == 1 ? "paid up front" : "margined")}"
            : d.Perpetual is { Index.Length: > 0 } perpetual ? $"{(perpetual.Inverse ? "inverse " : "")}perpetual on {perpetual.Index}" : $"{Words((Domain.Instruments.InstrumentKind)d.Kind)} on {d.Underlying}";
        return $"{d.Instrument} defined: {what}, multiplier {d.Multiplier}, tick {d.Tick}, in {d.Currency}{(d.Expiry > 0 ? $", expires {Time(d.Expiry)}" : "")}, product group {d.ProductGroup}";
    }

    private static string FactorPrices(FactorPricesSet e)
    {
        var count = e.Prices.Length / FactorPriceBytes;
        var dates = count == 0 ? "" : $", {DateAt(e, 0)} to {DateAt(e, count - 1)}";
        return $"{Number(count)} daily prices of factor {e.Factor} {(e.Replaces ? "put in the place of its history" : "added")}{dates}";
    }

    private static string DateAt(FactorPricesSet e, int index) => Date(DateOnly.FromDayNumber(BinaryPrimitives.ReadInt32BigEndian(e.Prices.Span[(index * FactorPriceBytes)..])));

    private string? OfMarkets(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.MarkAccepted => $"mark {e.MarkAccepted.Number} of {e.MarkAccepted.Instrument}: {Price(e.MarkAccepted.Instrument, e.MarkAccepted.PriceUnits)} at {Time(e.MarkAccepted.Time)} from {e.MarkAccepted.Source}{(e.MarkAccepted.ConfirmedBy.Length > 0 ? $", confirmed by {e.MarkAccepted.ConfirmedBy}" : "")}",
        Event.EventOneofCase.MarkHeld => $"mark of {e.MarkHeld.Instrument} held until it is confirmed: {Price(e.MarkHeld.Instrument, e.MarkHeld.PriceUnits)} at {Time(e.MarkHeld.Time)} from {e.MarkHeld.Source}",
        Event.EventOneofCase.HeldMarkDropped => $"the held mark of {e.HeldMarkDropped.Instrument} dropped{By(e.HeldMarkDropped.DroppedBy, "")}",
        Event.EventOneofCase.FundingRateFixed => Funding(e.FundingRateFixed),
        Event.EventOneofCase.FundingQueued => $"to be paid by the next cycle: {Funding(e.FundingQueued)}",
        Event.EventOneofCase.FinalPriceFixed => $"final price of {e.FinalPriceFixed.Instrument}: {Price(e.FinalPriceFixed.Instrument, e.FinalPriceFixed.PriceUnits)}, {(e.FinalPriceFixed.DecidedBy.Length > 0 ? $"the window held {e.FinalPriceFixed.Marks} marks, decided" : $"of {e.FinalPriceFixed.Marks} marks")}{By(e.FinalPriceFixed.DecidedBy, e.FinalPriceFixed.Reason)}",
        Event.EventOneofCase.ClockRefused => $"the clock could not start {e.ClockRefused.Instrument}: {e.ClockRefused.Reason}",
        _ => null,
    };

    private string Funding(FundingRateFixed f) => $"funding of {f.Instrument} from {Time(f.From)} to {Time(f.To)}: rate {f.Rate} (premium {f.Premium}) at mark {Price(f.Instrument, f.MarkUnits)}";

    private string? OfSettlement(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.SettlementPricesSet => $"settlement prices of cycle {e.SettlementPricesSet.Prices.Cycle}: {Prices(e.SettlementPricesSet.Prices.Prices)}",
        Event.EventOneofCase.SettlementPricesFixed => $"settlement prices of cycle {e.SettlementPricesFixed.Prices.Cycle} fixed: {Prices(e.SettlementPricesFixed.Prices.Prices)}",
        Event.EventOneofCase.CutAwaited => $"cycle {e.CutAwaited.Cycle}: trades in flight are awaited",
        Event.EventOneofCase.ShardCut => $"cycle {e.ShardCut.Cycle}: no trade of it is in flight in this shard",
        Event.EventOneofCase.CycleBooked => $"cycle {e.CycleBooked.Cycle} booked in this shard",
        Event.EventOneofCase.CycleFrozen => $"cycle {e.CycleFrozen.Cycle} of {Date(e.CycleFrozen.BusinessDate)} frozen; trades go to the next, of {Date(e.CycleFrozen.NextBusinessDate)}{(e.CycleFrozen.Prices.Count > 0 ? $"; prices given: {Prices(e.CycleFrozen.Prices)}" : "")}{(e.CycleFrozen.Expiring.Count > 0 ? $"; settled for the last time: {List(e.CycleFrozen.Expiring)}" : "")}{(e.CycleFrozen.Fundings.Count > 0 ? $"; it pays {e.CycleFrozen.Fundings.Count} fundings" : "")}",
        Event.EventOneofCase.ShardCutReported => $"cycle {e.ShardCutReported.Cycle}: shard {e.ShardCutReported.Shard} is cut{(e.ShardCutReported.Noticed.Count > 0 ? $"; notices on {List(e.ShardCutReported.Noticed)}" : "")}",
        Event.EventOneofCase.ShardComputed => $"cycle {e.ShardComputed.Cycle}: shard {e.ShardComputed.Shard} has computed {Flows(e.ShardComputed.Amounts)}",
        Event.EventOneofCase.CycleBalanced => $"cycle {e.CycleBalanced.Cycle} sums to zero{(e.CycleBalanced.Totals.Count > 0 ? $": {Flows(e.CycleBalanced.Totals)}" : "")}",
        Event.EventOneofCase.CycleUnbalanced => $"CYCLE {e.CycleUnbalanced.Cycle} DOES NOT SUM TO ZERO: {Flows(e.CycleUnbalanced.Totals)}",
        Event.EventOneofCase.CycleInstructed => $"cycle {e.CycleInstructed.Cycle}: every shard is told to book",
        Event.EventOneofCase.ShardConfirmed => $"cycle {e.ShardConfirmed.Cycle}: shard {e.ShardConfirmed.Shard} has booked {Flows(e.ShardConfirmed.Amounts)}",
        Event.EventOneofCase.CycleClosed => $"cycle {e.CycleClosed.Cycle} closed",
        Event.EventOneofCase.CycleBlocked => $"CYCLE {e.CycleBlocked.Cycle} DOES NOT GO ON: {e.CycleBlocked.Reason}",
        Event.EventOneofCase.ExerciseStarted => $"cycle {e.ExerciseStarted.Cycle} exercises {List(e.ExerciseStarted.Series.Select(s => $"{s.Option}{(s.AtExpiry ? " at expiry" : "")}"))}",
        Event.EventOneofCase.ShardExerciseReported => $"cycle {e.ShardExerciseReported.Cycle}: shard {e.ShardExerciseReported.Shard} exercises {List(e.ShardExerciseReported.Series.Select(s => $"{Lots(s.Exercised)} of {s.Option}, {s.Shorts.Count} short positions"))}",
        Event.EventOneofCase.ExerciseAssigned => $"cycle {e.ExerciseAssigned.Cycle} assigned {List(e.ExerciseAssigned.Assigned.Select(a => $"{Lots(a.Lots)} of {a.Option} to {a.Account}{Client(a.Client)}"))}",
        Event.EventOneofCase.ClaimOpened => $"claim {e.ClaimOpened.Number} on {e.ClaimOpened.Missed.Account} of {e.ClaimOpened.Missed.Member}: {Money(e.ClaimOpened.Missed.Missing)} for cycle {e.ClaimOpened.Missed.Cycle} was not paid; drawn {List(e.ClaimOpened.Draws.Select(d => $"{d.Name} {Money(d.Amount)}"))}, uncovered {Money(e.ClaimOpened.Uncovered)}",
        _ => null,
    };

    private string? OfMargin(Event e, ActorAddress actor) => e.EventCase switch
    {
        Event.EventOneofCase.MarginAssessed => Assessed(e.MarginAssessed, actor),
        Event.EventOneofCase.MarginCallIssued => $"margin call {e.MarginCallIssued.Number}: {Margin(actor, e.MarginCallIssued.Amount)} by {Time(e.MarginCallIssued.Deadline)}, by run {e.MarginCallIssued.Run}",
        Event.EventOneofCase.MarginCallCredited => $"margin call {e.MarginCallCredited.Number} credited {Margin(actor, e.MarginCallCredited.Amount)}",
        Event.EventOneofCase.MarginCallMissed => $"margin call {e.MarginCallMissed.Number} missed: {Margin(actor, e.MarginCallMissed.Amount)} had not come",
        Event.EventOneofCase.MarginCallWithdrawn => $"margin call {e.MarginCallWithdrawn.Number} withdrawn: {e.MarginCallWithdrawn.Reason}",
        Event.EventOneofCase.MarginRunStarted => $"margin run {e.MarginRunStarted.Run} at {Time(e.MarginRunStarted.At)}, {Words((RunCause)e.MarginRunStarted.Cause)}{By(e.MarginRunStarted.By, "")}; model {Short(e.MarginRunStarted.ModelVersion)}, scenarios {Short(e.MarginRunStarted.ScenarioSet)}, {e.MarginRunStarted.Marks.Count} marks{(e.MarginRunStarted.BufferReleased ? ", buffer released" : "")}",
        Event.EventOneofCase.MarginRunNotBegun => $"a margin run could not be begun ({Words((RunCause)e.MarginRunNotBegun.Cause)}{By(e.MarginRunNotBegun.By, "")}): {e.MarginRunNotBegun.Failure}",
        Event.EventOneofCase.ShardAssessed => $"run {e.ShardAssessed.Run}: shard {e.ShardAssessed.Shard} {(e.ShardAssessed.Failure.Length > 0 ? $"COULD NOT ASSESS: {e.ShardAssessed.Failure}" : e.ShardAssessed.Totals.Count == 0 ? "had no account to assess" : $"assessed {List(e.ShardAssessed.Totals.Select(Total))}")}",
        Event.EventOneofCase.ShardMeasured => $"run {e.ShardMeasured.Run}: shard {e.ShardMeasured.Shard} {(e.ShardMeasured.Failure.Length > 0 ? $"COULD NOT MEASURE: {e.ShardMeasured.Failure}" : $"measured {e.ShardMeasured.Lots.Count} positions and {e.ShardMeasured.Figures.Count} figures of members")}",
        Event.EventOneofCase.LiquidityTold => $"run {e.LiquidityTold.Run}: liquidity add-ons {List(e.LiquidityTold.Charges.Select(c => $"{c.Member} in {c.Underlying} {c.AddOn.ToString("N2", CultureInfo.InvariantCulture)}"))}",
        Event.EventOneofCase.CallMissedReported => $"account {e.CallMissedReported.Account} of {e.CallMissedReported.Member} missed call {e.CallMissedReported.Call}: {Money(e.CallMissedReported.Missing, e.CallMissedReported.Currency, e.CallMissedReported.Digits)} at {Time(e.CallMissedReported.At)}",
        Event.EventOneofCase.RunsScheduled => Schedule(e.RunsScheduled),
        _ => null,
    };

    private static string Schedule(RunSchedule s)
    {
        List<string> when = [];
        if (s.MinutesPlusOne.Count > 0)
        {
            when.Add($"at {List(s.MinutesPlusOne.Select(m => string.Create(CultureInfo.InvariantCulture, $"{(m - 1) / 60:00}:{(m - 1) % 60:00}")))} UTC{(s.Weekends ? "" : ", Monday to Friday")}");
        }

        if (s.EveryMinutes > 0)
        {
            when.Add($"every {s.EveryMinutes} minutes");
        }

        if (s.MoveBps > 0)
        {
            when.Add($"when a price has moved {s.MoveBps} basis points");
        }

        return when.Count == 0 ? "no margin runs are scheduled" : $"margin runs are scheduled: {string.Join("; ", when)}";
    }

    private string Assessed(MarginAssessed a, ActorAddress account)
    {
        var parts = List(a.Parts.Select(p => $"{p.Name.Replace('_', ' ')} {Margin(account, p.Amount)}"));
        var coverage = new Domain.Margin.Coverage(a.Requirement, a.Collateral, a.NetOptionValue, a.PremiumReceivable, a.PremiumPayable, a.AccruedVariationMargin, a.Unpaid);
        return $"run {a.Run}: requirement {Margin(account, a.Requirement)} ({parts}), collateral {Margin(account, a.Collateral)}, excess {Margin(account, coverage.Excess)}{(a.GearingExceeded ? "; gearing limit exceeded" : "")}";
    }

    private static string Total(MarginTotal t) =>
        $"{Number(t.Accounts)} accounts in {t.Currency}, requirement {Amount(Wide(t.Requirement), t.Digits)}, shortfall {Amount(Wide(t.Shortfall), t.Digits)}, {t.Calls} calls of {Amount(Wide(t.Called), t.Digits)}";

    /// <summary>The first digits of a hash, for the eye.</summary>
    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
