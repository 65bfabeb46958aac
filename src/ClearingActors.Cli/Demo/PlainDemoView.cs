using ClearingActors.Cli.Backtesting;

namespace ClearingActors.Cli.Demo;

/// <summary>One line per event, nothing that moves: for output that goes to a file or a pipe.</summary>
/// <param name="output">Where the lines go.</param>
public sealed class PlainDemoView(TextWriter output) : IDemoView
{
    // Wide enough for what the real days come to; a wider cell pushes its line, and loses nothing.
    private static readonly int[] Widths = [.. DayTable.Titles.Select((title, i) => Math.Max(title.Length, i == 0 ? 10 : title.StartsWith("VM", StringComparison.Ordinal) || title == "requirement" ? 14 : 5))];

    public async Task ShowDaysAsync(int days, Func<IDemoProgress, Task> work)
    {
        Write(DayTable.Titles);
        await work(new Lines(this));
    }

    public void Say(string line) => output.WriteLine(line);

    public void ShowSummary(DemoSummary summary)
    {
        output.WriteLine(
            $"{summary.Days.Count} days, {summary.Trades:N0} trades: {summary.Novated:N0} novated ({summary.NovatedOptions:N0} in options), "
            + $"{summary.Rejected:N0} rejected; {summary.Repeats:N0} repeats; {summary.Seconds:N1} s");
        if (summary.Margin is { } margin)
        {
            output.WriteLine(
                $"margin: requirement USD {margin.Requirement:N2}, at most {margin.HighestRequirement:N2}; "
                + $"{margin.Issued:N0} calls of USD {margin.Called:N2}: {margin.Met:N0} met, {margin.Withdrawn:N0} withdrawn, {margin.Missed:N0} missed");
        }

        if (summary.Backtest is { } backtest)
        {
            output.WriteLine(
                $"back-test of one lot: {backtest.Exceptions:N0} losses above margin in {backtest.Observations:N0} periods, {backtest.Verdict}");
        }

        if (summary.AccountBacktests is { } accounts)
        {
            output.WriteLine($"back-test of the accounts: {accounts.Exceptions:N0} losses above margin in {accounts.Periods:N0} periods of {accounts.Accounts.Count:N0} accounts: {accounts.Lights()}");
        }

        if (summary.Default is { } managed)
        {
            output.WriteLine($"default of {managed.Member}: loss USD {managed.Loss:N2}, {managed.LotsSold} of {managed.Lots} lots sold by {managed.Bids} sealed bids, {managed.Ported.Count} client accounts ported");
            foreach (var layer in managed.Layers)
            {
                output.WriteLine($"  {layer.Layer,-24}{layer.Used,18:N2} of {layer.Available,18:N2}{(layer.ByMember.Count > 0 ? $"  {layer.ByMember.Count} members" : "")}");
            }

            output.WriteLine($"  {"unallocated",-24}{managed.Unallocated,18:N2}");
        }

        foreach (var check in summary.Checks)
        {
            output.WriteLine($"{(check.Passed ? "ok    " : "FAILED")}  {check.Name}: {check.Detail}");
        }
    }

    private void Write(IReadOnlyList<string> cells) => output.WriteLine(string.Join("  ", cells.Select((cell, i) => cell.PadLeft(Widths[i]))));

    private sealed class Lines(PlainDemoView view) : IDemoProgress
    {
        public void DayAt(DateOnly date, double part)
        {
            // A bar that is no terminal's would only fill the file.
        }

        public void DayClosed(DayResult day)
        {
            view.Write(DayTable.Cells(day));
            if (DayTable.ExpiredOn(day) is { } expired)
            {
                view.Say($"  {expired}");
            }
        }
    }
}
