namespace ClearingActors.Node;

/// <summary>Does something again and again, with a period between two beginnings at the least, until it is disposed. What must not end it is caught by what is done.</summary>
internal sealed class Periodic : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    /// <summary>Begins at once.</summary>
    internal Periodic(TimeSpan period, TimeProvider time, Func<CancellationToken, Task> work) => _run = Task.Run(() => RunAsync(period, time, work, _stop.Token));

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

    private static async Task RunAsync(TimeSpan period, TimeProvider time, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        try
        {
            do
            {
                await work(stop).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end that was asked for.
        }
    }
}
