using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using static ClearingActors.Audit.TimeTravel.AuditText;

namespace ClearingActors.Audit.TimeTravel;

/// <content>Stress runs, the default fund and default management.</content>
internal sealed partial class EventWords
{
    private string? OfFund(Event e, ActorAddress actor) => e.EventCase switch
    {
        Event.EventOneofCase.ScenariosSet => $"stress scenarios set: {Number(e.ScenariosSet.Text.Length)} characters",
        Event.EventOneofCase.FundTermsSet => $"terms of the default fund set: {Number(e.FundTermsSet.Text.Length)} characters",
        Event.EventOneofCase.StressRunStarted => $"stress run {e.StressRunStarted.Run} at {Time(e.StressRunStarted.At)}{By(e.StressRunStarted.By, "")}, on what cycle {e.StressRunStarted.Cycle} settled",
        Event.EventOneofCase.PositionsGathered => $"stress run {e.PositionsGathered.Run}: shard {e.PositionsGathered.Shard} {(e.PositionsGathered.Failure.Length > 0 ? $"COULD NOT TELL: {e.PositionsGathered.Failure}" : $"told of {e.PositionsGathered.Accounts.Count} accounts")}",
        Event.EventOneofCase.StressRunEnded => $"stress run {e.StressRunEnded.Run} {(e.StressRunEnded.Failure.Length > 0 ? $"came to nothing: {e.StressRunEnded.Failure}" : $"ended: {List(e.StressRunEnded.Scenarios.Select(s => $"{s.Scenario} leaves {s.ResourcesLeft} and {s.Unallocated} unallocated minor units"))}")}",
        Event.EventOneofCase.FundSized => $"fund sized by stress run {e.FundSized.Run}: {Money(e.FundSized.Fund, e.FundSized.Currency, e.FundSized.Digits)} (cover two {Money(e.FundSized.CoverTwo, e.FundSized.Currency, e.FundSized.Digits)}{(e.FundSized.Scenario.Length > 0 ? $" in {e.FundSized.Scenario}" : "")}), sizing {e.FundSized.Call}, by {Time(e.FundSized.Deadline)}: {List(e.FundSized.Contributions.Select(c => $"{c.Member} {Amount(c.Amount, (int)e.FundSized.Digits)}"))}",
        Event.EventOneofCase.FundCashReported => $"contribution of {e.FundCashReported.Member} to sizing {e.FundCashReported.Call}: {Fund(e.FundCashReported.Cash)} held, {Words((ContributionStatus)e.FundCashReported.Status)}",
        Event.EventOneofCase.FundRequirementSet => $"must hold {Margin(actor, e.FundRequirementSet.Required)} by sizing {e.FundRequirementSet.Call}, by {Time(e.FundRequirementSet.Deadline)}",
        Event.EventOneofCase.ContributionMissed => $"contribution to sizing {e.ContributionMissed.Number} missed: {Margin(actor, e.ContributionMissed.Amount)} was not there",
        _ => null,
    };

    private string? OfDefaults(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.DefaultTermsSet => $"terms of default management set: {Number(e.DefaultTermsSet.Text.Length)} characters",
        Event.EventOneofCase.DefaultTriggered => $"default {e.DefaultTriggered.Number} of {e.DefaultTriggered.Member} triggered ({Words(e.DefaultTriggered.Cause)}){By(e.DefaultTriggered.By, e.DefaultTriggered.Detail)}{Then(e.DefaultTriggered.Deadline, e.DefaultTriggered.Next)}",
        Event.EventOneofCase.DefaultDecided => $"default {e.DefaultDecided.Number}: {Words(e.DefaultDecided.Decision.Action)} {(e.DefaultDecided.Carried ? $"decided by {e.DefaultDecided.Decision.ProposedBy} and {e.DefaultDecided.Decision.By}" : $"proposed by {e.DefaultDecided.Decision.By}; another operator must approve")}: {e.DefaultDecided.Decision.Reason}",
        Event.EventOneofCase.DefaultRefused => $"{(e.DefaultRefused.Number > 0 ? $"default {e.DefaultRefused.Number}: " : "")}refused to {e.DefaultRefused.Refusal.By}: {e.DefaultRefused.Refusal.What}: {e.DefaultRefused.Refusal.Why}",
        Event.EventOneofCase.DefaultNoted => $"default {e.DefaultNoted.Number}: {e.DefaultNoted.Note.What}{By(e.DefaultNoted.Note.By, e.DefaultNoted.Note.Reason)}",
        Event.EventOneofCase.DefaultStageEntered => $"default {e.DefaultStageEntered.Number} is {Words(e.DefaultStageEntered.Stage)}{Then(e.DefaultStageEntered.Deadline, e.DefaultStageEntered.Next)}{(e.DefaultStageEntered.Blocked.Length > 0 ? $"; IT DOES NOT GO ON: {e.DefaultStageEntered.Blocked}" : "")}",
        Event.EventOneofCase.ClaimReported => $"claim on {e.ClaimReported.Account} of {e.ClaimReported.Member}: {Cash(e.ClaimReported.Amount)} of cycle {e.ClaimReported.Cycle}",
        Event.EventOneofCase.AccountsSeized => $"default {e.AccountsSeized.Number}: shard {e.AccountsSeized.Shard} has {List(e.AccountsSeized.Accounts.Select(a => a.Account))} of the defaulter",
        Event.EventOneofCase.SeizedAccountChanged => Changed(e.SeizedAccountChanged),
        Event.EventOneofCase.HoldingsAwaited => $"default {e.HoldingsAwaited.Number}: will tell what it holds when no trade of it is in flight",
        Event.EventOneofCase.HoldingsAsked => $"default {e.HoldingsAsked.Number}: {(e.HoldingsAsked.Held ? "the default account" : "the account")} of {e.HoldingsAsked.Account} is asked what it holds",
        Event.EventOneofCase.HoldingsTold => $"default {e.HoldingsTold.Number}: {(e.HoldingsTold.Held ? "the default account of " : "")}{e.HoldingsTold.Account} holds {Holdings(e.HoldingsTold.Holdings)}",
        Event.EventOneofCase.LegsOrdered => $"default {e.LegsOrdered.Number} orders trades: {List(e.LegsOrdered.Legs.Select(l => $"{l.Number} ({Words(l.Purpose)}) {l.Buyer}{Client(l.BuyerClient)} buys {Lots(l.Lots)} {l.Instrument} at {l.Price} from {l.Seller}{Client(l.SellerClient)}"))}",
        Event.EventOneofCase.LegEnded => $"default {e.LegEnded.Number}: trade {e.LegEnded.Leg} {(e.LegEnded.Outcome == 1 ? $"novated in cycle {e.LegEnded.Cycle}" : $"rejected: {Words((RejectReason)e.LegEnded.Reason)}")}",
        Event.EventOneofCase.PortingOffered => $"default {e.PortingOffered.Number}: {e.PortingOffered.Member} {(e.PortingOffered.Withdrawn ? "takes back its offer" : "offers")} to take {e.PortingOffered.Account} over{By(e.PortingOffered.By, "")}",
        Event.EventOneofCase.AuctionOpened => $"default {e.AuctionOpened.Number}: auction {e.AuctionOpened.Auction.Number} of {e.AuctionOpened.Auction.Account} {(e.AuctionOpened.Auction.Failure.Length > 0 ? $"could not be opened: {e.AuctionOpened.Auction.Failure}" : $"open until {Time(e.AuctionOpened.Auction.ClosesAt)}: {List(e.AuctionOpened.Auction.Lots.Select(l => $"lot {l.Id}: {Held(l.Positions)}, margin {Of(e.AuctionOpened.Number, l.Margin)}, reserve {Of(e.AuctionOpened.Number, l.Reserve)}"))}")}",
        Event.EventOneofCase.BidSealed => $"default {e.BidSealed.Number}: bid {e.BidSealed.Bid.Sequence} of {e.BidSealed.Bid.Member} for lot {e.BidSealed.Bid.Lot} {(e.BidSealed.Bid.Withdrawn ? "withdrawn" : $"sealed, commitment {Short(Convert.ToHexStringLower(e.BidSealed.Bid.Commitment.Span))}")}",
        Event.EventOneofCase.AuctionClosed => AuctionEnd(e.AuctionClosed),
        _ => null,
    };

    private string? OfDefaultsEnd(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.FundTold => $"default {e.FundTold.Number}: junior capital {Money(e.FundTold.JuniorCapital, e.FundTold.Currency, e.FundTold.Digits)}, senior {Money(e.FundTold.SeniorCapital, e.FundTold.Currency, e.FundTold.Digits)}, assessments up to {e.FundTold.AssessmentMultiple} contributions; held {List(e.FundTold.Members.Select(m => $"{m.Member} {Amount(m.Cash, e.FundTold.Digits)}"))}",
        Event.EventOneofCase.LossAllocated => $"default {e.LossAllocated.Number}: loss {Of(e.LossAllocated.Number, e.LossAllocated.Allocation.Loss)} = {List(e.LossAllocated.Allocation.Layers.Where(l => l.Used > 0).Select(l => Layer(e.LossAllocated.Number, l)))}; unallocated {Of(e.LossAllocated.Number, e.LossAllocated.Allocation.Unallocated)}",
        Event.EventOneofCase.GatherStarted => $"default {e.GatherStarted.Number}: every shard is asked for {Words(e.GatherStarted.Action)}{(e.GatherStarted.Instruments.Count > 0 ? $" of {List(e.GatherStarted.Instruments)}" : "")}",
        Event.EventOneofCase.GainsTold => $"default {e.GainsTold.Number}: shard {e.GainsTold.Shard} told gains since the declaration: {List(e.GainsTold.Gains.Select(g => $"{g.Account} {Of(e.GainsTold.Number, g.Minor)}"))}",
        Event.EventOneofCase.HoldersTold => $"default {e.HoldersTold.Number}: shard {e.HoldersTold.Shard} told who holds the opposite: {List(e.HoldersTold.Holders.Select(h => $"{h.Account}{Client(h.Client)} {Lots(h.Lots)} {h.Instrument}"))}",
        Event.EventOneofCase.RecoveryTaken => $"default {e.RecoveryTaken.Number}: {Layer(e.RecoveryTaken.Number, e.RecoveryTaken.Layer)} taken from {List(e.RecoveryTaken.Accounts.Select(a => $"{a.Account} {Of(e.RecoveryTaken.Number, a.Minor)}"))}; unallocated {Of(e.RecoveryTaken.Number, e.RecoveryTaken.Unallocated)}{(e.RecoveryTaken.WindDown ? "; WIND-DOWN" : "")}",
        Event.EventOneofCase.RecoveryRecorded => $"default {e.RecoveryRecorded.Number}: recovered {Of(e.RecoveryRecorded.Number, e.RecoveryRecorded.Recovery.Amount)}{By(e.RecoveryRecorded.Recovery.By, e.RecoveryRecorded.Recovery.Reason)}; repaid {List(e.RecoveryRecorded.Recovery.Repaid.Select(l => Layer(e.RecoveryRecorded.Number, l)))}",
        Event.EventOneofCase.CycleSeen => $"default management has seen cycle {e.CycleSeen.Cycle} closed",
        _ => null,
    };

    private static string Then(long deadline, string next) => next.Length == 0 ? "" : deadline > 0 ? $"; at {Time(deadline)}: {next}" : $"; next: {next}";

    private static string Cash(Cash? cash) => cash is not { Currency.Length: > 0 } ? "nothing" : Money(cash.Minor, cash.Currency, cash.Digits);

    private static string Held(IEnumerable<HeldLots> positions) => List(positions.Select(p => $"{Lots(p.Lots)} {p.Instrument}{Client(p.Client)}"));

    private static string Holdings(Holdings h) => $"{(h.Positions.Count > 0 ? Held(h.Positions) : "no positions")}, {(h.Cash.Count > 0 ? List(h.Cash.Select(Cash)) : "no cash")}{(h.Assets.Count > 0 ? $"; {List(h.Assets.Select(a => $"{Number(a.Units)} units of {a.Asset}"))}" : "")}";

    private static string Changed(Contracts.Journal.Defaults.V1.SeizedAccountChanged e) =>
        $"default {e.Number}: account {e.Account} is {Words(e.Stage)}{(e.PortUntil > 0 ? $" until {Time(e.PortUntil)}" : "")}{(e.PortedTo.Length > 0 ? $" to {e.PortedTo}" : "")}{(e.SettleAfter > 0 ? $", waits for cycle {e.SettleAfter}" : "")}{(e.Blocked.Length > 0 ? $"; IT DOES NOT GO ON: {e.Blocked}" : "")}";

    /// <summary>An amount in the currency of a default.</summary>
    private string Of(long number, long minor) => units.CurrencyOfDefault(number) is { } d ? Money(minor, d.Code, d.Digits) : $"{Number(minor)} minor units";

    /// <summary>An amount in the currency of the fund.</summary>
    private string Fund(long minor) => units.FundCurrency is { } currency ? Amount(minor, currency) : $"{Number(minor)} minor units";

    private string Layer(long number, LayerUse layer) => $"{layer.Layer} {Of(number, layer.Used)}{(layer.ByMember.Count > 0 ? $" ({List(layer.ByMember.Where(m => m.Amount != 0).Select(m => $"{m.Member} {Of(number, m.Amount)}"))})" : "")}";

    private string AuctionEnd(Contracts.Journal.Defaults.V1.AuctionClosed e)
    {
        if (e.Failure.Length > 0)
        {
            return $"default {e.Number}: auction {e.Auction} failed: {e.Failure}";
        }

        var bids = List(e.Bids.Select(b => $"{b.Member} {Of(e.Number, b.Content.Amount)} for {b.Content.Units} units of {b.Lot}{(b.Dead ? " (replaced or withdrawn)" : "")}"));
        var awards = List(e.Lots.SelectMany(l => l.Awards.Select(a => $"lot {l.Id} to {a.Member} ({a.Account}): {a.Units.ToString(CultureInfo.InvariantCulture)} units for {Of(e.Number, a.Amount)}")));
        var unsold = e.Lots.Where(l => l.UnsoldUnits > 0).Select(l => $"{l.UnsoldUnits} units of lot {l.Id}").ToList();
        return $"default {e.Number}: auction {e.Auction} closed; bids {bids}; awarded {awards}{(unsold.Count > 0 ? $"; unsold {List(unsold)}" : "")}";
    }
}
