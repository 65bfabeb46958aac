namespace ClearingActors.Engine.Tests;

public sealed class OpenInterestReadsTests
{
    [Fact]
    public async Task Open_interest_is_read_once_a_second_and_one_that_failed_is_read_again()
    {
        var time = new SteppedTime();
        var reads = 0;
        var fails = false;
        var cache = new OpenInterestReads(
            () =>
            {
                reads++;
                return fails ? Task.FromException<OpenInterest>(new InvalidOperationException("no shard")) : Task.FromResult(new OpenInterest());
            },
            time);
        var first = await cache.ReadAsync(default);
        time.Now += TimeSpan.FromMilliseconds(999);
        (await cache.ReadAsync(default)).ShouldBe(first);
        reads.ShouldBe(1);
        time.Now += TimeSpan.FromMilliseconds(1);
        fails = true;
        await Should.ThrowAsync<InvalidOperationException>(() => cache.ReadAsync(default));
        fails = false;
        (await cache.ReadAsync(default)).At.ShouldBe(first.At + 1_000_000_000);
        reads.ShouldBe(3);
    }

    private sealed class SteppedTime : TimeProvider
    {
        internal TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;
    }
}
