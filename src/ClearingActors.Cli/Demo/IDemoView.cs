namespace ClearingActors.Cli.Demo;

/// <summary>How a run of the demo is seen: lines for a file or pipe, a bar and tables for a terminal.</summary>
public interface IDemoView
{
    /// <summary>Shows the days while the work closes them.</summary>
    /// <param name="days">How many there are.</param>
    /// <param name="work">Told whom to report to; called once.</param>
    Task ShowDaysAsync(int days, Func<IDemoProgress, Task> work);

    /// <summary>Says what happens now, outside the days.</summary>
    void Say(string line);

    /// <summary>Shows totals and checks.</summary>
    void ShowSummary(DemoSummary summary);
}

/// <summary>Where the work reports to. Called by one thread at a time.</summary>
public interface IDemoProgress
{
    /// <summary>A day has come so far.</summary>
    /// <param name="date">The day.</param>
    /// <param name="part">0 to 1.</param>
    void DayAt(DateOnly date, double part);

    /// <summary>A day is settled.</summary>
    void DayClosed(DayResult day);
}
