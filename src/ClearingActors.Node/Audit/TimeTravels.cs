using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;

namespace ClearingActors.Node.Audit;

/// <summary>Where to go in a journal: in the order of the parameters, the first that is given.</summary>
internal readonly record struct TravelMoment(long? Turn, long? RecordedTime, long? Cycle);

/// <summary>
/// Replays of the node's own journal for those who look back: one of each principal, few in all, forgotten when nobody asks for a while. What they read is of the auditors' budget.
/// Thread-safe.
/// </summary>
internal sealed class TimeTravels : IAsyncDisposable
{
    /// <summary>Each holds a house of its own in memory.</summary>
    internal const int Most = 2;

    /// <summary>The timeline is read anew at most so often.</summary>
    private static readonly TimeSpan TimelineAge = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    private readonly ICheckpointStore _journal;
    private readonly ReadBudget _budget;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _timelines = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ITimer _timer;
    private (long At, GetTimelineResponse Timeline)? _timeline;
    private bool _disposed;

    internal TimeTravels(ICheckpointStore journal, ReadBudget budget, TimeProvider time)
    {
        _journal = journal;
        _budget = budget;
        _time = time;
        _timer = time.CreateTimer(_ => ForgetIdle(), null, Look, Look);
    }

    /// <summary>After so long without a call a replay is forgotten.</summary>
    internal static TimeSpan Idle { get; } = TimeSpan.FromMinutes(5);

    /// <summary>What there is to go over; some seconds old at most.</summary>
    internal async Task<GetTimelineResponse> TimelineAsync(CancellationToken cancellation)
    {
        await _timelines.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_timeline is { } known && _time.GetElapsedTime(known.At) < TimelineAge)
            {
                return known.Timeline;
            }

            var timeline = await LowPriority.RunAsync("audit-timeline", () => HouseTimeline.Read(new CountedJournal(_journal, bytes => Pay(bytes, cancellation)))).ConfigureAwait(false);
            _timeline = (_time.GetTimestamp(), timeline);
            return timeline;
        }
        finally
        {
            _timelines.Release();
        }
    }

    /// <summary>Goes to a moment. A call of the same principal for another one ends it.</summary>
    /// <exception cref="RpcException">ABORTED: the same principal asked for another moment. RESOURCE_EXHAUSTED: others have all the replays there may be.</exception>
    internal async Task<HouseAt> GoAsync(string by, TravelMoment moment, CancellationToken cancellation)
    {
        var session = Open(by);
        using var move = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _ending.Token);
        session.Supersede(move);
        try
        {
            await session.One.WaitAsync(move.Token).ConfigureAwait(false);
            try
            {
                move.Token.ThrowIfCancellationRequested();
                return await LowPriority.RunAsync("audit-travel", () => session.Go(moment, bytes => Pay(bytes, move.Token), move.Token)).ConfigureAwait(false);
            }
            finally
            {
                session.One.Release();
            }
        }
        catch (OperationCanceledException e) when (move.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw _ending.IsCancellationRequested
                ? new RpcException(StatusCode.Unavailable, "the node is stopping; ask its successor", e)
                : new RpcException(StatusCode.Aborted, $"{by} has asked for another moment, or ended its replay", e);
        }
        finally
        {
            session.Done(move);
            session.UsedAt = _time.GetTimestamp();
        }
    }

    /// <summary>What the principal's replay has kept that is nearest to a moment; null if there is none.</summary>
    internal HouseAt? Kept(string by, TravelMoment moment)
    {
        if (Find(by)?.Travel is not { } travel)
        {
            return null;
        }

        return moment.Turn is { } turn ? travel.Nearest(turn) : travel.NearestTime(moment.RecordedTime!.Value);
    }

    /// <summary>How far the principal's replay is.</summary>
    internal GetTravelResponse View(string by)
    {
        if (Find(by) is not { } session)
        {
            return new GetTravelResponse();
        }

        var response = new GetTravelResponse { Open = true, Moving = session.Moving };
        if (session.Travel is { } travel)
        {
            (response.Turn, response.Goal) = travel.Place;
            response.Kept.Add(travel.Kept);
            response.Marks.Add(travel.Marks);
        }

        return response;
    }

    /// <summary>Forgets the principal's replay.</summary>
    internal async Task EndAsync(string by)
    {
        Session? session;
        lock (_gate)
        {
            _sessions.Remove(by, out session);
        }

        await (session?.EndAsync() ?? Task.CompletedTask).ConfigureAwait(false);
    }

    /// <summary>Ends what is under way. Again, it changes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Session> sessions;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            sessions = [.. _sessions.Values];
            _sessions.Clear();
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await _ending.CancelAsync().ConfigureAwait(false);
        foreach (var session in sessions)
        {
            await session.EndAsync().ConfigureAwait(false);
        }

        // A timeline that is being read ends by its wait for the budget, or within some thousand reads.
        await _timelines.WaitAsync().ConfigureAwait(false);
        _timelines.Dispose();
    }

    private Session? Find(string by)
    {
        lock (_gate)
        {
            return _sessions.GetValueOrDefault(by);
        }
    }

    private Session Open(string by)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                throw new RpcException(StatusCode.Unavailable, "the node is stopping; ask its successor");
            }

            if (!_sessions.TryGetValue(by, out var session))
            {
                if (_sessions.Count >= Most)
                {
                    throw new RpcException(
                        StatusCode.ResourceExhausted,
                        $"{string.Join(" and ", _sessions.Keys)} look back already, and {Most} may at once; wait until one ends, or use a copy with clearing audit replay");
                }

                _sessions[by] = session = new Session(_journal);
            }

            session.UsedAt = _time.GetTimestamp();
            return session;
        }
    }

    private void ForgetIdle()
    {
        List<Session> idle;
        lock (_gate)
        {
            var names = _sessions.Where(s => !s.Value.Moving && _time.GetElapsedTime(s.Value.UsedAt) >= Idle).Select(s => s.Key).ToList();
            idle = [.. names.Select(name => _sessions[name])];
            names.ForEach(name => _sessions.Remove(name));
        }

        foreach (var session in idle)
        {
            _ = session.EndAsync();
        }
    }

    private void Pay(long bytes, CancellationToken cancellation)
    {
        if (bytes > 0)
        {
            _budget.TakeAsync(bytes, cancellation).GetAwaiter().GetResult();
        }
    }

    /// <summary>The replay of one principal.</summary>
    private sealed class Session(ICheckpointStore journal) : IDisposable
    {
        private readonly CountedJournal _journal = new(journal, null);
        private readonly Lock _moves = new();
        private CancellationTokenSource? _move;
        private bool _ended;
        private long _paid;
        private HouseTravel? _travel;

        /// <summary>Held by who moves it.</summary>
        internal SemaphoreSlim One { get; } = new(1);

        internal HouseTravel? Travel => Volatile.Read(ref _travel);

        internal long UsedAt { get; set; }

        internal bool Moving
        {
            get
            {
                lock (_moves)
                {
                    return _move is not null;
                }
            }
        }

        /// <summary>Ends the move that is under way, for another.</summary>
        internal void Supersede(CancellationTokenSource move)
        {
            lock (_moves)
            {
                _move?.Cancel();
                _move = move;
                if (_ended)
                {
                    move.Cancel();
                }
            }
        }

        internal void Done(CancellationTokenSource move)
        {
            lock (_moves)
            {
                _move = _move == move ? null : _move;
            }
        }

        internal HouseAt Go(TravelMoment moment, Action<long> pay, CancellationToken cancellation)
        {
            var travel = Travel;
            if (travel is null)
            {
                Volatile.Write(ref _travel, travel = new HouseTravel(_journal));
            }

            return moment switch
            {
                { Turn: { } turn } => travel.ToTurn(turn, Between),
                { RecordedTime: { } time } => travel.ToTime(time, Between),
                { Cycle: { } cycle } => travel.ToCycle(cycle, Between),
                _ => travel.ToNewest(Between),
            };

            void Between()
            {
                cancellation.ThrowIfCancellationRequested();
                (var owed, _paid) = (_journal.Bytes - _paid, _journal.Bytes);
                pay(owed);
            }
        }

        /// <summary>Ends the move that is under way, waits for it, and lets go of the house.</summary>
        internal async Task EndAsync()
        {
            lock (_moves)
            {
                _ended = true;
                _move?.Cancel();
            }

            await One.WaitAsync().ConfigureAwait(false);
            try
            {
                Dispose();
            }
            finally
            {
                One.Release();
            }
        }

        public void Dispose()
        {
            Travel?.Dispose();
            Volatile.Write(ref _travel, null);
            _journal.Dispose();
        }
    }
}
