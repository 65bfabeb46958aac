namespace ClearingActors.Actors;

/// <summary>Wakes one sleeping thread; setting it costs a read when the thread is awake or already woken.</summary>
internal sealed class Signal
{
    private readonly object _gate = new();
    private int _set;

    internal void Set()
    {
        if (Volatile.Read(ref _set) == 0 && Interlocked.Exchange(ref _set, 1) == 0)
        {
            lock (_gate)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Sleeps until set, at most <paramref name="milliseconds"/>.</summary>
    internal void Wait(int milliseconds)
    {
        lock (_gate)
        {
            if (Volatile.Read(ref _set) == 0)
            {
                Monitor.Wait(_gate, milliseconds);
            }
        }

        Volatile.Write(ref _set, 0);
    }
}
