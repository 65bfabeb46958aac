using ClearingActors.Grpc;
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

    /// <summary>Five a second.</summary>
    internal static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(200);

    private const int RestFactor = 3;

    /// <summary>A read without an answer for so long is told as such: what is shown is old then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LiveRead> _reads = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Follows a read until what is returned is disposed.</summary>
    /// <param name="method">Which changes nothing.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="interval">Between two evaluations.</param>
    /// <param name="follower">Whose roles decide what may be read.</param>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: too many different reads are followed.</exception>
    internal Following Follow(LocalMethod method, IMessage request, TimeSpan interval, Principal follower)
    {
        interval = interval < Shortest ? Shortest : interval > Longest ? Longest : interval;
        var key = $"{(int)follower.Roles} {interval.TotalMilliseconds} {method.FullName} {calls.Format(request)}";
        lock (_lock)
        {
            if (!_reads.TryGetValue(key, out var read))
            {
                if (_reads.Count >= Most)
                {
                    throw new RpcException(StatusCode.ResourceExhausted, $"{Most} different reads are followed, the limit: close a page");
                }

                _reads[key] = read = new LiveRead { Repeating = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token) };
                var reader = new Principal("page", follower.Roles, [], [], []);
                var repeating = read;

                // Taken now: the source may be gone when the task begins.
                var token = read.Repeating.Token;
                _ = Task.Run(() => RepeatAsync(repeating, method, request, interval, reader, token));
            }

            read.Followers++;
            return new Following(read, () => Leave(key, read));
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

    private void Leave(string key, LiveRead read)
    {
        lock (_lock)
        {
            if (--read.Followers == 0)
            {
                _reads.Remove(key);
                read.Repeating!.Cancel();
                read.Repeating.Dispose();
            }
        }
    }

    private async Task RepeatAsync(LiveRead read, LocalMethod method, IMessage request, TimeSpan interval, Principal reader, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var began = time.GetTimestamp();
                await ReadAsync(read, method, request, reader, cancellation).ConfigureAwait(false);
                var took = time.GetElapsedTime(began);
                await Task.Delay(took * RestFactor > interval - took ? took * RestFactor : interval - took, time, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Nobody follows it any more.
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
