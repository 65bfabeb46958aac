using System.Globalization;
using ClearingActors.Audit.TimeTravel;

namespace ClearingActors.Cli.Audit;

/// <summary>The derivation of a requirement and a call, as an auditor follows it with a calculator.</summary>
internal static class ExplanationText
{
    /// <summary>Positions that have a column of their own in a tail; the rest are summed in one.</summary>
    private const int ColumnsShown = 8;

    /// <summary>Scenarios of a tail that are printed; --json has them all.</summary>
    private const int TailShown = 15;

    internal static void Write(MarginDerivation d, IReadOnlyList<ShownEvent> events, TextWriter output)
    {
        output.WriteLine(d.Call is { } call
            ? $"Margin call {call.Number} of account {d.Account}: {A(call.Amount)} {d.Currency}, issued {call.IssuedAt}, due {call.Deadline}"
            : $"Run {d.Run.Run} called nothing of account {d.Account}");
        output.WriteLine($"The account is of {d.Member}, {d.Segregation}, margined in {d.Currency}; all figures below are in {d.Currency} where no other currency is named.");
        output.WriteLine();
        output.WriteLine($"1. The run: {d.Run.Run} at {d.Run.At}, {d.Run.Cause}{(d.Run.By.Length > 0 ? $" by {d.Run.By}" : "")}; {d.Run.Marks.Count} marks; the 25 % buffer {(d.Run.BufferReleased ? "IS RELEASED" : "is held")}");
        output.WriteLine($"   model     {d.Run.Model}");
        output.WriteLine($"   scenarios {d.Run.Scenarios}");
        output.WriteLine();
        AuditRun.Table(output, "2. The account's positions, at the run's marks", ["Client", "Instrument", ">Lots", ">Mark", ">Shocked price", ">Volatility", ">Years", ">Delta", ">Vega per 1.00"], d.Holdings.Select(h => (string[])
        [
            h.Client, h.Instrument, L(h.Lots), P(h.Mark), R(h.Price), h.Volatility is { } v ? v.ToString("0.####", Invariant) : "", h.Years is { } y ? y.ToString("0.####", Invariant) : "", R(h.Delta), h.Vega is { } vega ? R(vega) : "",
        ]));
        output.WriteLine("3. What they lose");
        output.WriteLine();
        foreach (var group in d.Groups)
        {
            WriteGroup(group, output);
        }

        WriteOffsets(d, output);
        WriteRequirement(d, output);
        WriteCollateral(d, output);
        WriteExcess(d, output);
        WriteAfterwards(events, output);
        WriteChecks(d, output);
    }

    private static void WriteGroup(GroupDerivation g, TextWriter output)
    {
        // The largest positions have a column each, so that every line still adds up.
        var order = Enumerable.Range(0, g.Instruments.Count).OrderByDescending(n => g.Tail.Sum(t => Math.Abs(t.Gains[n]))).Take(ColumnsShown).Order().ToList();
        var rest = Enumerable.Range(0, g.Instruments.Count).Except(order).ToList();
        var factors = g.Tail.Count == 0 ? [] : g.Tail[0].Shocks.Keys.ToList();
        var scan = g.Method == "scan";
        var title = scan
            ? $"{Name(g)}: scan of {g.Scenarios} moves; scan risk {R(g.Tail[0].Loss)}, spread charge {R(g.SpreadCharge)}, short-option minimum {R(g.ShortOptionMinimum)}: margin {R(g.Margin)}"
            : string.Create(Invariant, $"{Name(g)}: {g.Measure} at {g.Confidence * 100:0.##} % over {g.Scenarios} scenarios of {g.Days:0.##} days; the {g.Tail.Count} worst decide: value at risk {R(g.ValueAtRisk)}, margin {R(g.Margin)}");
        List<string> columns = [">", scan ? "Move" : "Change of", .. factors.Select(f => $">{f}"), .. order.Select(n => $">{g.Instruments[n]}"), .. rest.Count > 0 ? [$">{rest.Count} others"] : (string[])[], ">Gain", ">Loss"];
        AuditRun.Table(output, title, columns, g.Tail.Take(TailShown).Select((t, i) => (string[])
        [
            $"{i + 1}", t.Name, .. factors.Select(f => Shock(t.Shocks[f])), .. order.Select(n => R(t.Gains[n])), .. rest.Count > 0 ? [R(rest.Sum(n => t.Gains[n]))] : (string[])[], R(t.Gain), R(t.Loss),
        ]));
        if (g.Tail.Count > TailShown)
        {
            output.WriteLine($"{g.Tail.Count - TailShown} scenarios more; --json has them all.");
        }
    }

    private static void WriteOffsets(MarginDerivation d, TextWriter output)
    {
        AuditRun.Table(output, "4. Offsets, and the tool against procyclicality", ["Client", "Groups", ">Alone", ">Joint", ">After offsets", "Tool", ">Window", ">Before", ">Margin"], d.Offsets.Select(o => (string[])
        [
            o.Client, string.Join(" + ", o.Groups.Keys), R(o.Groups.Values.Sum()), o.Groups.Count > 1 ? R(o.Joint) : "", R(o.Margin), o.Tool, o.Window is { } w ? R(w) : "", o.Previous is { } p ? R(p) : "", R(o.WithTool),
        ]));
        if (d.AddOns.Count == 0 && d.Liquidity.Count == 0)
        {
            output.WriteLine("5. Add-ons and floors: none");
            output.WriteLine();
        }

        AuditRun.Table(output, "5. Add-ons and floors", ["Add-on", "Client", "Of", "How", ">Amount"], d.AddOns.Select(a => (string[])[a.Name.Replace('_', ' '), a.Client, a.Of, a.From, R(a.Amount)]));
        AuditRun.Table(output, "   Liquidity: the member's add-on, charged by the accounts' own figures", ["Underlying", ">Own", ">Own figure", ">Of the member", ">Figures of the member", ">Rate", ">Share"], d.Liquidity.Select(l => (string[])
        [
            l.Underlying, R(l.Own), L(l.OwnFigure), l.MemberAddOn is { } add ? R(add) : "not measured", l.MemberFigures is { } f ? f.ToString("N0", Invariant) : "", l.Rate.ToString("0.######", Invariant), R(l.Share),
        ]));
    }

    private static void WriteRequirement(MarginDerivation d, TextWriter output)
    {
        List<string[]> rows = [.. d.Sums.Select(s => (string[])[s.Name.Replace('_', ' '), s.Unrounded.ToString("N6", Invariant), A(s.Recorded)])];
        rows.Add(["sum, rounded up once", d.Unrounded.ToString("N6", Invariant), A(d.Rounded)]);
        if (d.FloorByNotional > 0)
        {
            rows.Add(["floor by notional", "", A(d.FloorByNotional)]);
        }

        rows.Add(["requirement", "", A(d.Recorded.Requirement)]);
        AuditRun.Table(output, "6. The requirement; each part is shown rounded up, and the first takes what that leaves", ["", ">Before rounding", ">Recorded"], rows);
    }

    private static void WriteCollateral(MarginDerivation d, TextWriter output)
    {
        List<string[]> rows = [.. d.Collateral.Select(c => (string[])
        [
            c.Name, A(c.Quantity), P(c.Price), c.Currency, c.Haircut.ToString("0.####%", Invariant), A(c.Value), c.Cut == 0 ? "" : A(c.Cut), A(c.Counted), c.Why,
        ])];
        rows.Add(["collateral", "", "", "", "", "", "", A(d.Recorded.Collateral), ""]);
        AuditRun.Table(output, "7. Collateral, item by item", ["", ">Held", ">Price", "", ">Haircut", ">Value", ">Cut by limits", ">Counts", "Why not"], rows);
        AuditRun.Table(output, "   Accrued since the last settlement, options and premium, exactly", ["Client", "Instrument", ">Lots", ">Reference", ">Mark", "What", ">Amount", ""], d.Accrued.Select(a => (string[])
        [
            a.Client, a.Instrument, L(a.Lots), P(a.Reference), P(a.Mark), a.What, a.Amount, a.Currency,
        ]));
    }

    private static void WriteExcess(MarginDerivation d, TextWriter output)
    {
        var m = d.Recorded;
        List<string[]> rows = [["collateral", A(m.Collateral)]];
        Add("option value, at most the requirement", Math.Min(m.NetOptionValue + m.PremiumReceivable - m.PremiumPayable, m.Requirement));
        Add(m.Accrued > 0 ? $"accrued variation margin ({A(m.Accrued)} is a gain, and counts when it is settled)" : "accrued variation margin", Math.Min(0, m.Accrued), m.Accrued != 0);
        Add("less unpaid", -m.Unpaid);
        rows.Add(["less requirement", A(-m.Requirement)]);
        rows.Add(["excess", A(m.Excess)]);
        if (d.Call is { } call)
        {
            rows.Add(["", ""]);
            rows.Add(["shortfall", A(call.Shortfall)]);
            rows.Add(["less what open calls still ask for", A(-call.OpenCalls)]);
            rows.Add(["missing", A(call.Missing)]);
            rows.Add([$"rounded up to whole {A(call.CallUnit)}: the call", A(call.Amount)]);
        }

        AuditRun.Table(output, "8. The excess, and the call", ["", $">{d.Currency}"], rows);
        if (d.Call is { } called)
        {
            output.WriteLine($"   A shortfall of up to {A(called.MinimumTransfer)} would not be called.");
            output.WriteLine();
        }

        void Add(string name, decimal amount, bool shown = false)
        {
            if (amount != 0 || shown)
            {
                rows.Add([name, A(amount)]);
            }
        }
    }

    private static void WriteAfterwards(IReadOnlyList<ShownEvent> events, TextWriter output)
    {
        var after = events.SkipWhile(e => e.Kind != "MarginCallIssued").ToList();
        if (after.Count > 0)
        {
            output.WriteLine("9. What became of it");
            foreach (var e in after)
            {
                output.WriteLine($"   {AuditText.Time(e.BusinessTime)}  {e.Words}");
            }

            var called = after.Sum(e => e.Raw?.MarginCallIssued?.Amount ?? 0);
            var credited = after.Sum(e => e.Raw?.MarginCallCredited?.Amount ?? 0);
            var ended = after.Exists(e => e.Kind is "MarginCallMissed" or "MarginCallWithdrawn");
            output.WriteLine($"   {(credited == called ? "It is met." : ended ? "It has ended." : "It is open.")}");

            output.WriteLine();
        }
    }

    private static void WriteChecks(MarginDerivation d, TextWriter output)
    {
        var wrong = d.Checks.Where(c => !c.Holds).ToList();
        if (wrong.Count == 0)
        {
            output.WriteLine($"{d.Checks.Count} sums were added again; each comes to what the journal records.");
            return;
        }

        output.WriteLine($"{wrong.Count} OF {d.Checks.Count} SUMS DO NOT COME TO WHAT THE JOURNAL RECORDS:");
        foreach (var check in wrong)
        {
            output.WriteLine($"  {check.What}: recorded {check.Recorded}, computed {check.Computed}");
        }
    }

    private static CultureInfo Invariant => CultureInfo.InvariantCulture;

    private static string Name(GroupDerivation g) => $"Product group {g.Group}{(g.Client.Length > 0 ? $", client {g.Client}" : "")}";

    private static string A(decimal value)
    {
        var digits = (decimal.GetBits(value)[3] >> 16) & 0xFF;
        return value.ToString($"N{digits}", CultureInfo.InvariantCulture);
    }

    private static string P(decimal? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string R(double value) => value.ToString("N2", CultureInfo.InvariantCulture);

    private static string Shock(double value) => value.ToString("+0.000000;-0.000000;0", CultureInfo.InvariantCulture);

    private static string L(long lots) => lots.ToString("N0", CultureInfo.InvariantCulture);
}
