using ClearingActors.Grpc;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Dashboard;

/// <summary>
/// Repeats the reads that pages follow, each once for all its followers, and rests at least three times as long as it took: pages get slower under load, clearing does not. Thread-safe.
/// </summary>
internal sealed class LiveReads(DashboardCalls calls, TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>Different reads at once.</summary>
    internal const int Most = 256;

    /// <summary>Reads that one person may follow, in all pages together: ten or so of each page, on as many screens as a control room has.</summary>
    internal const int MostOfOne = 128;

    /// <summary>Between two evaluations, five a second to one a minute. What is asked for is rounded up, or each odd interval would be a read of its own.</summary>
    private static readonly TimeSpan[] Intervals = [.. ((int[])[200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]).Select(static ms => TimeSpan.FromMilliseconds(ms))];

    private const int RestFactor = 3;

    /// <summary>A read without an answer for so long is told as such: what is shown is old then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LiveRead> _reads = new(StringComparer.Ordinal);
    private readonly AuditStreams _people = new(MostOfOne, "followed reads");
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Follows a read until what is returned is disposed.</summary>
    /// <param name="method">Which changes nothing.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="interval">Between two evaluations, rounded up to one of a few.</param>
    /// <param name="follower">Whose roles decide what may be read.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many reads are followed, by this person or by all.</exception>
    internal Following Follow(LocalMethod method, IMessage request, TimeSpan interval, Principal follower)
    {
        var place = _people.Enter(follower);
        try
        {
            var read = Find(method, request, interval, follower);
            return new Following(read, () => Leave(read, place));
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (!_ended.IsCancellationRequested)
        {
            _ended.Cancel();
            _ended.Dispose();
        }
    }

    /// <summary>The read that is repeated for all who ask for the same, with one follower more.</summary>
    private LiveRead Find(LocalMethod method, IMessage request, TimeSpan interval, Principal follower)
    {
        interval = Array.Find(Intervals, i => i >= interval) is var step && step > TimeSpan.Zero ? step : Intervals[^1];
        var key = $"{(int)follower.Roles} {interval.TotalMilliseconds} {method.FullName} {calls.Format(request)}";
        lock (_lock)
        {
            if (!_reads.TryGetValue(key, out var read))
            {
                if (_reads.Count >= Most && !GiveUpOne())
                {
                    throw new RpcException(StatusCode.ResourceExhausted, $"{Most} different reads are followed, the limit: close a page");
                }

                _reads[key] = read = new LiveRead { Repeating = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token) };
                var reader = new Principal("page", follower.Roles, [], [], []);
                var repeating = read;

                // Taken now: the source may be gone when the task begins.
                var token = read.Repeating.Token;
                _ = Task.Run(() => RepeatAsync(key, repeating, method, request, interval, reader, token));
            }

            read.Followers++;
            return read;
        }
    }

    private void Leave(LiveRead read, IDisposable place)
    {
        lock (_lock)
        {
            read.Followers--;
        }

        place.Dispose();
    }

    /// <summary>Makes room by a read that only rests.</summary>
    /// <returns>False if all are followed.</returns>
    private bool GiveUpOne()
    {
        foreach (var (key, read) in _reads)
        {
            if (read.Followers == 0)
            {
                _reads.Remove(key);
                read.Repeating!.Cancel();
                read.Repeating.Dispose();
                return true;
            }
        }

        return false;
    }

    /// <summary>False, and forgotten, if nobody follows it any more.</summary>
    private bool IsFollowed(string key, LiveRead read)
    {
        lock (_lock)
        {
            if (read.Followers > 0)
            {
                return true;
            }

            // Where it was given up meanwhile, another may have its key.
            if (_reads.TryGetValue(key, out var known) && known == read)
            {
                _reads.Remove(key);
                read.Repeating!.Dispose();
            }

            return false;
        }
    }

    private async Task RepeatAsync(string key, LiveRead read, LocalMethod method, IMessage request, TimeSpan interval, Principal reader, CancellationToken cancellation)
    {
        try
        {
            do
            {
                var began = time.GetTimestamp();
                await ReadAsync(read, method, request, reader, cancellation).ConfigureAwait(false);
                var took = time.GetElapsedTime(began);

                // It rests also where all have left: who leaves and comes back does not have it read more often than who stays.
                await Task.Delay(took * RestFactor > interval - took ? took * RestFactor : interval - took, time, cancellation).ConfigureAwait(false);
            }
            while (IsFollowed(key, read));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The node stops, or nobody follows it and its place was needed.
        }
    }

    private async Task ReadAsync(LiveRead read, LocalMethod method, IMessage request, Principal reader, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            // Nobody's request stands behind it: it is made for all who follow.
            var response = await DashboardCalls.InvokeAsync(method, request, new DefaultHttpContext(), reader, limit.Token).AsTask().WaitAsync(Patience, time, cancellation).ConfigureAwait(false);
            read.Set(calls.Format(response), "");
        }
        catch (RpcException e)
        {
            read.Set("", e.Status.Detail);
        }
        catch (TimeoutException)
        {
            // A full disk, or a shard that is being loaded: what waits for it is given up and asked again.
            await limit.CancelAsync().ConfigureAwait(false);
            read.Set("", $"no answer for {Patience.TotalSeconds} s: the figures are old");
        }
#pragma warning disable CA1031 // A read that fails in a way nobody thought of must be seen on the page and in the log, and be tried again.
        catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
#pragma warning restore CA1031
        {
            logger.LogError(e, "The live read {Method} failed", method.FullName);
            read.Set("", "The node could not read this: see its log");
            await Task.Delay(Patience, time, cancellation).ConfigureAwait(false);
        }
    }
}

/// <summary>Somebody's part in a read; dispose it to leave.</summary>
internal sealed class Following(LiveRead read, Action leave) : IDisposable
{
    private Action? _leave = leave;

    internal ValueTask<LiveValue> NextAsync(long after, CancellationToken cancellation) => read.NextAsync(after, cancellation);

    public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
