using System.Globalization;
using ClearingActors.Audit.TimeTravel;

namespace ClearingActors.Cli.Audit;

/// <summary>A picture of the house as an auditor reads it.</summary>
internal static class HouseTables
{
    private const int CallsShown = 40;

    internal static void Write(HousePicture house, TextWriter output)
    {
        output.WriteLine($"The house at business time {house.BusinessTime ?? "-"}, everything that was recorded by {house.RecordedTo ?? "-"}");
        output.WriteLine($"{N(house.Turns)} turns with {N(house.Events)} events; last turn of each shard: {string.Join(" ", house.Shards.Select(s => $"{s.Shard}:{s.Position}"))}");
        output.WriteLine(house.Cycle.Open == 0
            ? "No cycle has been opened."
            : $"Cycle {house.Cycle.Open} of {house.Cycle.OpenDate} is open for trades{(house.Cycle.Settling > 0 ? $"; cycle {house.Cycle.Settling} is {house.Cycle.Stage}" : "")}.");
        if (house.Cycle.Blocked.Length > 0)
        {
            output.WriteLine($"THE CYCLE DOES NOT GO ON: {house.Cycle.Blocked}");
        }

        if (house.Halted)
        {
            output.WriteLine("THE HOUSE IS HALTED.");
        }

        WriteChecks(house, output);
        output.WriteLine();
        AuditRun.Table(output, "Members", ["Member", "Standing", "Since", ">Accounts"], house.Members.Select(m => (string[])[m.Member, m.Standing, m.Since ?? "", N(m.Accounts)]));
        AuditRun.Table(output, "Instruments", ["Instrument", "Kind", "", ">Mark", "Of", ">Settlement", ">Cycle", ">Open interest", ">Accounts", "State", ">Held mark"], house.Instruments.Select(i => (string[])
        [
            i.Instrument, i.Kind, i.Currency, P(i.Mark), i.MarkTime ?? "", P(i.Settled), i.SettledCycle > 0 ? N(i.SettledCycle) : "", N(i.OpenInterest), N(i.Accounts), i.State, P(i.HeldMark),
        ]));
        AuditRun.Table(output, "Totals; margin as the last runs found it", ["Currency", ">Cash of members", ">Cash of the house", ">Requirement", ">Collateral", ">Excess", ">Shortfall", ">Open calls"],
            house.Currencies.Select(c => (string[])[c.Currency, A(c.Cash), A(c.HouseCash), A(c.Requirement), A(c.Collateral), A(c.Excess), A(c.Shortfall), A(c.OpenCalls)]));
        AuditRun.Table(output, "Securities and coins", ["Asset", ">Of members", ">Custody"], house.Assets.Select(a => (string[])[a.Asset, A(a.Members), A(a.Custody)]));
        if (house.MarginRun is { } run)
        {
            output.WriteLine($"Last margin run: {run.Run} at {run.At}, {run.Cause}{(run.By.Length > 0 ? $" by {run.By}" : "")}{(run.ShardsMissing > 0 ? $"; {run.ShardsMissing} shards have not reported" : "")}{(run.Failure.Length > 0 ? $"; IT FAILED: {run.Failure}" : "")}");
            output.WriteLine();
        }

        AuditRun.Table(output, $"Open margin calls: {house.OpenCalls.Count}", ["Account", ">Call", ">Run", ">Amount", ">Still to come", "", "Issued", "Deadline"], house.OpenCalls.Take(CallsShown).Select(c => (string[])
        [
            c.Account, N(c.Call.Number), N(c.Call.Run), A(c.Call.Amount), A(c.Call.Remaining), c.Call.Currency, c.Call.IssuedAt ?? "", c.Call.Deadline ?? "",
        ]));
        if (house.OpenCalls.Count > CallsShown)
        {
            output.WriteLine($"{house.OpenCalls.Count - CallsShown} calls more; --json has them all.");
        }

        if (house.Fund is { } fund)
        {
            AuditRun.Table(output, $"Default fund: {A(fund.Size)} {fund.Currency} by sizing {fund.Sizing} of {fund.At}{(fund.Scenario.Length > 0 ? $", decided by {fund.Scenario}" : "")}", ["Member", ">Required", ">Held", "Status"],
                fund.Contributions.Select(c => (string[])[c.Member, A(c.Required), A(c.Held), c.Status]));
        }

        foreach (var d in house.Defaults)
        {
            WriteDefault(d, output);
        }

        AuditRun.Table(output, "Claims on members that did not pay", [">Claim", "Account", ">Cycle", ">Missing", "", "At"], house.Claims.Select(c => (string[])[N(c.Number), c.Account, N(c.Cycle), A(c.Missing), c.Currency, c.At ?? ""]));
        AuditRun.Table(output, "ACTORS SET ASIDE", ["Actor", ">Shard", ">Messages waiting", "Because"], house.Quarantined.Select(q => (string[])[q.Actor, N(q.Shard), N(q.Waiting), q.Reason]));
        AuditRun.Table(output, "What the clock could not start", ["Instrument", "Because"], house.Overdue.Select(o => (string[])[o.Instrument, o.Reason]));
    }

    private static void WriteDefault(DefaultPicture d, TextWriter output)
    {
        output.WriteLine($"Default {d.Number} of {d.Member}: {d.Stage}. Triggered {d.TriggeredAt}{(d.TriggeredBy.Length > 0 ? $" by {d.TriggeredBy}" : "")} ({d.Cause}): {d.Detail}");
        output.WriteLine($"{(d.DeclaredAt is null ? "Not declared." : $"Declared {d.DeclaredAt}.")}{(d.Next.Length > 0 ? $" {(d.Deadline is null ? "Next" : $"At {d.Deadline}")}: {d.Next}." : "")}{(d.Blocked.Length > 0 ? $" IT DOES NOT GO ON: {d.Blocked}." : "")}");
        AuditRun.Table(output, "Its accounts", ["Account", "Stage", "Taken by", "Ported to", ">Loss", ""], d.Accounts.Select(a => (string[])
        [
            a.Account, a.Stage, a.DefaultAccount, a.PortedTo, a.Loss is { } loss ? A(loss) : "", a.Loss is null ? "" : d.Currency,
        ]));
        if (d.Loss is { } all)
        {
            AuditRun.Table(output, $"Loss {A(all)} {d.Currency}, unallocated {A(d.Unallocated ?? 0)}", ["Layer", ">Available", ">Used"], d.Layers.Select(l => (string[])[l.Layer, A(l.Available), A(l.Used)]));
        }
    }

    private static void WriteChecks(HousePicture house, TextWriter output)
    {
        var flight = house.InFlight;
        output.WriteLine(house.Checks.AtRest
            ? "Nothing is in flight."
            : $"In flight: {N(flight.Messages)} messages between shards, {N(flight.Trades)} trades at their sources, {N(flight.Reservations)} reservations of sellers, {N(flight.Unbooked)} amounts computed and not booked.");
        var off = string.Join(", ", house.Checks.Unmatched.Select(u => $"{u.Key} {N(u.Value)} lots"));
        var sums = (house.Checks.MatchedBook, house.Checks.CashConserved && house.Checks.AssetsConserved) switch
        {
            (true, true) => "The book is matched: every instrument's positions sum to zero, and so do the cash of every currency and the units of every asset.",
            (false, true) => $"Positions do not sum to zero: {off}; cash and assets do.",
            (true, false) => "The book is matched; cash or assets do not sum to zero.",
            _ => $"Positions do not sum to zero: {off}; nor do cash or assets.",
        };
        output.WriteLine(sums + (house.Checks is { MatchedBook: true, CashConserved: true, AssetsConserved: true } ? "" : house.Checks.AtRest ? " THIS MUST NOT BE: nothing is in flight." : " What is in flight may explain it; look at a moment at which nothing is."));
    }

    /// <summary>An amount or a price with all its digits.</summary>
    private static string A(decimal value)
    {
        var digits = (decimal.GetBits(value)[3] >> 16) & 0xFF;
        return value.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string P(decimal? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string N(decimal value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
