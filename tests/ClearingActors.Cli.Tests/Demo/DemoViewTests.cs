using ClearingActors.Cli.Demo;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Backtests;
using ClearingActors.Risk.Backtests;
using Spectre.Console;

namespace ClearingActors.Cli.Tests.Demo;

public sealed class DemoViewTests
{
    private static readonly DayResult Day = new()
    {
        Date = new DateOnly(2020, 3, 16),
        SettlementPrice = 2386.25m,
        Novated = 3010,
        NovatedOptions = 117,
        RejectedByReason = new Dictionary<RejectReason, long> { [RejectReason.OffTick] = 3, [RejectReason.Conflict] = 4, [RejectReason.MemberSuspended] = 2 },
        Repeats = 5,
        RepeatsAnsweredOtherwise = 0,
        MarksAccepted = 118,
        MarksHeld = 6,
        MarksRejected = 2,
        Paid = 123_456_789.50m,
        Received = 123_456_789.50m,
        Sum = 0,
        Margin = new DayMargin(512_345_678.91m, true, 61_270_000m, 20, 19, 0, 1, 0.7208),
    };

    private static readonly DemoSummary Summary = new()
    {
        Days = [Day],
        Checks = [new DemoCheck("book matched", true, "SPX.FUT sums to 0"), new DemoCheck("cash [sum]", false, "USD 0.01")],
        MatchedBook = true,
        CashSum = 0.01m,
        BothSides = true,
        ReplayEqualsLive = true,
        Seconds = 12.3,
        Margin = new MarginSummary([Day.Margin!]),
        Backtest = new DemoBacktest(21, 1, TrafficLightZone.Yellow, false, 0.125),
        AccountBacktests = new LiveBacktestResult
        {
            Accounts = [Account("A", 20, 3, TrafficLightZone.Yellow), Account("B", 2, 0, TrafficLightZone.Yellow)],
            Skips = [],
            Flat = 0,
            Unstarted = 0,
            Closes = 43,
            FirstDate = Day.Date,
            LastDate = Day.Date,
        },
    };

    private static AccountBacktest Account(string id, int periods, int exceptions, TrafficLightZone zone) => new()
    {
        Account = AccountId.Parse(id),
        Member = MemberId.Parse("M"),
        Currency = new Currency("USD", 2),
        Confidence = 0.99,
        MarginDays = 2,
        Periods = periods,
        Exceptions = exceptions,
        Zone = zone,
        TailProbability = 1,
        Kupiec = null,
        Independence = null,
        Worst = null,
        Unfinished = null,
        Observations = [],
    };

    [Fact]
    public void A_day_s_cells_stand_under_their_titles()
    {
        var cells = DayTable.Titles.Zip(DayTable.Cells(Day)).ToDictionary(pair => pair.First, pair => pair.Second);

        cells["day"].ShouldBe("2020-03-16");
        cells["settled at"].ShouldBe("2,386.25");
        cells["trades"].ShouldBe("3,019");
        cells["novated"].ShouldBe("3,010");
        cells["rejected"].ShouldBe("9");
        cells["tick"].ShouldBe("3");
        cells["conflict"].ShouldBe("4");
        cells["headroom"].ShouldBe("0");
        cells["other"].ShouldBe("2");
        cells["repeats"].ShouldBe("5");
        cells["marks"].ShouldBe("118");
        cells["held"].ShouldBe("6");
        cells["VM paid"].ShouldBe("123,456,789.50");
        cells["VM received"].ShouldBe("123,456,789.50");
        cells["sum"].ShouldBe("0.00");
        cells["synthetic vol"].ShouldBe("72.1 %");
        cells["requirement"].ShouldBe("512,345,678.91");
        cells["calls"].ShouldBe("20");
        cells["met"].ShouldBe("19");
        cells["missed"].ShouldBe("1");
        DayTable.Cells(Day with { Margin = null }).TakeLast(5).ShouldAllBe(cell => cell == "-");
    }

    [Fact]
    public void Expired_options_have_a_line_of_their_own_and_a_day_without_them_has_none()
    {
        var day = Day with { Expired = [new ExpiredOption("SPX.MAR20.C3375", 2310.25m), new ExpiredOption("SPX.MAR20.P3025", 2310.25m)] };

        DayTable.ExpiredOn(day).ShouldBe("expired: SPX.MAR20.C3375 at 2,310.25, SPX.MAR20.P3025 at 2,310.25; what was in the money is exercised into the future");
        DayTable.ExpiredOn(Day).ShouldBeNull();
    }

    [Fact]
    public async Task Plain_lines_align_their_columns()
    {
        var output = new StringWriter();
        var view = new PlainDemoView(output);
        await view.ShowDaysAsync(1, progress =>
        {
            progress.DayAt(Day.Date, 0.5);
            progress.DayClosed(Day);
            return Task.CompletedTask;
        });
        view.ShowSummary(Summary);

        var lines = output.ToString().Split(Environment.NewLine);
        lines[0].Length.ShouldBe(lines[1].Length);
        lines[0].IndexOf("VM paid", StringComparison.Ordinal).ShouldBe(lines[1].IndexOf("123,456,789.50", StringComparison.Ordinal) + "123,456,789.50".Length - "VM paid".Length);
        lines[2].ShouldBe("1 days, 3,019 trades: 3,010 novated (117 in options), 9 rejected; 5 repeats; 12.3 s");
        lines[3].ShouldBe("margin: requirement USD 512,345,678.91, at most 512,345,678.91; 20 calls of USD 61,270,000.00: 19 met, 0 withdrawn, 1 missed");
        lines[4].ShouldBe("back-test of one lot: 1 losses above margin in 21 periods, traffic light yellow, Kupiec p 0.125");
        lines[5].ShouldBe("back-test of the accounts: 3 losses above margin in 22 periods of 2 accounts: 0 red, 1 yellow, 0 green, 1 with too few periods to say anything");
        lines[6].ShouldBe("ok      book matched: SPX.FUT sums to 0");
        lines[7].ShouldBe("FAILED  cash [sum]: USD 0.01");
    }

    [Fact]
    public async Task A_terminal_gets_the_table_of_days_and_the_checks()
    {
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 120;
        var view = new TerminalDemoView(console);
        await view.ShowDaysAsync(1, progress =>
        {
            progress.DayAt(Day.Date, 0.5);
            progress.DayClosed(Day);
            return Task.CompletedTask;
        });
        view.ShowSummary(Summary);

        var text = output.ToString();
        DayTable.ShortCells(Day).ShouldAllBe(cell => text.Contains(cell));
        text.ShouldContain("  rejected: 3 tick, 4 conflict, 2 other");
        text.Split('\n').ShouldAllBe(line => line.TrimEnd().Length <= 120);
        text.ShouldContain("20: 19 met, 0 withdrawn, 1 missed");
        text.ShouldContain("1 losses above margin in 21 periods");
        text.ShouldContain("rejected: OffTick");
        text.ShouldContain("FAILED  cash [sum]: USD 0.01");
    }
}
