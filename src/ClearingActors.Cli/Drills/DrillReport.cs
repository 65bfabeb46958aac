using System.Text.Json;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using Spectre.Console;

namespace ClearingActors.Cli.Drills;

/// <summary>What came of a drill, for people and as JSON.</summary>
public static class DrillReport
{
    /// <summary>Members named in a row of the waterfall's table; the rest are counted. JSON has all of them.</summary>
    private const int MembersListed = 4;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The facts, before it is played.</summary>
    public static void PrintFacts(Drill drill, TextWriter output)
    {
        output.WriteLine($"{drill.Name}: {drill.Title}");
        foreach (var fact in drill.Facts)
        {
            output.WriteLine($"  {(fact.Source is null ? "assumed: " : "")}{fact.Text} [{fact.Source ?? fact.Assumed}]");
        }

        output.WriteLine();
    }

    /// <summary>The tables, after it was played.</summary>
    public static void Print(DrillResult result, TextWriter output)
    {
        var console = PlainConsole.On(output);
        var currency = result.Drill.Currency;
        string Amount(long minor) => DrillLog.AmountOnly(minor, currency);
        output.WriteLine();
        var stages = Columns("Default", "Member", "Cause", "Triggered", "Declared", "Allocated", "Stage");
        foreach (var d in result.Defaults.Select(e => e.Default))
        {
            stages.AddRow($"{d.Number}", d.Member, DrillLog.Words(d.Cause), At(d.TriggeredAt), At(d.DeclaredAt), At(d.Allocation?.At ?? 0), DrillLog.Words(d.Stage));
        }

        console.Write(stages);
        var lots = Columns("Lot", "Of", "Positions", "*Margin", "Bids", "Taken by", "*For");
        foreach (var d in result.Defaults.Select(e => e.Default))
        {
            foreach (var (auction, lot) in d.Auctions.SelectMany(a => a.Lots.Select(l => (a, l))))
            {
                lots.AddRow(
                    lot.Id, lot.Account, string.Join(", ", lot.Positions.Select(p => $"{p.Lots} {p.Instrument}")), Amount(lot.Margin), $"{auction.Bids.Count(b => b.Lot == lot.Id && !b.Dead)}",
                    lot.Awards.Count == 0 ? "nobody" : string.Join(", ", lot.Awards.Select(a => a.Member)), string.Join(", ", lot.Awards.Select(a => Amount(a.Amount))));
            }
        }

        if (lots.Rows.Count > 0)
        {
            console.Write(lots);
        }

        var accounts = Columns("Account", "Default", "Stage", "*Loss", "*Own collateral", "*From house", "*Left to the waterfall");
        var waterfall = Columns("Layer", "Default", "*Available", "*Used", "Borne by");
        foreach (var end in result.Defaults)
        {
            var d = end.Default;
            foreach (var account in d.Accounts)
            {
                var loss = account.Loss ?? new AccountLoss();
                accounts.AddRow(account.Account, $"{d.Number}", account.Stage == AccountStage.Ported ? $"ported to {account.PortedTo}" : DrillLog.Words(account.Stage), Amount(loss.Loss), Amount(loss.OwnUsed), Amount(loss.FromHouse), Amount(loss.Shortfall - loss.FromHouse));
            }

            foreach (var layer in end.Layers())
            {
                waterfall.AddRow(layer.Layer, $"{d.Number}", Amount(layer.Available), Amount(layer.Used), Members(layer, Amount));
            }

            waterfall.AddRow("sum", $"{d.Number}", "", Amount(d.Allocation?.Layers.Sum(l => l.Used) ?? 0), d.Allocation?.Unallocated > 0 ? $"{Amount(d.Allocation.Unallocated)} is borne by nobody" : "");
        }

        console.Write(accounts);
        output.WriteLine($"The waterfall, {currency.Code}:");
        console.Write(waterfall);
        var checks = Columns("Check", "", "Figures");
        foreach (var check in result.Checks)
        {
            checks.AddRow(check.Name, check.Passed ? "yes" : "NO", check.Detail);
        }

        console.Write(checks);
    }

    /// <summary>Every figure, amounts in minor units.</summary>
    public static string ToJson(DrillResult result) => JsonSerializer.Serialize(
        new
        {
            result.Drill.Name,
            result.Drill.Title,
            Currency = result.Drill.Currency.Code,
            MinorDigits = result.Drill.Currency.Digits,
            result.Loss,
            Layers = result.Layers().Select(Layer),
            result.Unallocated,
            result.MatchedBook,
            CashSum = (long)result.CashSum,
            Stage = StageOf(result),
            Expected = result.Drill.Expect.Select(e => new { e.Member, e.Loss, e.Layers, e.ByMember }),
            ExpectedMet = result.Passed,
            result.Failure,
            Checks = result.Checks.Select(c => new { c.Name, c.Passed, c.Detail }),
            Defaults = result.Defaults.Select(e => (e.Default, Layers: e.Layers())).Select(e => new
            {
                e.Default.Number,
                e.Default.Member,
                Stage = Snake(e.Default.Stage),
                Loss = e.Default.Allocation?.Loss ?? 0,
                Unallocated = e.Default.Allocation?.Unallocated ?? 0,
                Layers = e.Layers.Select(Layer),
                Accounts = e.Default.Accounts.Select(a => new { a.Account, Stage = Snake(a.Stage), a.PortedTo, Loss = a.Loss?.Loss ?? 0, OwnUsed = a.Loss?.OwnUsed ?? 0, FromHouse = a.Loss?.FromHouse ?? 0, Shortfall = a.Loss?.Shortfall ?? 0 }),
                Lots = e.Default.Auctions.SelectMany(a => a.Lots).Select(l => new { l.Id, l.Account, l.ProductGroup, l.Margin, Awards = l.Awards.Select(a => new { a.Member, a.Amount }) }),
            }),
            Facts = result.Drill.Facts.Select(f => new { f.Text, f.Source, f.Assumed }),
        },
        Json);

    private static object Layer(LayerUse layer) => new
    {
        layer.Layer,
        layer.Available,
        layer.Used,
        ByMember = layer.ByMember.ToDictionary(m => m.Member, m => m.Amount, StringComparer.Ordinal),
    };

    /// <summary>That of the default that is least far; "none" without one.</summary>
    private static string StageOf(DrillResult result) => result.Defaults.Count == 0 ? "none" : Snake(result.Defaults.Min(e => e.Default.Stage));

    private static string Snake(Enum value) => DrillLog.Words(value).Replace(' ', '_');

    private static string At(long time) => time == 0 ? "" : DrillLog.Time(time);

    private static string Members(LayerUse layer, Func<long, string> amount)
    {
        var named = string.Join(", ", layer.ByMember.Take(MembersListed).Select(m => $"{m.Member} {amount(m.Amount)}"));
        return layer.ByMember.Count > MembersListed ? $"{named} and {layer.ByMember.Count - MembersListed} more" : named;
    }

    /// <summary>A table; a star before a heading sets its column to the right.</summary>
    private static Table Columns(params string[] headings)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in headings)
        {
            table.AddColumn(heading.StartsWith('*') ? new TableColumn(heading[1..]).RightAligned() : new TableColumn(heading));
        }

        return table;
    }
}
