using System.Globalization;
using System.Text;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;

namespace ClearingActors.Cli.Drills;

/// <summary>A line for each thing that happens in a drill: its business time and what it is.</summary>
internal sealed class DrillLog(Currency currency, TextWriter output)
{
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    internal static string Time(long now) => DateTimeOffset.UnixEpoch.AddTicks(now / 100).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    /// <summary>A name such as ClosingOut as "closing out".</summary>
    internal static string Words(Enum value)
    {
        var words = new StringBuilder();
        foreach (var c in value.ToString())
        {
            if (char.IsUpper(c) && words.Length > 0)
            {
                words.Append(' ');
            }

            words.Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }

    /// <summary>Minor units as an amount with its currency.</summary>
    internal string Amount(Int128 minor) => string.Create(CultureInfo.InvariantCulture, $"{currency.Code} {AmountOnly(minor, currency)}");

    internal static string AmountOnly(Int128 minor, Currency currency) => new Money((long)minor, currency).ToDecimal().ToString($"N{currency.Digits}", CultureInfo.InvariantCulture);

    internal void Say(long now, string what) => output.WriteLine($"{Time(now)}  {what}");

    /// <summary>Says what is different in the defaults since it was last asked.</summary>
    internal void Changes(long now, IEnumerable<Default> defaults)
    {
        foreach (var d in defaults)
        {
            Change(now, $"{d.Number}", $"default {d.Number} of {d.Member} is {Words(d.Stage)}{(d.Blocked.Length > 0 ? ": " + d.Blocked : "")}");
            foreach (var account in d.Accounts)
            {
                var ported = account.Stage == AccountStage.Ported ? $" to {account.PortedTo}" : "";
                Change(now, $"{d.Number} {account.Account}", $"account {account.Account} is {Words(account.Stage)}{ported}{(account.Blocked.Length > 0 ? ": " + account.Blocked : "")}");
            }

            foreach (var auction in d.Auctions)
            {
                foreach (var lot in auction.Lots)
                {
                    Change(now, $"{d.Number} lot {lot.Id}", auction.Closed ? Closed(auction, lot) : Open(auction, lot));
                }
            }

            if (d.Allocation is { } allocation)
            {
                var uses = string.Join(", ", allocation.Layers.Where(l => l.Used > 0).Select(l => $"{l.Layer} {AmountOnly(l.Used, currency)}"));
                Change(now, $"{d.Number} loss", $"the loss of default {d.Number} is {Amount(allocation.Loss)}: {(uses.Length > 0 ? uses : "no layer is used")}");
            }
        }
    }

    private string Open(Auction auction, Lot lot) =>
        $"lot {lot.Id} is on offer until {Time(auction.ClosesAt)}: {string.Join(", ", lot.Positions.Select(p => $"{p.Lots} {p.Instrument}"))} of {lot.Account}, margin {AmountOnly(lot.Margin, currency)}, reserve {AmountOnly(lot.Reserve, currency)}";

    private string Closed(Auction auction, Lot lot) => lot.Awards.Count == 0
        ? $"nobody takes lot {lot.Id}: {auction.Bids.Count(b => b.Lot == lot.Id && !b.Dead)} bids{(auction.Failure.Length > 0 ? ", " + auction.Failure : "")}"
        : string.Join("; ", lot.Awards.Select(a => $"{a.Member} takes lot {lot.Id} and {(a.Amount < 0 ? "is paid" : "pays")} {Amount(Math.Abs(a.Amount))}"));

    private void Change(long now, string key, string text)
    {
        if (_seen.GetValueOrDefault(key) != text)
        {
            _seen[key] = text;
            Say(now, text);
        }
    }
}
