using Microsoft.Extensions.Logging;

namespace ClearingActors.Node;

/// <summary>Does something again and again, with a period between two beginnings at the least, until it is disposed. What fails is logged and done again.</summary>
internal sealed class Periodic : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    /// <summary>Begins at once.</summary>
    /// <param name="period">Between two beginnings at the least.</param>
    /// <param name="time">The clock.</param>
    /// <param name="work">What is done.</param>
    /// <param name="name">What the log calls it.</param>
    /// <param name="logger">Where a failure is told: once, until it has succeeded again.</param>
    internal Periodic(TimeSpan period, TimeProvider time, Func<CancellationToken, Task> work, string name, ILogger logger) =>
        _run = Task.Run(() => RunAsync(period, time, work, name, logger, _stop.Token));

    /// <summary>Waits until what is under way has ended. Again, it changes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            // A stop in order ends it before the journal closes, and the node's end comes here again.
            await _run.ConfigureAwait(false);
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
        _stop.Dispose();
    }

    private static async Task RunAsync(TimeSpan period, TimeProvider time, Func<CancellationToken, Task> work, string name, ILogger logger, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        var complained = false;
        try
        {
            do
            {
                try
                {
                    await work(stop).ConfigureAwait(false);
                    complained = false;
                }
#pragma warning disable CA1031 // Whatever it was: what watches the house must not end in silence.
                catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (!complained)
                    {
                        complained = true;
                        logger.LogError(e, "{Work} failed; it is tried again every {Seconds} s", name, period.TotalSeconds);
                    }
                }
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }
}
