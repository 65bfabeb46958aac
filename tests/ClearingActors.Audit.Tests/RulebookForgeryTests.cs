using ClearingActors.Audit.Rulebook;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>One fact in one turn is changed and its hash made to fit: the audit names the turn and the rule.</summary>
public sealed class RulebookForgeryTests
{
    /// <summary>Houses with trades, cancels, settlements, collateral, options, margin calls.</summary>
    private static readonly ulong[] Seeds = [5, 12, 6, 7, 19, 27];

    private static readonly Dictionary<string, (string Rule, Func<Turn, bool> Change)> Forgeries = new(StringComparer.Ordinal)
    {
        ["one lot more for the seller than was reported"] = ("trade-reported", On(e => e.TradeReserved, leg => leg.Quantity++)),
        ["another price for the seller than was reported"] = ("trade-reported", On(e => e.TradeReserved, leg => leg.PriceUnits++)),
        ["another buyer than was reported"] = ("trade-reported", On(e => e.TradeReserved, leg => leg.CounterAccount += "X")),
        ["one lot more for the buyer than for the seller"] = ("trade-both-sides", On(e => e.TradeNovated, leg => leg.Quantity++)),
        ["another price for the buyer than for the seller"] = ("trade-both-sides", On(e => e.TradeNovated, leg => leg.PriceUnits++)),
        ["another cycle for the buyer than for the seller"] = ("trade-both-sides", On(e => e.TradeNovated, leg => leg.Cycle++)),
        ["another seller for the buyer"] = ("trade-both-sides", On(e => e.TradeNovated, leg => leg.CounterAccount += "X")),
        ["a trade novated twice"] = ("trade-once", Twice(e => e.TradeNovated)),
        ["a trade answered with another price"] = ("trade-answer", On(e => e.TradeAnswered, answer => answer.Outcome.Kind == 1, answer => answer.Outcome.PriceUnits++)),
        ["a novated trade answered as rejected"] = ("trade-answer", On(e => e.TradeAnswered, answer => answer.Outcome.Kind == 1, answer => (answer.Outcome.Kind, answer.Outcome.Reason) = (2, 1))),
        ["a missing confirmation"] = ("message-done", Without(e => e.TradeConfirmed)),
        ["a missing novation"] = ("message-done", Without(e => e.TradeNovated)),
        ["a trade rejected for another reason than the account gave"] = ("trade-answer", Rejected),
        ["a missing answer"] = ("message-done", Without(e => e.TradeAnswered is { Outcome.Kind: 1 } answer ? answer : null)),
        ["one lot less taken back by the buyer"] = ("trade-both-sides", On(e => e.TradeReversed, leg => leg.Side == 1, leg => leg.Quantity--)),
        ["one lot less taken back by the seller"] = ("replay", On(e => e.TradeReversed, leg => leg.Side == 2, leg => leg.Quantity--)),
        ["a missing reversal"] = ("message-done", Without(e => e.TradeReversed)),
        ["a deposit of one minor unit more"] = ("cash-counter-entry", On(e => e.CashBooked, entry => entry.Type == 5 && !entry.Account.StartsWith("CCP."), entry => entry.Amount++)),
        ["a deposit of somebody else"] = ("replay", On(e => e.CashBooked, entry => entry.Type == 5 && !entry.Account.StartsWith("CCP."), entry => entry.Account += "X")),
        ["a deposit of one minor unit more at the bank"] = ("cash-entry", On(e => e.CashBooked, entry => entry.Account == "CCP.BANK", entry => entry.Amount++)),
        ["a deposit that never reaches the bank"] = ("message-done", Without(e => e.CashBooked is { Account: "CCP.BANK" } entry ? entry : null)),
        ["a deposit that reaches the bank twice"] = ("message-done-once", Twice(e => e.CashBooked is { Account: "CCP.BANK" } entry ? entry : null)),
        ["one unit of a security more"] = ("asset-counter-entry", On(e => e.AssetBooked, entry => !entry.Account.StartsWith("CCP."), entry => entry.Units++)),
        ["one unit of a security more at the custodian"] = ("asset-entry", On(e => e.AssetBooked, entry => entry.Account == "CCP.CUSTODY", entry => entry.Units++)),
        ["an amount settled that is not rounded so"] = ("cycle-rounding", On(e => e.VariationMarginSettled, e => e.Amounts.Count > 0, e => e.Amounts[0].Rounded++)),
        ["an amount settled that is not booked so"] = ("replay", On(e => e.CashBooked, entry => entry.Type == 1 && !entry.Account.StartsWith("CCP."), entry => entry.Amount++)),
        ["an amount settled that is not booked"] = ("cycle-booked", Without(e => e.CashBooked is { Type: 1 } entry && !entry.Account.StartsWith("CCP.") ? entry : null)),
        ["a shard's total that is not its accounts'"] = ("cycle-totals", On(e => e.ShardComputed, e => e.Amounts.Count > 0, e => e.Amounts[0].Rounded++)),
        ["what a shard's accounts received"] = ("cycle-totals", On(e => e.ShardComputed, e => e.Amounts.Count > 0, e => e.Amounts[0].Received++)),
        ["a cycle's total that is not its shards'"] = ("cycle-totals", On(e => e.CycleBalanced, e => e.Totals.Count > 0, e => e.Totals[0].Rounded++)),
        ["an option exercised by one lot more"] = ("settled-amount", On(e => e.OptionExercised, e => e.Lots > 0, e => e.Lots--)),
        ["a gain settled that the prices do not give"] = ("settled-amount", On(e => e.VariationMarginSettled, e => e.Amounts.Count > 0, e => (e.Amounts[0].Exact, e.Amounts[0].Rounded) = (Google.Protobuf.ByteString.CopyFrom(new byte[16]), 0))),
        ["an option exercised by one lot more, as its shard tells it"] = ("exercise", On(e => e.ShardExerciseReported, e => e.Series.Any(s => s.Exercised > 0), e => e.Series.First(s => s.Exercised > 0).Exercised--)),
        ["lots assigned to somebody else"] = ("exercise", On(e => e.ExerciseAssigned, e => e.Assigned.Count > 0, e => e.Assigned[0].Account += "X")),
        ["a payment due of one minor unit less"] = ("payment", On(e => e.PaymentFellDue, e => e.Amount.MinorUnits > 1, e => e.Amount.MinorUnits--)),
        ["a payment missing by one minor unit less"] = ("payment", On(e => e.PaymentEnded, e => e.Missing.MinorUnits > 1, e => e.Missing.MinorUnits--)),
        ["a deadline that comes too soon"] = ("timer", Early),
        ["a deadline that does not come"] = ("timer", Untimed),
        ["an assessment with another requirement"] = ("margin-assessment", On(e => e.MarginAssessed, e => (e.Requirement, e.Parts[0].Amount) = (e.Requirement + 1, e.Parts[0].Amount + 1))),
        ["an account that no run assessed"] = ("margin-assessment", Unassessed),
        ["a call of one unit more"] = ("margin-call", On(e => e.MarginCallIssued, e => e.Amount += 100_000)),
        ["a call with a later deadline"] = ("margin-call", On(e => e.MarginCallIssued, e => e.Deadline++)),
        ["a call that was not issued"] = ("margin-call", Without(e => e.MarginCallIssued)),
        ["a credit of one minor unit less"] = ("margin-credit", On(e => e.MarginCallCredited, e => e.Amount > 1, e => e.Amount--)),
        ["a call missed by one minor unit less"] = ("margin-missed", On(e => e.MarginCallMissed, e => e.Amount > 1, e => e.Amount--)),
        ["a shard's requirements that are not its accounts'"] = ("margin-totals", On(e => e.ShardAssessed, e => e.Totals.Count > 0, e => e.Totals[0].Accounts++)),
    };

    public static TheoryData<string> Names => [.. Forgeries.Keys];

    /// <summary>Houses in which members default.</summary>
    private static readonly ulong[] DefaultSeeds = [15, 17, 6, 46, 51, 11, 16, 20, 62];

    private static readonly Dictionary<string, (string Rule, Func<Turn, bool> Change)> DefaultForgeries = new(StringComparer.Ordinal)
    {
        ["one minor unit from one layer to the next"] = ("waterfall", On(e => e.LossAllocated, e => e.Allocation.Layers.Count > 1 && e.Allocation.Layers[0].Used > 0, e =>
        {
            (e.Allocation.Layers[0].Used, e.Allocation.Layers[0].Available) = (e.Allocation.Layers[0].Used - 1, e.Allocation.Layers[0].Available - 1);
            (e.Allocation.Layers[1].Used, e.Allocation.Layers[1].Available) = (e.Allocation.Layers[1].Used + 1, e.Allocation.Layers[1].Available + 1);
        })),
        ["a layer that has more than was there"] = ("waterfall", On(e => e.LossAllocated, e => e.Allocation.Layers.Any(l => l.Layer == "ccp_junior_capital"), e => e.Allocation.Layers.First(l => l.Layer == "ccp_junior_capital").Available++)),
        ["who has gained and bears one minor unit less"] = ("waterfall", On(e => e.RecoveryTaken, e => e.Layer.ByMember.Count > 0, e => e.Layer.ByMember[0].Amount--)),
        ["an account that is told to have lost more"] = ("waterfall-loss", On(e => e.LossAllocated, e => e.Accounts.Any(a => a.OwnUsed > 0), e =>
        {
            var account = e.Accounts.First(a => a.OwnUsed > 0);
            (account.Loss, account.OwnUsed, e.Allocation.Loss) = (account.Loss + 1, account.OwnUsed + 1, e.Allocation.Loss + 1);
            e.Allocation.Layers[0].Used++;
            e.Allocation.Layers[0].Available++;
        })),
        ["what a layer pays, in the message to its account"] = ("waterfall-booked", Entry("CCP_JUNIOR_CAPITAL", "DEFAULTER_DEFAULT_FUND", "DEFAULT_FUND", "ASSESSMENTS")),
        ["what an account is covered with, in the message to it"] = ("waterfall-booked", Entry("COVER")),
        ["what came of an account, in the message to it"] = ("waterfall-booked", Entry("RESULT")),
        ["what a winner pays, in the message to it"] = ("waterfall-booked", Entry("BID")),
        ["a claim of one minor unit more than is missing"] = ("claim", On(e => e.ClaimOpened, e => e.Missed.Missing.MinorUnits++)),
        ["a bid opened at another amount"] = ("auction-commitment", On(e => e.AuctionClosed, e => e.Bids.Any(b => b.Content is not null), e => e.Bids.First(b => b.Content is not null).Content.Amount++)),
        ["a bid that is not opened"] = ("auction-bids", On(e => e.AuctionClosed, e => e.Bids.Count > 0, e => e.Bids.RemoveAt(0))),
        ["a bid that is said to be replaced"] = ("auction-bids", On(e => e.AuctionClosed, e => e.Bids.Any(b => !b.Dead), e => e.Bids.First(b => !b.Dead).Dead = true)),
        ["a winner that pays one minor unit less"] = ("auction-winners", On(e => e.AuctionClosed, e => e.Lots.Any(l => l.Awards.Count > 0), e => e.Lots.First(l => l.Awards.Count > 0).Awards[0].Amount--)),
        ["a default decided by one operator"] = ("two-operators", On(e => e.DefaultDecided, e => e.Carried, e => e.Decision.By = e.Decision.ProposedBy)),
        ["a trade of the clearing house for one lot more"] = ("trade-reported", On(e => e.TradeReserved, leg => leg.Source == "CCP.DEFAULT", leg => leg.Quantity++)),
        ["a trade of the clearing house ended in another cycle"] = ("trade-answer", On(e => e.LegEnded, leg => leg.Outcome == 1, leg => leg.Cycle++)),
        ["a recovery that is not all repaid"] = ("recovery", On(e => e.RecoveryRecorded, e => e.Recovery.Amount > 0, e => e.Recovery.Amount--)),
    };

    /// <summary>Houses in which people hand actions in.</summary>
    private static readonly ulong[] ActionSeeds = [22, 28, 29];

    private static readonly Dictionary<string, (string Rule, Func<Turn, bool> Change)> ActionForgeries = new(StringComparer.Ordinal)
    {
        ["an action approved by who handed it in"] = ("two-people", On(e => e.ActionDecided, e => e.Approved, e => e.By = e.ProposedBy)),
        ["an action handed in by somebody else"] = ("two-people", On(e => e.ActionSubmitted, e => e.Action.By += "x")),
        ["an action refused to somebody else"] = ("two-people", On(e => e.ActionRefused, e => e.Refusal.By += "x")),
        ["an action that runs though it needs a second person"] = ("action-stages", On(e => e.ActionSubmitted, e => e.Action.NeedsSecond, e => e.Action.Stage = ActionStage.Running)),
        ["an action that was to wait for longer"] = ("action-stages", On(e => e.ActionSubmitted, e => e.Action.NeedsSecond, e => e.Action.ExpiresAt++)),
        ["an action that expires though it runs"] = ("action-stages", On(e => e.ActionEnded, e => e.Stage == ActionStage.Done, e => e.Stage = ActionStage.Expired)),
    };

    public static TheoryData<string> ActionNames => [.. ActionForgeries.Keys];

    public static TheoryData<string> DefaultNames => [.. DefaultForgeries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_changed_is_found_where_it_stands(string name) => IsFound(Forgeries[name], Seeds.Select(static seed => KeptJournal.Of(seed, defaults: false)));

    [Theory]
    [MemberData(nameof(DefaultNames))]
    public void What_was_changed_of_a_default_is_found_where_it_stands(string name) => IsFound(DefaultForgeries[name], DefaultSeeds.Select(static seed => KeptJournal.Of(seed, defaults: true)));

    [Theory]
    [MemberData(nameof(ActionNames))]
    public void What_was_changed_of_an_action_is_found_where_it_stands(string name) => IsFound(ActionForgeries[name], ActionSeeds.Select(static seed => KeptJournal.Of(seed, defaults: false)));

    /// <summary>In the first house in which something of the kind has happened.</summary>
    private static void IsFound((string Rule, Func<Turn, bool> Change) forgery, IEnumerable<KeptJournal> houses)
    {
        var forged = houses.Select(house => new ForgedJournal(house)).FirstOrDefault(house => house.TryChange(forgery.Change)).ShouldNotBeNull("no house does this; add a seed");
        var report = RulebookAudit.Run(forged, JournalCut.AtHeads(forged), null, CancellationToken.None);
        report.Passed.ShouldBeFalse();
        report.Findings.ShouldContain(
            f => f.Rule == forgery.Rule && f.Shard == forged.Row.Shard && f.Position == forged.Row.Position, $"{forged.Row}\n{string.Join("\n", report.Findings.Take(5))}");
    }

    /// <summary>An entry that the default manager tells an account to book.</summary>
    private static Func<Turn, bool> Entry(params string[] what) => turn =>
    {
        foreach (var entry in turn.Steps.Where(s => s.ActorKind == 17).SelectMany(s => s.Sent).Select(s => s.Body.BookDefaultEntry ?? s.Body.BookCash).Where(e => e is not null && e.CauseRequest.Length > 0))
        {
            if (what.Contains(entry.CauseRequest.Split('.')[2]))
            {
                entry.Amount++;
                return true;
            }
        }

        return false;
    };

    private static bool Early(Turn turn)
    {
        if (turn.Steps.FirstOrDefault(s => s.CauseSequence == 0 && s.Timer.Length == 0 && s.Events.Count > 0) is not { } step)
        {
            return false;
        }

        step.Timer = "call-1";
        return true;
    }

    private static bool Untimed(Turn turn)
    {
        if (turn.Steps.Count < 2 || turn.Steps[0].Timer.Length == 0)
        {
            return false;
        }

        turn.Steps[0].Timer = "";
        return true;
    }

    private static bool Unassessed(Turn turn)
    {
        // Nothing else was decided of the account, and others were assessed.
        var steps = turn.Steps.Where(s => s.Events.Any(e => e.MarginAssessed is not null)).ToList();
        return steps.Count > 1 && steps.FirstOrDefault(s => s.Events.Count == 1) is { } step && turn.Steps.Remove(step);
    }

    private static bool Rejected(Turn turn)
    {
        // Told by an account, not decided by the source itself.
        if (turn.Steps.Where(s => s.CauseSequence > 0).SelectMany(s => s.Events).FirstOrDefault(e => e.TradeAnswered?.Outcome.Kind == 2) is not { } found)
        {
            return false;
        }

        found.TradeAnswered.Outcome.Reason++;
        return true;
    }

    private static Func<Turn, bool> On<T>(Func<Event, T?> find, Action<T> change)
        where T : class => On(find, _ => true, change);

    private static Func<Turn, bool> On<T>(Func<Event, T?> find, Func<T, bool> fits, Action<T> change)
        where T : class => turn =>
        {
            if (turn.Steps.SelectMany(s => s.Events).Select(find).FirstOrDefault(e => e is not null && fits(e)) is not { } found)
            {
                return false;
            }

            change(found);
            return true;
        };

    private static Func<Turn, bool> Twice(Func<Event, object?> find) => turn =>
    {
        foreach (var step in turn.Steps)
        {
            if (step.Events.FirstOrDefault(e => find(e) is not null) is { } found)
            {
                step.Events.Add(found.Clone());
                return true;
            }
        }

        return false;
    };

    private static Func<Turn, bool> Without(Func<Event, object?> find) => turn =>
    {
        foreach (var step in turn.Steps)
        {
            if (step.Events.FirstOrDefault(e => find(e) is not null) is { } found)
            {
                step.Events.Remove(found);
                return true;
            }
        }

        return false;
    };
}
