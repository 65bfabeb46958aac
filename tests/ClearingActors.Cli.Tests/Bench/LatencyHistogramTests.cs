using ClearingActors.Actors;
using ClearingActors.Cli.Bench;

namespace ClearingActors.Cli.Tests.Bench;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_within_a_bucket_of_the_exact_ones()
    {
        var random = new Random(11);
        var values = Enumerable.Range(0, 100_000).Select(_ => (long)Math.Exp(random.NextDouble() * 25)).ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        foreach (var share in new[] { 0.001, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            histogram.PercentileNs(share).ShouldBeInRange(exact, exact + (exact / 127) + 1, $"share {share}");
        }

        histogram.MaxNs.ShouldBe(values[^1]);
        histogram.Count.ShouldBe(values.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(long.MaxValue)]
    public void One_value_is_every_percentile(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);

        histogram.PercentileNs(0.001).ShouldBe(value);
        histogram.PercentileNs(1).ShouldBe(value);
    }

    [Fact]
    public void A_negative_duration_counts_as_none()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);

        histogram.PercentileNs(1).ShouldBe(0);
        histogram.Count.ShouldBe(1);
    }

    [Fact]
    public void Shares_outside_their_range_are_refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new LatencyHistogram().PercentileNs(0));
        Should.Throw<ArgumentOutOfRangeException>(() => new LatencyHistogram().PercentileNs(1.01));
        new LatencyHistogram().PercentileNs(0.5).ShouldBe(0);
    }
}
