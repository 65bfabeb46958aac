using System.Text.Json;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;
using ClearingActors.Risk.Backtests;

namespace ClearingActors.Cli.Demo;

/// <summary>The summary for machines. The names are a contract; amounts are exact decimals in USD.</summary>
public static class DemoJson
{
    /// <summary>Writes the summary to a file, which it replaces.</summary>
    public static async Task WriteAsync(DemoSummary summary, string file, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        await stream.WriteAsync(ToUtf8(summary), cancellationToken);
    }

    /// <summary>The summary as indented UTF-8 JSON with a line end.</summary>
    public static byte[] ToUtf8(DemoSummary summary)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            Write(json, summary);
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, DemoSummary summary)
    {
        json.WriteStartObject();
        json.WriteBoolean("passed", summary.Passed);
        json.WriteNumber("days", summary.Days.Count);
        json.WriteNumber("trades", summary.Trades);
        json.WriteNumber("novated", summary.Novated);
        json.WriteNumber("novatedOptions", summary.NovatedOptions);
        json.WriteNumber("rejected", summary.Rejected);
        WriteReasons(json, summary.RejectedByReason);
        json.WriteNumber("repeats", summary.Repeats);
        json.WriteBoolean("matchedBook", summary.MatchedBook);
        json.WriteNumber("cashSum", summary.CashSum);
        json.WriteBoolean("bothSides", summary.BothSides);
        json.WriteBoolean("replayEqualsLive", summary.ReplayEqualsLive);
        WriteRecomputed(json, summary.Recomputed);
        WriteMargin(json, summary.Margin);
        WriteBacktest(json, summary.Backtest);
        WriteAccountBacktests(json, summary.AccountBacktests);
        WriteDefault(json, summary.Default);
        json.WriteNumber("seconds", Math.Round(summary.Seconds, 3));
        json.WriteStartArray("checks");
        foreach (var check in summary.Checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteBoolean("passed", check.Passed);
            json.WriteString("detail", check.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("perDay");
        foreach (var day in summary.Days)
        {
            Write(json, day);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRecomputed(Utf8JsonWriter json, RecomputedRuns? runs)
    {
        if (runs is null)
        {
            json.WriteNull("recomputedMargin");
            return;
        }

        json.WriteStartObject("recomputedMargin");
        json.WriteNumber("runs", runs.Runs);
        json.WriteNumber("assessments", runs.Assessments);
        json.WriteNumber("different", runs.Different);
        json.WriteEndObject();
    }

    private static void WriteMargin(Utf8JsonWriter json, MarginSummary? margin)
    {
        if (margin is null)
        {
            json.WriteNull("margin");
            return;
        }

        json.WriteStartObject("margin");
        json.WriteNumber("requirement", margin.Requirement);
        json.WriteNumber("highestRequirement", margin.HighestRequirement);
        json.WriteNumber("called", margin.Called);
        json.WriteNumber("callsIssued", margin.Issued);
        json.WriteNumber("callsMet", margin.Met);
        json.WriteNumber("callsWithdrawn", margin.Withdrawn);
        json.WriteNumber("callsMissed", margin.Missed);
        json.WriteEndObject();
    }

    private static void WriteBacktest(Utf8JsonWriter json, DemoBacktest? backtest)
    {
        if (backtest is null)
        {
            json.WriteNull("backtest");
            return;
        }

        json.WriteStartObject("backtest");
        json.WriteNumber("observations", backtest.Observations);
        json.WriteNumber("exceptions", backtest.Exceptions);
        json.WriteString("trafficLight", backtest.Light);
        json.WriteNumber("kupiecPValue", backtest.KupiecPValue);
        json.WriteEndObject();
    }

    private static void WriteAccountBacktests(Utf8JsonWriter json, LiveBacktestResult? backtests)
    {
        if (backtests is null)
        {
            json.WriteNull("accountBacktests");
            return;
        }

        json.WriteStartObject("accountBacktests");
        json.WriteNumber("accounts", backtests.Accounts.Count);
        json.WriteNumber("observations", backtests.Periods);
        json.WriteNumber("exceptions", backtests.Exceptions);
        json.WriteNumber("green", backtests.CountOf(TrafficLightZone.Green));
        json.WriteNumber("yellow", backtests.CountOf(TrafficLightZone.Yellow));
        json.WriteNumber("red", backtests.CountOf(TrafficLightZone.Red));
        json.WriteNumber("tooFew", backtests.TooFew);
        json.WriteNumber("unstarted", backtests.Unstarted);
        json.WriteNumber("skipped", backtests.Skipped);
        json.WriteEndObject();
    }

    private static void WriteDefault(Utf8JsonWriter json, DemoDefault? managed)
    {
        if (managed is null)
        {
            json.WriteNull("default");
            return;
        }

        json.WriteStartObject("default");
        json.WriteString("member", managed.Member);
        json.WriteString("stage", managed.Stage);
        json.WriteString("missedOn", $"{managed.MissedOn:yyyy-MM-dd}");
        json.WriteNumber("missedCalls", managed.MissedCalls);
        json.WriteNumber("portedAccounts", managed.Ported.Count);
        json.WriteNumber("lots", managed.Lots);
        json.WriteNumber("lotsSold", managed.LotsSold);
        json.WriteNumber("bids", managed.Bids);
        json.WriteNumber("loss", managed.Loss);
        json.WriteStartArray("layers");
        foreach (var layer in managed.Layers)
        {
            json.WriteStartObject();
            json.WriteString("layer", layer.Layer);
            json.WriteNumber("available", layer.Available);
            json.WriteNumber("used", layer.Used);
            json.WriteStartObject("byMember");
            foreach (var (member, amount) in layer.ByMember)
            {
                json.WriteNumber(member, amount);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("unallocated", managed.Unallocated);
        json.WriteBoolean("matchedBook", managed.MatchedBook);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, DayResult day)
    {
        json.WriteStartObject();
        json.WriteString("date", $"{day.Date:yyyy-MM-dd}");
        json.WriteNumber("settlementPrice", day.SettlementPrice);
        json.WriteNumber("trades", day.Trades);
        json.WriteNumber("novated", day.Novated);
        json.WriteNumber("novatedOptions", day.NovatedOptions);
        json.WriteNumber("rejected", day.Rejected);
        WriteReasons(json, day.RejectedByReason);
        json.WriteNumber("repeats", day.Repeats);
        json.WriteNumber("marksAccepted", day.MarksAccepted);
        json.WriteNumber("marksHeld", day.MarksHeld);
        json.WriteNumber("marksRejected", day.MarksRejected);
        json.WriteNumber("variationMarginPaid", day.Paid);
        json.WriteNumber("variationMarginReceived", day.Received);
        json.WriteNumber("variationMarginSum", day.Sum);
        json.WriteStartArray("expired");
        foreach (var option in day.Expired)
        {
            json.WriteStartObject();
            json.WriteString("option", option.Symbol);
            json.WriteNumber("finalPrice", option.FinalPrice);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (day.Margin is { } margin)
        {
            json.WriteNumber("requirement", margin.Requirement);
            json.WriteBoolean("intradayRun", margin.Intraday);
            json.WriteNumber("called", margin.Called);
            json.WriteNumber("callsIssued", margin.Issued);
            json.WriteNumber("callsMet", margin.Met);
            json.WriteNumber("callsWithdrawn", margin.Withdrawn);
            json.WriteNumber("callsMissed", margin.Missed);
            json.WriteNumber("syntheticVolatility", Math.Round(margin.SyntheticVolatility, 6));
        }

        json.WriteEndObject();
    }

    private static void WriteReasons(Utf8JsonWriter json, IReadOnlyDictionary<RejectReason, long> reasons)
    {
        json.WriteStartObject("rejectedByReason");
        foreach (var (reason, count) in reasons.OrderBy(pair => pair.Key))
        {
            json.WriteNumber(JsonNamingPolicy.CamelCase.ConvertName(reason.ToString()), count);
        }

        json.WriteEndObject();
    }
}
