namespace ClearingActors.Node;

/// <summary>Lets streams end in order when the node stops: they take nothing new, answer what they have taken, and are waited for.</summary>
internal sealed class NodeDrain : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams = 1;

    /// <summary>Ends when the node begins to stop.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>Counts a stream in; dispose what it returns when the stream has ended.</summary>
    internal IDisposable Enter()
    {
        Interlocked.Increment(ref _streams);
        return new Stream(this);
    }

    /// <summary>Tells the streams and waits until they have ended.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Leave();
        await _empty.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private void Leave()
    {
        if (Interlocked.Decrement(ref _streams) == 0)
        {
            _empty.TrySetResult();
        }
    }

    private sealed class Stream(NodeDrain drain) : IDisposable
    {
        public void Dispose() => drain.Leave();
    }
}
