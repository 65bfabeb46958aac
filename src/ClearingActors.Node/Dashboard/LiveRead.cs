namespace ClearingActors.Node.Dashboard;

/// <summary>What a read that people follow says now. Each follower takes the newest when it has time, so a slow one misses what lay between and holds nobody up. Thread-safe.</summary>
internal sealed class LiveRead
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LiveValue? _newest;

    /// <summary>Followers; the read is repeated while there are any, and forgotten when it has rested without. Changed under the lock of <see cref="LiveReads"/>.</summary>
    internal int Followers { get; set; }

    /// <summary>Repeats the read. Changed under the lock of <see cref="LiveReads"/>.</summary>
    internal CancellationTokenSource? Repeating { get; set; }

    internal void Set(string json, string error)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (_newest is { } last && last.Json == json && last.Error == error)
            {
                return;
            }

            _newest = new LiveValue((_newest?.Version ?? 0) + 1, json, error);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    /// <summary>The newest value once it is newer than a version.</summary>
    internal async ValueTask<LiveValue> NextAsync(long after, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_newest is { } newest && newest.Version > after)
                {
                    return newest;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }
}

/// <summary>What a read said.</summary>
/// <param name="Version">Counts from 1.</param>
/// <param name="Json">The response; empty if there is an error.</param>
/// <param name="Error">Why there is no response; empty if there is one.</param>
internal sealed record LiveValue(long Version, string Json, string Error);
