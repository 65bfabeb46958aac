using ClearingActors.Cli.Backtesting;
using Spectre.Console;

namespace ClearingActors.Cli.Demo;

/// <summary>Each day's row as it closes, above a progress bar; then the totals and the checks.</summary>
/// <param name="console">A terminal.</param>
public sealed class TerminalDemoView(IAnsiConsole console) : IDemoView
{
    private static readonly int[] Widths = [10, 10, 7, 8, 5, 14, 5, 9, 14, 5, 4, 6];

    public async Task ShowDaysAsync(int days, Func<IDemoProgress, Task> work)
    {
        console.MarkupLineInterpolated($"[bold]{Line(DayTable.ShortTitles)}[/]");
        await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context => await work(new Bar(context.AddTask("before the first day", maxValue: days), console)));
    }

    private static string Line(IReadOnlyList<string> cells) => string.Join("  ", cells.Select((cell, i) => cell.PadLeft(Widths[i])));

    public void Say(string line) => console.WriteLine(line);

    public void ShowSummary(DemoSummary summary)
    {
        var totals = new Table().Border(TableBorder.Rounded).AddColumn("").AddColumn(new TableColumn("").RightAligned()).HideHeaders();
        totals.AddRow("days", $"{summary.Days.Count:N0}");
        totals.AddRow("trades", $"{summary.Trades:N0}");
        totals.AddRow("novated", $"{summary.Novated:N0}");
        totals.AddRow("of these in options", $"{summary.NovatedOptions:N0}");
        foreach (var (reason, count) in summary.RejectedByReason)
        {
            totals.AddRow($"rejected: {reason}", $"{count:N0}");
        }

        totals.AddRow("repeats", $"{summary.Repeats:N0}");
        if (summary.Margin is { } margin)
        {
            totals.AddRow("margin requirement, USD", $"{margin.Requirement:N2}");
            totals.AddRow("the highest of a day", $"{margin.HighestRequirement:N2}");
            totals.AddRow("called, USD", $"{margin.Called:N2}");
            totals.AddRow("margin calls", $"{margin.Issued:N0}: {margin.Met:N0} met, {margin.Withdrawn:N0} withdrawn, {margin.Missed:N0} missed");
        }

        if (summary.Backtest is { } backtest)
        {
            totals.AddRow("back-test of one lot", $"{backtest.Exceptions:N0} losses above margin in {backtest.Observations:N0} periods");
            totals.AddRow("", backtest.Verdict);
        }

        if (summary.AccountBacktests is { } accounts)
        {
            totals.AddRow($"back-test of {accounts.Accounts.Count:N0} accounts", $"{accounts.Exceptions:N0} losses above margin in {accounts.Periods:N0} periods");
            totals.AddRow("", accounts.Lights());
        }

        totals.AddRow("seconds", $"{summary.Seconds:N1}");
        console.Write(totals);
        if (summary.Default is { } managed)
        {
            console.MarkupLineInterpolated($"default of {managed.Member}: loss USD {managed.Loss:N2}, {managed.LotsSold} of {managed.Lots} lots sold by {managed.Bids} sealed bids, {managed.Ported.Count} client accounts ported");
            var waterfall = new Table { Border = TableBorder.Simple };
            waterfall.AddColumn("layer").AddColumn(new TableColumn("used").RightAligned()).AddColumn(new TableColumn("available").RightAligned()).AddColumn(new TableColumn("members").RightAligned());
            foreach (var layer in managed.Layers)
            {
                waterfall.AddRow(layer.Layer, $"{layer.Used:N2}", $"{layer.Available:N2}", layer.ByMember.Count > 0 ? $"{layer.ByMember.Count}" : "");
            }

            waterfall.AddRow("unallocated", $"{managed.Unallocated:N2}", "", "");
            console.Write(waterfall);
        }

        foreach (var check in summary.Checks)
        {
            console.MarkupLineInterpolated(check.Passed ? (FormattableString)$"[green]ok[/]      {check.Name}: {check.Detail}" : $"[red]FAILED[/]  {check.Name}: {check.Detail}");
        }
    }

    private sealed class Bar(ProgressTask task, IAnsiConsole console) : IDemoProgress
    {
        private int _closed;

        public void DayAt(DateOnly date, double part)
        {
            task.Description = $"{date:yyyy-MM-dd}";
            task.Value = _closed + part;
        }

        public void DayClosed(DayResult day)
        {
            _closed++;
            task.Description = $"{day.Date:yyyy-MM-dd} settled at {day.SettlementPrice}";
            task.Value = _closed;
            console.WriteLine(Line(DayTable.ShortCells(day)));
            Below(DayTable.ExpiredOn(day));
            Below($"rejected: {DayTable.ReasonsOf(day)}");
        }

        /// <summary>A line that wraps would stay behind when the bar is drawn anew.</summary>
        private void Below(string? line)
        {
            if (line is not null)
            {
                var indented = $"  {line}";
                console.MarkupLineInterpolated($"[grey]{indented[..Math.Min(indented.Length, console.Profile.Width - 1)]}[/]");
            }
        }
    }
}
