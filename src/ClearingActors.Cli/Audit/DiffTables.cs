using System.Globalization;
using ClearingActors.Audit.TimeTravel;

namespace ClearingActors.Cli.Audit;

/// <summary>What changed between two moments as an auditor reads it.</summary>
internal static class DiffTables
{
    private const int AccountsShown = 100;

    internal static void Write(HouseDiff diff, TextWriter output)
    {
        output.WriteLine($"From business time {diff.From.BusinessTime ?? "-"} (recorded by {diff.From.RecordedTo ?? "-"}) to {diff.To.BusinessTime ?? "-"} (recorded by {diff.To.RecordedTo ?? "-"}): {N(diff.Turns)} turns");
        output.WriteLine();
        if (diff.IsEmpty)
        {
            output.WriteLine("Nothing changed.");
        }

        Changes("The house", diff.House, output);
        Changes("Members", diff.Members, output);
        Changes("Instruments", diff.Instruments, output);
        Changes("Defaults", diff.Defaults, output);
        foreach (var account in diff.Accounts.Take(AccountsShown))
        {
            Write(account, output);
        }

        if (diff.Accounts.Count > AccountsShown)
        {
            output.WriteLine($"{diff.Accounts.Count - AccountsShown} accounts more have changed; --json has them all, --account one.");
        }

        foreach (var wrong in diff.Wrong)
        {
            output.WriteLine($"DOES NOT ADD UP: {wrong}");
        }
    }

    private static void Write(AccountDiff a, TextWriter output)
    {
        output.WriteLine($"Account {a.Account}");
        Changes("  Terms", a.Terms, output);
        AuditRun.Table(output, "  Positions", ["Instrument", "Client", ">Before", ">After", ">Change"], a.Positions.Select(p => (string[])[p.Instrument, p.Client, N(p.Before), N(p.After), Signed(p.Change)]));
        List<string[]> cash = [];
        foreach (var c in a.Cash)
        {
            cash.Add([c.Currency, "", A(c.Before), A(c.After), SignedAmount(c.Change)]);
            cash.AddRange(c.Entries.Select(e => (string[])["", $"{e.Type}, {N(e.Count)} {(e.Count == 1 ? "entry" : "entries")}", "", "", SignedAmount(e.Sum)]));
        }

        AuditRun.Table(output, "  Cash", ["Currency", "By", ">Before", ">After", ">Change"], cash);
        AuditRun.Table(output, "  Securities and coins", ["Asset", ">Before", ">After", ">Change"], a.Assets.Select(x => (string[])[x.Asset, A(x.Before), A(x.After), SignedAmount(x.Change)]));
        AuditRun.Table(output, "  Margin by the last run of each moment", ["", "", ">Before", ">After", ">Change"], a.Margin.Select(m => (string[])
        [
            m.Figure, m.Currency, m.Before is { } b ? A(b) : "", m.After is { } n ? A(n) : "", SignedAmount(m.Change),
        ]));
        AuditRun.Table(output, "  Margin calls", [">Call", ">Issued", ">Credited", ">Still to come", "", "Status"], a.Calls.Select(c => (string[])
        [
            N(c.Number), c.Issued is { } i ? A(i) : "", c.Credited == 0 ? "" : A(c.Credited), A(c.Remaining), c.Currency, c.Status,
        ]));
        output.WriteLine();
    }

    private static void Changes(string title, IReadOnlyList<ChangePicture> changes, TextWriter output) =>
        AuditRun.Table(output, title, ["", "", "Before", "After"], changes.Select(c => (string[])[c.Of, c.What, c.Before, c.After]));

    private static string A(decimal value)
    {
        var digits = (decimal.GetBits(value)[3] >> 16) & 0xFF;
        return value.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string SignedAmount(decimal value) => value > 0 ? $"+{A(value)}" : A(value);

    private static string N(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Signed(long value) => value > 0 ? $"+{N(value)}" : N(value);
}
