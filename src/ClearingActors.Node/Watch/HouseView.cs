using ClearingActors.Actors;
using ClearingActors.Engine;
using ClearingActors.Engine.Reports;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Watch;

/// <summary>
/// The whole house as all who watch it read it: taken from the shards at most once a second, and only while somebody asks; everybody gets the last that is complete. Thread-safe.
/// </summary>
/// <param name="summarise">Reads the house.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of what nobody thought of.</param>
internal sealed class HouseView(Func<CancellationToken, Task<HouseSummary>> summarise, TimeProvider time, ILogger logger)
{
    /// <summary>What is younger is not read again.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How long who asks waits for a newer one where there is an older one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>After it a reading is given up; the shards' next answers are then nobody's.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private HouseReading? _last;
    private Task<HouseReading>? _reading;

    /// <summary>The newest complete reading; an older one with <see cref="HouseReading.Failure"/>, or of more than a second ago, where the shards do not answer.</summary>
    /// <exception cref="CommandFailedException">There is none yet and a shard is being taken again just now.</exception>
    /// <exception cref="TimeoutException">There is none yet and the shards do not answer.</exception>
    internal async ValueTask<HouseReading> ReadAsync(CancellationToken cancellation)
    {
        Task<HouseReading> reading;
        HouseReading? last;
        lock (_gate)
        {
            last = _last;
            if (last is not null && time.GetElapsedTime(last.Stamp) < Fresh)
            {
                return last;
            }

            if (_reading is null || _reading.IsCompleted)
            {
                _reading = Task.Run(() => ReadAsync(last), CancellationToken.None);
            }

            reading = _reading;
        }

        if (last is null)
        {
            return await reading.WaitAsync(cancellation).ConfigureAwait(false);
        }

        await Task.WhenAny(reading, Task.Delay(Patience, time, cancellation)).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();

        return reading.IsCompleted ? await reading.ConfigureAwait(false) : last;
    }

    private async Task<HouseReading> ReadAsync(HouseReading? last)
    {
        var (at, stamp) = (time.GetUtcNow(), time.GetTimestamp());
        using var limit = new CancellationTokenSource(Limit, time);
        HouseReading read;
        try
        {
            var summary = await summarise(limit.Token).ConfigureAwait(false);
            read = last is not null && summary.TellsTheSameAs(last.Summary)
                ? last with { Summary = summary, At = at, Stamp = stamp, Failure = "" }
                : new HouseReading(summary, HouseTotals.Of(summary), VersionAfter(last, at), at, stamp, "");
        }
        catch (OperationCanceledException) when (last is null)
        {
            throw new TimeoutException($"the shards have not answered within {Limit.TotalSeconds} s; see the status of the node");
        }
        catch (OperationCanceledException)
        {
            read = last! with { Stamp = time.GetTimestamp(), Failure = $"the shards have not answered within {Limit.TotalSeconds} s" };
        }
        catch (CommandFailedException e) when (last is not null)
        {
            read = last with { Stamp = time.GetTimestamp(), Failure = e.Message };
        }
#pragma warning disable CA1031 // Whoever asked may have gone on with older figures: what nobody thought of is told beside them, and logged, until a reading succeeds.
        catch (Exception e) when (e is not (OperationCanceledException or CommandFailedException))
#pragma warning restore CA1031
        {
            logger.LogError(e, "The house could not be read");
            if (last is null)
            {
                throw;
            }

            read = last with { Stamp = time.GetTimestamp(), Failure = $"the house could not be read: {e.Message}; see the node's log" };
        }

        lock (_gate)
        {
            _last = read;
        }

        return read;
    }

    /// <summary>Beyond those of the process before, so that nobody takes what it told for what this one tells.</summary>
    private static long VersionAfter(HouseReading? last, DateTimeOffset at) => Math.Max((last?.Version ?? 0) + 1, (at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMillisecond);
}

/// <summary>The house as of one reading. Immutable.</summary>
/// <param name="Summary">Its accounts, members and open calls.</param>
/// <param name="Totals">Their sums.</param>
/// <param name="Version">Grows when anything but the calendar has changed; above 0.</param>
/// <param name="At">When the reading began.</param>
/// <param name="Stamp">The same by the monotonic clock, or when the last attempt ended.</param>
/// <param name="Failure">Why there is no newer one; empty if this is the newest.</param>
internal sealed record HouseReading(HouseSummary Summary, HouseTotals Totals, long Version, DateTimeOffset At, long Stamp, string Failure);
