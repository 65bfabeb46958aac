using System.Text;
using System.Text.Json;
using ClearingActors.Actors;

namespace ClearingActors.Cli.Bench;

/// <summary>What a run of the benchmark's client came to.</summary>
/// <param name="Trades">Trades with an outcome.</param>
/// <param name="Novated">Those novated.</param>
/// <param name="Rejected">Those rejected; a benchmark has none.</param>
/// <param name="SentAgain">Answers without outcome or for lack of room, each sent again.</param>
/// <param name="Seconds">From the first report to the last answer.</param>
/// <param name="Latencies">From the instant a trade was to be sent to its outcome; without those of the warm-up.</param>
/// <param name="MedianSecondP99Ns">The 99th percentile within the median second of a run with a rate: what it is while nothing stops.</param>
public sealed record BenchResult(long Trades, long Novated, long Rejected, long SentAgain, double Seconds, LatencyHistogram Latencies, long MedianSecondP99Ns)
{
    /// <summary>One line of JSON.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("trades", Trades);
            json.WriteNumber("novated", Novated);
            json.WriteNumber("rejected", Rejected);
            json.WriteNumber("sentAgain", SentAgain);
            json.WriteNumber("seconds", Math.Round(Seconds, 6));
            json.WriteNumber("tradesPerSecond", Math.Round(Trades / Math.Max(Seconds, 1e-9)));
            json.WriteNumber("p50Ms", Ms(Latencies.PercentileNs(0.5)));
            json.WriteNumber("p99Ms", Ms(Latencies.PercentileNs(0.99)));
            json.WriteNumber("p999Ms", Ms(Latencies.PercentileNs(0.999)));
            json.WriteNumber("p99MedianSecondMs", Ms(MedianSecondP99Ns));
            json.WriteNumber("maxMs", Ms(Latencies.MaxNs));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static double Ms(long ns) => Math.Round(ns / 1e6, 3);
}
