using System.Threading.Channels;

namespace ClearingActors.Node;

/// <summary>Wakes the one task that waits; waking twice before it has run is waking once. Setting it never blocks or throws, also after its owner has ended.</summary>
internal sealed class WakeSignal
{
    private readonly Channel<bool> _channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private int _set;

    internal void Set()
    {
        if (Volatile.Read(ref _set) == 0 && Interlocked.Exchange(ref _set, 1) == 0)
        {
            _channel.Writer.TryWrite(true);
        }
    }

    /// <summary>Returns after a <see cref="Set"/> since the last return.</summary>
    internal async ValueTask WaitAsync(CancellationToken cancellation)
    {
        await _channel.Reader.ReadAsync(cancellation).ConfigureAwait(false);

        // Cleared before its cause is looked at, so that what comes from now on wakes anew.
        Interlocked.Exchange(ref _set, 0);
    }
}
