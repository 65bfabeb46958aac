using ClearingActors.Grpc;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;

namespace ClearingActors.Node.Services;

/// <summary>
/// Lets so many do at once what takes a shard, a core or the disk for a while. Some more wait, of one principal only a few, and who comes beyond is told to come again. Thread-safe.
/// </summary>
/// <param name="atOnce">From 1.</param>
/// <param name="waiting">Beside those.</param>
/// <param name="ofOne">Of one principal, waiting or not.</param>
/// <param name="what">What they are, for the message.</param>
#pragma warning disable CA1001 // Work may end after everything else has: the semaphore holds nothing to free as long as nobody asks for its wait handle.
internal sealed class Admission(int atOnce, int waiting, int ofOne, string what)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _places = new(atOnce);
    private readonly AuditStreams _principals = new(ofOne, what);
    private int _admitted;

    /// <summary>Does the work when its turn has come.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="work">Holds its place until it has ended, also when nobody waits for it any more.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many wait.</exception>
    internal async Task<T> RunAsync<T>(Principal principal, Func<Task<T>> work, CancellationToken cancellation)
    {
        using var one = _principals.Enter(principal);
        if (Interlocked.Increment(ref _admitted) > atOnce + waiting)
        {
            Interlocked.Decrement(ref _admitted);
            throw new RpcException(StatusCode.ResourceExhausted, $"{atOnce} {what} are under way and {waiting} wait, the limit; try again in a moment");
        }

        var started = false;
        try
        {
            await _places.WaitAsync(cancellation).ConfigureAwait(false);
            started = true;
            return await HoldAsync(work).WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (!started)
            {
                Interlocked.Decrement(ref _admitted);
            }
        }
    }

    private async Task<T> HoldAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
            Interlocked.Decrement(ref _admitted);
        }
    }
}
