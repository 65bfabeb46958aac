using ClearingActors.Contracts.Defaults.V1;
using static ClearingActors.Cli.Defaults.DefaultText;

namespace ClearingActors.Cli.Defaults;

/// <summary>Defaults and auctions as tables.</summary>
internal static class DefaultTables
{
    private const int RefusalsShown = 10;

    /// <summary>One line per default.</summary>
    internal static void WriteList(IReadOnlyList<Default> defaults, TextWriter output)
    {
        if (defaults.Count == 0)
        {
            output.WriteLine("No member is or was in default.");
            return;
        }

        PlainTable.Write(output, ["No.", "Member", "Stage", "Cause", "Triggered", "Declared", "Deadline", "What happens then", "Does not go on because"],
            defaults.Select(d => (string[])[$"{d.Number}", d.Member, Words(d.Stage), Words(d.Cause), Time(d.TriggeredAt), Time(d.DeclaredAt), Time(d.Deadline), d.Next, d.Blocked]));
    }

    /// <summary>A default with all that became of it.</summary>
    internal static void Write(Default d, TextWriter output)
    {
        output.WriteLine($"Default {d.Number} of {d.Member}: {Words(d.Stage)}. Triggered {Time(d.TriggeredAt)} by {(d.TriggeredBy.Length > 0 ? d.TriggeredBy : "the house")} ({Words(d.Cause)}): {d.Detail}");
        if (d.DeclaredAt > 0)
        {
            output.WriteLine($"Declared {Time(d.DeclaredAt)}. Amounts in {d.Currency} unless another currency is named.");
        }

        if (d.Next.Length > 0)
        {
            output.WriteLine(d.Deadline > 0 ? $"At {Time(d.Deadline)}: {d.Next}." : $"Next: {d.Next}.");
        }

        if (d.Blocked.Length > 0)
        {
            output.WriteLine($"It does not go on: {d.Blocked}.");
        }

        if (d.WindDown)
        {
            output.WriteLine("WIND-DOWN: a loss was booked against the clearing house's remaining equity.");
        }

        foreach (var proposal in d.Proposals)
        {
            output.WriteLine($"Proposed {Time(proposal.At)} by {proposal.By}: {Words(proposal.Action)} ({proposal.Reason}). Another operator must approve.");
        }

        foreach (var decision in d.Decisions)
        {
            output.WriteLine($"Decided {Time(decision.At)} by {decision.ProposedBy} and {decision.By}: {Words(decision.Action)} ({decision.Reason}).");
        }

        WriteAccounts(d, output);
        foreach (var auction in d.Auctions)
        {
            WriteAuction(auction, d.Currency, d.Digits, output);
            WriteBids(auction, d.Digits, output);
        }

        WriteLoss(d, output);
        foreach (var recovery in d.Recoveries)
        {
            output.WriteLine($"Recovered {Time(recovery.At)}: {Amount(recovery.Amount, d.Digits)} by {recovery.By} ({recovery.Reason}); repaid {Layers(recovery.Repaid, d.Digits)}; beyond all layers {Amount(recovery.Surplus, d.Digits)}.");
        }

        foreach (var refusal in d.Refusals.TakeLast(RefusalsShown))
        {
            output.WriteLine($"Refused {Time(refusal.At)} to {refusal.By}: {refusal.What}: {refusal.Why}");
        }
    }

    /// <summary>What a member may bid for and take over.</summary>
    internal static void Write(GetAuctionsResponse auctions, TextWriter output)
    {
        if (auctions.Auctions.Count == 0)
        {
            output.WriteLine("No lots are or were on offer.");
        }

        foreach (var view in auctions.Auctions)
        {
            WriteAuction(view.Auction, auctions.Currency, auctions.Digits, output);
            foreach (var bid in view.Bids)
            {
                output.WriteLine($"  Your bid {bid.Sequence} for {bid.Lot}: {Amount(bid.Amount, auctions.Digits)} {auctions.Currency} per unit, {bid.Units} units to {bid.Account}.");
            }
        }

        if (auctions.Portable.Count > 0)
        {
            output.WriteLine("Client accounts that wait for a member to take them over:");
            PlainTable.Write(output, ["Default", "Account", "Kind", "Until", "Holds", "Cash", "Offered by you"], auctions.Portable.Select(p => (string[])
            [
                $"{p.Number}", p.Account, Kind(p.Segregation), Time(p.PortUntil), Lots(p.Holdings?.Positions ?? []), string.Join(", ", (p.Holdings?.Cash ?? []).Select(Amount)), p.Offered ? "yes" : "no",
            ]));
        }
    }

    private static void WriteAccounts(Default d, TextWriter output)
    {
        if (d.Accounts.Count > 0)
        {
            PlainTable.Write(output, ["Account", "Kind", "Stage", "Held in", "Holds", "Ports until", "Offers", "Ported to", "Auctions", "Does not go on because"], d.Accounts.Select(a => (string[])
            [
                a.Account, Kind(a.Segregation), Words(a.Stage), a.DefaultAccount, Lots((a.Stage is AccountStage.Held or AccountStage.Unsold ? a.Held : a.Own)?.Positions ?? []), Time(a.PortUntil),
                string.Join(' ', a.Offers), a.PortedTo, $"{a.Rounds}", a.Blocked,
            ]));
        }
    }

    private static void WriteAuction(Auction auction, string currency, int digits, TextWriter output)
    {
        output.WriteLine($"Auction {auction.Number} of {auction.Account}: opened {Time(auction.OpenedAt)}, {(auction.Closed ? "closed" : "closes")} {Time(auction.ClosesAt)}, amounts in {currency}.{(auction.Failure.Length > 0 ? $" FAILED: {auction.Failure}" : "")}");
        PlainTable.Write(output, ["Lot", "Group", "Positions", "Format", "Units", "Margin", "Reserve", "Option value", "Delta", "Gamma", "Vega", "Theta", "Awards", "Unsold"], auction.Lots.Select(l => (string[])
        [
            l.Id, l.ProductGroup, Lots(l.Positions), Words(l.Format), $"{l.Units}", Amount(l.Margin, digits), Amount(l.Reserve, digits), Amount(l.OptionValue, digits), Greek(l.Greeks.Sum(g => g.Delta)), Greek(l.Greeks.Sum(g => g.Gamma)),
            Greek(l.Greeks.Sum(g => g.Vega)), Greek(l.Greeks.Sum(g => g.Theta)),
            auction.Closed ? string.Join("; ", l.Awards.Select(a => $"{a.Member} {a.Units} to {a.Account} for {Amount(a.Amount, digits)}")) is { Length: > 0 } awards ? awards : "none" : "open", auction.Closed ? $"{l.UnsoldUnits}" : "-",
        ]));
    }

    private static void WriteBids(Auction auction, int digits, TextWriter output)
    {
        if (auction.Bids.Count > 0)
        {
            PlainTable.Write(output, ["Bid", "Lot", "Member", "At", "Per unit", "Units", "Account", "Rank"], auction.Bids.Select(b => (string[])
            [
                $"{b.Sequence}", b.Lot, b.Member, Time(b.At), b.Content is { } c ? Amount(c.Amount, digits) : "withdrawn", $"{b.Content?.Units ?? 0}", b.Content?.Account ?? "-", b.Dead ? "replaced, withdrawn or out" : Tier(b.Tier),
            ]));
        }
    }

    private static void WriteLoss(Default d, TextWriter output)
    {
        if (d.Allocation is not { } allocation)
        {
            return;
        }

        PlainTable.Write(output, ["Account", "Loss", "Own collateral used", "Shortfall", "From house accounts"], d.Accounts.Where(a => a.Loss is not null).Select(a => (string[])
            [a.Account, Amount(a.Loss.Loss, d.Digits), Amount(a.Loss.OwnUsed, d.Digits), Amount(a.Loss.Shortfall, d.Digits), Amount(a.Loss.FromHouse, d.Digits)]));
        output.WriteLine($"Loss {Amount(allocation.Loss, d.Digits)} {d.Currency}, borne layer by layer:");
        PlainTable.Write(output, ["Layer", "Available", "Used", "By member"], allocation.Layers.Select(l => (string[])
            [l.Layer, Amount(l.Available, d.Digits), Amount(l.Used, d.Digits), string.Join(", ", l.ByMember.Select(m => $"{m.Member} {Amount(m.Amount, d.Digits)}"))]));
        output.WriteLine($"Borne by nobody: {Amount(allocation.Unallocated, d.Digits)} {d.Currency}.");
    }

    private static string Layers(IEnumerable<LayerUse> layers, int digits) => string.Join(", ", layers.Select(l => $"{l.Layer} {Amount(l.Used, digits)}")) is { Length: > 0 } text ? text : "nothing";
}
