using System.Globalization;
using System.Text.Json;
using ClearingActors.Engine.Backtests;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Cli.Backtesting;

/// <summary>The back-tests of a house's accounts as a table, as JSON and as a picture of one.</summary>
internal static class LiveBacktestReport
{
    private const int ListedAccounts = 50;
    private const int ListedSkips = 10;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>All accounts, worst first, and what they come to.</summary>
    internal static void Print(LiveBacktestResult result, TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Closes:N0} business dates, {result.FirstDate:yyyy-MM-dd} to {result.LastDate:yyyy-MM-dd}"));
        string[] columns = ["Account", "Member", "Margin for", ">Periods", ">Above margin", "Light", ">Kupiec p", ">Christoffersen p", "Worst period", ">Margin", ">Loss", ""];
        if (result.Accounts.Count > 0)
        {
            PlainTable.Write(output, columns, result.Accounts.Take(ListedAccounts).Select(account => (string[])
            [
                account.Account.Value, account.Member.Value, Horizon(account), $"{account.Periods}", $"{account.Exceptions}", Light(account), Probability(account.Kupiec), Probability(account.Independence),
                account.Worst is { } dated ? $"{dated.From:yyyy-MM-dd} to {dated.To:yyyy-MM-dd}" : "", account.Worst is { } worst ? Amount(worst.Margin) : "",
                account.Worst is { } lost ? Amount(lost.Loss) : "", account.Currency.Code,
            ]));
        }

        if (result.Accounts.Count > ListedAccounts)
        {
            output.WriteLine($"{result.Accounts.Count - ListedAccounts} more are not as bad; --json has them all.");
        }

        output.WriteLine($"{result.Accounts.Count:N0} back-tests: {result.Lights()}");
        output.WriteLine($"{result.Periods:N0} periods, {result.Exceptions:N0} losses above margin; {result.Unstarted:N0} accounts without a period, {result.Flat:N0} that never held anything");
        if (result.Skips.Count > 0)
        {
            output.WriteLine($"{result.Skipped:N0} margins or losses of {result.Skips.Count:N0} accounts could not be computed:");
            foreach (var skip in result.Skips.Take(ListedSkips))
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {skip.Account}: {skip.Count} from {skip.First:yyyy-MM-dd} on: {skip.Reason}"));
            }

            if (result.Skips.Count > ListedSkips)
            {
                output.WriteLine($"  and {result.Skips.Count - ListedSkips} accounts more; --json has them all");
            }
        }
    }

    /// <summary>How many back-tests have which light, in words.</summary>
    internal static string Lights(this LiveBacktestResult result) =>
        $"{result.CountOf(TrafficLightZone.Red):N0} red, {result.CountOf(TrafficLightZone.Yellow):N0} yellow, {result.CountOf(TrafficLightZone.Green):N0} green, {result.TooFew:N0} with too few periods to say anything";

    /// <summary>A back-test with its periods as the one of a history is; null without a period.</summary>
    internal static BacktestResult? Of(AccountBacktest account) => account.Periods == 0
        ? null
        : new BacktestResult(account.Observations, account.Exceptions, account.Zone, account.Kupiec!.Value, account.Independence!.Value);

    /// <summary>What it is a back-test of.</summary>
    internal static string Title(AccountBacktest account) => $"{account.Account} ({account.Currency.Code}), margin for {Horizon(account)}";

    /// <summary>Every figure. The names are a contract.</summary>
    internal static string ToJson(LiveBacktestResult result) => JsonSerializer.Serialize(
        new
        {
            result.Closes,
            result.FirstDate,
            result.LastDate,
            result.Periods,
            result.Exceptions,
            Lights = new
            {
                Green = result.CountOf(TrafficLightZone.Green),
                Yellow = result.CountOf(TrafficLightZone.Yellow),
                Red = result.CountOf(TrafficLightZone.Red),
                result.TooFew,
            },
            result.Unstarted,
            result.Flat,
            result.Skipped,
            Accounts = result.Accounts.Select(a => new
            {
                Account = a.Account.Value,
                Member = a.Member.Value,
                Currency = a.Currency.Code,
                a.Confidence,
                a.MarginDays,
                a.Periods,
                a.Exceptions,
                Zone = a.Zone.ToString().ToLowerInvariant(),
                a.TooFew,
                a.TailProbability,
                a.Kupiec,
                a.Independence,
                Worst = a.Worst is { } worst ? Row(worst) : null,
                a.Unfinished,
                Observations = a.Observations.Select(Row),
            }),
            Skips = result.Skips.Select(s => new { Account = s.Account.Value, s.Count, s.First, s.Reason }),
        },
        Json);

    private static object Row(BacktestObservation o) => new { o.From, o.To, o.Margin, o.Loss, Exception = o.IsException };

    private static string Horizon(AccountBacktest account) => string.Create(CultureInfo.InvariantCulture, $"{100.0 * account.Confidence:0.####} %, {account.MarginDays} {(account.MarginDays == 1 ? "day" : "days")}");

    private static string Light(AccountBacktest account) => account.TooFew ? "too few" : account.Zone.ToString().ToLowerInvariant();

    private static string Probability(LikelihoodRatioTest? test) => test?.PValue.ToString("0.000", CultureInfo.InvariantCulture) ?? "";

    private static string Amount(double value) => value.ToString("#,0.00", CultureInfo.InvariantCulture);
}
