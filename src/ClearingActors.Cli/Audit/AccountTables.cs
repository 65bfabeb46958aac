using System.Globalization;
using ClearingActors.Audit.TimeTravel;

namespace ClearingActors.Cli.Audit;

/// <summary>A picture of an account as an auditor reads it.</summary>
internal static class AccountTables
{
    internal static void Write(AccountPicture a, TextWriter output)
    {
        output.WriteLine($"Account {a.Account} of {a.Member} ({a.MemberStanding}), {a.Segregation}, {a.Status}, margined in {a.Currency}; at business time {a.BusinessTime ?? "-"}, recorded by {a.RecordedTo ?? "-"}");
        output.WriteLine($"Intraday limit {A(a.IntradayLimit)} {a.Currency}; settled up to cycle {a.LastSettledCycle}");
        if (a.InDefault is { } seized)
        {
            output.WriteLine($"IN DEFAULT {a.Default}: {seized.Stage}{(seized.DefaultAccount.Length > 0 ? $", taken by {seized.DefaultAccount}" : "")}{(seized.PortedTo.Length > 0 ? $", ported to {seized.PortedTo}" : "")}{(seized.Loss is { } loss ? $", loss {A(loss)}" : "")}");
        }

        output.WriteLine();
        if (a.Positions.Count == 0)
        {
            output.WriteLine("No positions.");
        }

        AuditRun.Table(output, "Positions", ["Instrument", "Client", ">Lots", ">Settled", ">Open", ">Selling", ">Buying back", ">Reference", ">Mark", ">Accrued or worth", ""], a.Positions.Select(p => (string[])
        [
            p.Instrument, p.Client, L(p.Lots), L(p.Settled), L(p.Open), Flight(p.ReservedToSell), Flight(p.ReservedToBuyBack), P(p.Reference), P(p.Mark), p.Accrued is { } worth ? A(worth) : "", p.Currency,
        ]));
        AuditRun.Table(output, "Cash", ["Currency", ">Cash", ">Reserved for positions"], a.Balances.Select(b => (string[])[b.Currency, A(b.Cash), b.Reserved == 0 ? "" : A(b.Reserved)]));
        AuditRun.Table(output, "Computed and not booked", ["What", ">Amount", ""], a.Unbooked.Select(u => (string[])[u.Type, A(u.Amount), u.Currency]));
        AuditRun.Table(output, "To be paid in", [">Cycle", ">Amount", "", "By"], a.PaymentsDue.Select(p => (string[])[$"{p.Cycle}", A(p.Amount), p.Currency, p.Deadline ?? "an operator tells"]));
        WriteMargin(a, output);
        AuditRun.Table(output, "Collateral at the newest prices", ["", ">Held", ">Price", "", ">Haircut", ">Value", ">Cut", ">Counts", "Why not"], a.Collateral.Select(c => (string[])
        [
            c.Name, A(c.Quantity), P(c.Price), c.Currency, c.Haircut.ToString("0.####%", CultureInfo.InvariantCulture), A(c.Value), c.Cut == 0 ? "" : A(c.Cut), A(c.Counted), c.Why,
        ]));
        AuditRun.Table(output, "Margin calls, open ones and the last that ended", [">Call", ">Run", ">Amount", ">Still to come", "", "Issued", "Deadline", "Status"], a.Calls.Select(c => (string[])
        [
            $"{c.Number}", $"{c.Run}", A(c.Amount), A(c.Remaining), c.Currency, c.IssuedAt ?? "", c.Deadline ?? "", c.Status,
        ]));
        AuditRun.Table(output, "Reservations of trades in flight", [">No.", "Kind", "Trade", "Instrument", ">Lots", ">Price", ">Cycle"], a.Reservations.Select(r => (string[])
        [
            $"{r.Number}", r.Kind, r.Trade, r.Instrument, L(r.Lots), P(r.Price), $"{r.Cycle}",
        ]));
        AuditRun.Table(output, "Exercise notices", ["Option", "Client", "Kind", ">Lots", ">Given in cycle"], a.Notices.Select(n => (string[])[n.Option, n.Client, n.Kind, L(n.Lots), $"{n.Cycle}"]));
        if (a.Contribution is { } c)
        {
            output.WriteLine($"Contribution to the default fund: {A(c.Required)} {a.Currency} required, {A(c.Held)} held, {c.Status}");
        }
    }

    private static void WriteMargin(AccountPicture a, TextWriter output)
    {
        if (a.WhyNotNow.Length > 0)
        {
            output.WriteLine($"No requirement at the newest marks: {a.WhyNotNow}");
        }

        if (a.Official is null && a.Now is null)
        {
            return;
        }

        var names = (a.Official?.Parts ?? []).Concat(a.Now?.Parts ?? []).Select(p => p.Name).Distinct().ToList();
        List<string[]> rows = [.. names.Select(n => (string[])[$"  {n.Replace('_', ' ')}", Part(a.Official, n), Part(a.Now, n)])];
        rows.Insert(0, ["Requirement", Of(a.Official, m => m.Requirement), Of(a.Now, m => m.Requirement)]);
        rows.Add(["Collateral that counts", Of(a.Official, m => m.Collateral), Of(a.Now, m => m.Collateral)]);
        Add("Net option value", m => m.NetOptionValue);
        Add("Premium receivable", m => m.PremiumReceivable);
        Add("Premium payable", m => -m.PremiumPayable);
        Add("Accrued variation margin", m => m.Accrued);
        Add("Unpaid", m => -m.Unpaid);
        rows.Add(["Excess", Of(a.Official, m => m.Excess), Of(a.Now, m => m.Excess)]);
        AuditRun.Table(output, "Margin", ["", a.Official is { } official ? $">By run {official.Run} of {official.At}" : ">By no run yet", ">At the newest marks"], rows);
        if (a.Official is { GearingExceeded: true })
        {
            output.WriteLine("THE GEARING LIMIT IS EXCEEDED: no trade may raise a position.");
        }

        void Add(string name, Func<MarginPicture, decimal> figure)
        {
            if ((a.Official is { } o && figure(o) != 0) || (a.Now is { } n && figure(n) != 0))
            {
                rows.Add([name, Of(a.Official, figure), Of(a.Now, figure)]);
            }
        }
    }

    private static string Of(MarginPicture? margin, Func<MarginPicture, decimal> figure) => margin is null ? "" : A(figure(margin));

    private static string Part(MarginPicture? margin, string name) => margin?.Parts.FirstOrDefault(p => p.Name == name) is { } part ? A(part.Amount) : "";

    private static string A(decimal value)
    {
        var digits = (decimal.GetBits(value)[3] >> 16) & 0xFF;
        return value.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string P(decimal? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string L(long lots) => lots.ToString("N0", CultureInfo.InvariantCulture);

    private static string Flight(long lots) => lots == 0 ? "" : L(lots);
}
