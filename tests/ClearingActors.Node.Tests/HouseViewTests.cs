using ClearingActors.Engine.Reports;
using ClearingActors.Node.Watch;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Tests;

public sealed class HouseViewTests
{
    [Fact]
    public async Task A_reading_that_fails_after_all_have_gone_on_is_told_with_the_older_figures_and_logged()
    {
        await using var node = await RunningNode.StartAsync();
        var summary = await node.Node.Engine.SummariseAsync(TestContext.Current.CancellationToken);
        var time = new SetTime();
        var errors = new Errors();
        var late = new TaskCompletionSource<HouseSummary>();
        Queue<Task<HouseSummary>> readings = new([Task.FromResult(summary), late.Task, Task.FromResult(summary)]);
        var view = new HouseView(_ => readings.Dequeue(), time, errors);
        var first = await view.ReadAsync(TestContext.Current.CancellationToken).Within();
        first.Failure.ShouldBeEmpty();

        // The second takes longer than who asks waits for it.
        time.Advance();
        (await view.ReadAsync(TestContext.Current.CancellationToken).Within()).ShouldBe(first);
        late.SetException(new InvalidOperationException("nobody thought of it"));
        HouseReading? failed = null;
        await Patience.UntilAsync(async () => (failed = await view.ReadAsync(TestContext.Current.CancellationToken)).Failure.Length > 0, "the failure is told");

        failed!.Failure.ShouldBe("the house could not be read: nobody thought of it; see the node's log");
        (failed.Version, failed.At).ShouldBe((first.Version, first.At));
        readings.Count.ShouldBe(1);
        errors.Logged.ShouldHaveSingleItem().ShouldBeOfType<InvalidOperationException>();

        // The next one that succeeds makes up for it.
        time.Advance();
        await Patience.UntilAsync(async () => (await view.ReadAsync(TestContext.Current.CancellationToken)).Failure.Length == 0, "the house is read again");
    }

    [Fact]
    public async Task The_first_reading_that_fails_is_thrown_to_who_waits_for_it()
    {
        var errors = new Errors();
        var view = new HouseView(_ => Task.FromException<HouseSummary>(new InvalidOperationException("nobody thought of it")), new SetTime(), errors);

        await Should.ThrowAsync<InvalidOperationException>(() => view.ReadAsync(TestContext.Current.CancellationToken).Within());

        errors.Logged.Count.ShouldBe(1);
    }

    /// <summary>Readings age when the test says so.</summary>
    private sealed class SetTime : TimeProvider
    {
        private long _now;

        internal void Advance() => Interlocked.Add(ref _now, 2 * TimestampFrequency);

        public override long GetTimestamp() => Interlocked.Read(ref _now);
    }

    private sealed class Errors : ILogger
    {
        private readonly List<Exception?> _logged = [];

        internal IReadOnlyList<Exception?> Logged
        {
            get
            {
                lock (_logged)
                {
                    return [.. _logged];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_logged)
            {
                _logged.Add(exception);
            }
        }
    }
}
