using Spectre.Console;

namespace ClearingActors.Cli.Demo;

/// <summary>A progress bar while the days run, then the table of days and the checks.</summary>
/// <param name="console">A terminal.</param>
public sealed class TerminalDemoView(IAnsiConsole console) : IDemoView
{
    public async Task ShowDaysAsync(int days, Func<IDemoProgress, Task> work)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var title in DayTable.Titles)
        {
            table.AddColumn(new TableColumn(title).RightAligned().NoWrap());
        }

        await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async context => await work(new Bar(context.AddTask("before the first day", maxValue: days), table)));
        console.Write(table);
    }

    public void Say(string line) => console.WriteLine(line);

    public void ShowSummary(DemoSummary summary)
    {
        var totals = new Table().Border(TableBorder.Rounded).AddColumn("").AddColumn(new TableColumn("").RightAligned()).HideHeaders();
        totals.AddRow("days", $"{summary.Days.Count:N0}");
        totals.AddRow("trades", $"{summary.Trades:N0}");
        totals.AddRow("novated", $"{summary.Novated:N0}");
        foreach (var (reason, count) in summary.RejectedByReason)
        {
            totals.AddRow($"rejected: {reason}", $"{count:N0}");
        }

        totals.AddRow("repeats", $"{summary.Repeats:N0}");
        totals.AddRow("seconds", $"{summary.Seconds:N1}");
        console.Write(totals);
        foreach (var check in summary.Checks)
        {
            console.MarkupLineInterpolated(check.Passed ? (FormattableString)$"[green]ok[/]      {check.Name}: {check.Detail}" : $"[red]FAILED[/]  {check.Name}: {check.Detail}");
        }
    }

    private sealed class Bar(ProgressTask task, Table table) : IDemoProgress
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
            table.AddRow([.. DayTable.Cells(day)]);
        }
    }
}
