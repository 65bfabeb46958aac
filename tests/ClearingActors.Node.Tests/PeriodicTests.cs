using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Tests;

public sealed class PeriodicTests
{
    [Fact]
    public async Task What_fails_is_told_once_and_done_again_until_it_succeeds()
    {
        var log = new KeptLog();
        var calls = 0;
        await using var periodic = new Periodic(
            TimeSpan.FromMilliseconds(1),
            TimeProvider.System,
            _ => Interlocked.Increment(ref calls) switch
            {
                1 => throw new InvalidOperationException("first"),
                2 => Task.FromException(new OverflowException("second")),
                4 => throw new InvalidOperationException("fourth"),
                _ => Task.CompletedTask,
            },
            "The work",
            log);

        await Patience.UntilAsync(() => Task.FromResult(Volatile.Read(ref calls) > 4), "it is done again after each failure");

        log.Errors.Select(e => e.Message).ShouldBe(["first", "fourth"]);
    }

    [Fact]
    public async Task Its_end_waits_for_what_is_under_way_and_is_no_failure()
    {
        var log = new KeptLog();
        var began = new TaskCompletionSource();
        var periodic = new Periodic(
            TimeSpan.FromMilliseconds(1),
            TimeProvider.System,
            async stop =>
            {
                began.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop);
            },
            "The work",
            log);
        await began.Task.Within();

        await periodic.DisposeAsync().AsTask().Within();

        log.Errors.ShouldBeEmpty();
    }

    private sealed class KeptLog : ILogger
    {
        internal List<Exception> Errors { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Errors)
            {
                Errors.Add(exception!);
            }
        }
    }
}
