using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors;

/// <summary>The actor system of one node: workers on their threads, one writer, one store, every shard.</summary>
public sealed class ActorRuntime : IDisposable
{
    private readonly IJournalStore _store;
    private readonly IShardProgram _program;
    private readonly RuntimeOptions _options;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _rest = new(1);
    private readonly IRuntimeObserver _observer;
    private readonly JournalWriter _writer;
    private readonly Worker[] _workers;
    private static readonly object DurableNow = new();

    private readonly List<Thread> _threads = [];
    private readonly string _owner;
    private readonly TaskCompletionSource<Exception> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;
    private volatile bool _refusing;
    private volatile bool _writerStopping;

    /// <summary>Prepares the runtime; <see cref="Start"/> takes the shards.</summary>
    /// <param name="store">An open journal; it stays the caller's to dispose, after the runtime.</param>
    /// <param name="program">The actors.</param>
    /// <param name="book">The addresses, with the journal's shard count.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clocks: UTC for recorded time, monotonic for pauses.</param>
    /// <param name="observer">Is told what operators must know.</param>
    /// <param name="owner">The node's name in the journal's heads.</param>
    public ActorRuntime(IJournalStore store, IShardProgram program, AddressBook book, RuntimeOptions options, TimeProvider time, IRuntimeObserver observer, string owner)
    {
        _store = store;
        _program = program;
        Book = book;
        _options = options;
        _time = time;
        _observer = observer;
        _owner = owner;
        _writer = new JournalWriter(store, options, observer);
        var fabric = new LocalFabric(shard => WorkerOf(shard), () => _workers!, ShardLost);
        _workers = [.. Enumerable.Range(0, options.Workers).Select(i => new Worker(i, options, time, observer, _writer, fabric))];
    }

    /// <summary>The addresses of this runtime's actors.</summary>
    public AddressBook Book { get; }

    /// <summary>Completes with the error when the runtime can no longer be trusted and the process must end.</summary>
    public Task<Exception> Fatal => _fatal.Task;

    /// <summary>True while the journal's disk is full: commands are refused, nothing is lost.</summary>
    public bool DiskFull => _writer.DiskFull;

    /// <summary>Appends, rows, bytes and events since the start.</summary>
    public (long Appends, long Rows, long Bytes, long Events) Written => (_writer.Appends, _writer.Rows, _writer.Bytes, _writer.Events);

    /// <summary>How long appends to the journal took since this was last asked.</summary>
    public LatencyHistogram TakeCommitLatency() => _writer.TakeCommitLatency();

    /// <summary>As <see cref="TakeCommitLatency"/>, for a monitor that asks at times of its own.</summary>
    public LatencyHistogram TakeCommitSample() => _writer.TakeCommitSample();

    /// <summary>Takes over and loads every shard, then starts the threads.</summary>
    /// <param name="progress">Called with the number of shards loaded, on any thread.</param>
    public void Start(Action<int>? progress = null)
    {
        var heads = new ShardHead[Book.ShardCount];
        for (var shard = 0; shard < heads.Length; shard++)
        {
            heads[shard] = _store.TakeOver(shard, _owner);
        }

        var loaded = new Shard[heads.Length];
        var poison = Enumerable.Range(0, heads.Length).Select(shard => WorkerOf(shard).Poison(shard, heads[shard].Epoch)).ToArray();
        var known = ReceiverWatermarks.Read(_store, heads);
        var done = 0;
        try
        {
            // On all cores: nothing else runs yet.
            Parallel.For(0, heads.Length, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, shard =>
            {
                loaded[shard] = ShardLoader.Load(_store, heads[shard], _program, Book, _options, _observer, poison[shard], _options.UseSnapshots, known[shard]);
                progress?.Invoke(Interlocked.Increment(ref done));
            });
        }
        catch (AggregateException errors)
        {
            // Shards load side by side, so there may be several; the first is as good as any.
            var error = errors.InnerExceptions[0];
            throw error as JournalException ?? new JournalException($"The journal cannot be replayed: {error.Message}. Restore it from a backup.", error);
        }

        foreach (var shard in loaded)
        {
            WorkerOf(shard.Number).Adopt(shard);
        }

        var writerSignal = new Signal();
        _writer.Wake = writerSignal.Set;
        StartThread("journal-writer", () => RunWriter(writerSignal));
        foreach (var worker in _workers)
        {
            var signal = new Signal();
            worker.Wake = signal.Set;
            StartThread($"worker-{worker.Number}", () => RunWorker(worker, signal));
        }
    }

    /// <summary>Has every worker look for what to do between turns: something that shards share has changed.</summary>
    public void Wake()
    {
        foreach (var worker in _workers)
        {
            worker.Wake();
        }
    }

    /// <summary>Hands a command to its shard. It is answered through its <see cref="Message.ReplyTo"/>, possibly at once.</summary>
    public void Post(Command command)
    {
        if (Refusal(command) is { } failure)
        {
            command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, failure);
            return;
        }

        WorkerOf(command.To.Shard).Post(command);
    }

    /// <summary>Hands commands to their shards.</summary>
    public void Post(ReadOnlySpan<Command> commands)
    {
        foreach (var command in commands)
        {
            Post(command);
        }
    }

    /// <summary>Asks and waits for the answer.</summary>
    /// <exception cref="CommandFailedException">The command got no decision.</exception>
    public async Task<T> AskAsync<T>(Command command, CancellationToken cancellation = default)
        where T : class
    {
        var sink = new AskSink();
        command.ReplyTo = new ReplyTo(sink, 0);
        Post(command);
        var answer = await sink.Task.WaitAsync(cancellation).ConfigureAwait(false);
        return answer switch
        {
            CommandFailure failure => throw new CommandFailedException(failure),
            T expected => expected,
            _ => throw new InvalidOperationException($"{command.GetType().Name} was answered by {answer.GetType().Name}"),
        };
    }

    /// <summary>Runs something on the writer's thread, where the store may be written, between two appends. Keep it short: appends wait meanwhile.</summary>
    /// <remarks>What it throws comes back in the task, and the writer goes on: no append hangs on it.</remarks>
    public Task<T> OnWriterAsync<T>(Func<IJournalStore, T> job, CancellationToken cancellation = default)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _writer.Submit(store =>
        {
            try
            {
                done.TrySetResult(job(store));
            }
#pragma warning disable CA1031 // It is not lost: who asked gets it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                done.TrySetException(error);
            }
        });

        // Who waits may go; what was handed to the writer is done all the same, unless the runtime ends first.
        return done.Task.WaitAsync(cancellation);
    }

    /// <summary>Runs a function of a shard's actors on the shard's own thread, for monitors.</summary>
    public Task<T> InspectAsync<T>(int shard, Func<IEnumerable<Actor>, ShardScope, T> read) => OnShardAsync(shard, found => read(found.Actors, found.Scope));

    /// <summary>Runs a function of what a shard's actors share on the shard's own thread, for reports. Keep it short: the worker's shards wait meanwhile.</summary>
    /// <exception cref="CommandFailedException">The shard is not owned just now.</exception>
    public Task<ShardReading<T>> ReadAsync<T>(int shard, Func<ShardScope, T> read) => OnShardAsync(shard, found =>
    {
        var value = read(found.Scope);
        var durable = new AskSink();
        found.AnswerBehind(new ReplyTo(durable, 0), DurableNow);
        return new ShardReading<T>(value, durable.DurableAsync());
    });

    /// <summary>The shards of each worker, for who reads one after the other of each.</summary>
    public IReadOnlyList<IReadOnlyList<int>> ShardsByWorker() =>
        [.. Enumerable.Range(0, Book.ShardCount).GroupBy(s => s % _workers.Length).Select(g => (IReadOnlyList<int>)[.. g])];

    /// <summary>Per shard: epoch, handed-over and durable position, queue lengths, quarantined actors.</summary>
    public async Task<IReadOnlyList<ShardStatus>> StatusAsync()
    {
        var all = new List<ShardStatus>();
        foreach (var worker in _workers)
        {
            var done = new TaskCompletionSource<List<ShardStatus>>(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Post(() => done.SetResult([.. worker.Shards.Select(s => new ShardStatus(s.Number, worker.Number, s.Epoch, s.Position, s.DurablePosition, s.QueuedCommands, s.QueuedPackets, s.OutboxCount, s.QuarantinedActors, s.SnapshotPosition, s.SnapshotTime))]));
            all.AddRange(await done.Task.ConfigureAwait(false));
        }

        return [.. all.OrderBy(s => s.Shard)];
    }

    /// <summary>Actors that are set aside, why, and how many messages wait with each; by shard.</summary>
    public async Task<IReadOnlyList<(ActorAddress Actor, string Reason, int Messages)>> QuarantinesAsync()
    {
        List<(ActorAddress Actor, string Reason, int Messages)> all = [];
        foreach (var worker in _workers)
        {
            var done = new TaskCompletionSource<List<(ActorAddress, string, int)>>(TaskCreationOptions.RunContinuationsAsynchronously);
            worker.Post(() => done.SetResult([.. worker.Shards.SelectMany(s => s.Quarantines)]));
            all.AddRange(await done.Task.ConfigureAwait(false));
        }

        return [.. all.OrderBy(q => q.Actor.Shard)];
    }

    /// <summary>Waits until nothing waits anywhere: no command, no message, no turn under way, no work of a shard that ends in a command.</summary>
    public async Task QuiesceAsync(CancellationToken cancellation = default)
    {
        for (var quiet = 0; quiet < 3;)
        {
            cancellation.ThrowIfCancellationRequested();
            var idle = await IdleAtAsync().ConfigureAwait(false) is not null && !Array.Exists(_workers, w => w.OwesCommand);
            quiet = idle ? quiet + 1 : 0;
            await Task.Delay(idle ? 1 : 5, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Lets new commands wait until all that is under way is done, reads, and goes on; so sums over all shards are of one moment however busy the house is.
    /// </summary>
    /// <param name="atMost">How long commands wait at the most.</param>
    /// <param name="read">Reads shards; no command of its own, which would wait too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What was read; null if the time was not enough.</returns>
    /// <exception cref="CommandFailedException">A shard is not owned just now.</exception>
    public async Task<T?> ReadAtRestAsync<T>(TimeSpan atMost, Func<Task<T>> read, CancellationToken cancellation = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);

        // One at a time: whoever ended first would let commands in while the other reads.
        await _rest.WaitAsync(cancellation).ConfigureAwait(false);
        var began = _time.GetTimestamp();
        Hold(atMost);
        try
        {
            // What one shard does while another is asked shows in its position the next time.
            long? before = null;
            while (await IdleAtAsync().ConfigureAwait(false) is var positions && (positions is null || positions != before))
            {
                if (_time.GetElapsedTime(began) >= atMost)
                {
                    return null;
                }

                before = positions;
                await Task.Delay(1, cancellation).ConfigureAwait(false);
            }

            var value = await read().ConfigureAwait(false);
            return _time.GetElapsedTime(began) < atMost ? value : null;
        }
        finally
        {
            Hold(TimeSpan.Zero);
            _rest.Release();
        }
    }

    /// <summary>SHA-256 of every shard's state, on the shards' threads. Meaningful when the runtime is quiet.</summary>
    /// <exception cref="CommandFailedException">A shard is not owned just now.</exception>
    public async Task<IReadOnlyList<byte[]>> DigestAsync()
    {
        var watermarks = new long[Book.ShardCount, Book.ShardCount];
        foreach (var to in Enumerable.Range(0, Book.ShardCount))
        {
            await OnShardAsync(to, shard =>
            {
                for (var from = 0; from < Book.ShardCount; from++)
                {
                    watermarks[from, to] = shard.DurableFrom(from);
                }

                return true;
            }).ConfigureAwait(false);
        }

        var digests = new byte[Book.ShardCount][];
        for (var number = 0; number < digests.Length; number++)
        {
            var from = number;
            digests[number] = await OnShardAsync(number, shard => shard.Digest(to => watermarks[from, to])).ConfigureAwait(false);
        }

        return digests;
    }

    /// <summary>
    /// Stops in order: refuses new commands, lets what is under way become durable, snapshots every shard, ends the threads.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        _refusing = true;
        try
        {
            await QuiesceAsync(cancellation).ConfigureAwait(false);
            foreach (var worker in _workers)
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                worker.Post(() =>
                {
                    worker.SnapshotAll((record, parts) => _writer.Submit(record, parts, error => _observer.SnapshotRefused(record.Shard, record.Position, error.Message)));
                    done.SetResult();
                });
                await done.Task.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Ends the threads at once; what was not durable is lost, as in a crash, and nothing acknowledged is.</summary>
    public void Dispose()
    {
        _refusing = true;
        _stopping = true;
        foreach (var worker in _workers)
        {
            worker.Wake();
        }

        foreach (var thread in _threads.Where(t => t.Name != "journal-writer"))
        {
            thread.Join();
        }

        _writerStopping = true;
        _writer.Wake();
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private Worker WorkerOf(int shard) => _workers[shard % _workers.Length];

    private void Hold(TimeSpan atMost)
    {
        foreach (var worker in _workers)
        {
            worker.Hold(atMost);
        }
    }

    /// <summary>The sum of all shards' positions if nothing was under way when each was asked; null if something was, or a shard is being taken again.</summary>
    private async Task<long?> IdleAtAsync()
    {
        var status = await StatusAsync().ConfigureAwait(false);
        return status.Count == Book.ShardCount && _writer.Idle && Array.TrueForAll(_workers, w => w.Idle) && status.All(s => s is { QueuedCommands: 0, QueuedPackets: 0, Outbox: 0 } && s.Position == s.DurablePosition)
            ? status.Sum(s => s.Position)
            : null;
    }

    private CommandFailure? Refusal(Command command)
    {
        if (_refusing)
        {
            return new CommandFailure(CommandFailureKind.Unavailable, "the node is stopping; send the same id again to its successor");
        }

        return _writer.DiskFull && !command.IsRead
            ? new CommandFailure(CommandFailureKind.ResourceExhausted, "the journal's disk is full; nothing was changed; send the same id again when there is room")
            : null;
    }

    private static CommandFailedException NotOwned(int shard) => new(new CommandFailure(CommandFailureKind.Unavailable, $"shard {shard} is not owned here just now"));

    /// <summary>Who asks about a shard that is being taken again gets <see cref="CommandFailedException"/>, and what the function throws: an exception on the worker's thread would end the process.</summary>
    private Task<T> OnShardAsync<T>(int number, Func<Shard, T> read)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var worker = WorkerOf(number);
        worker.Post(() =>
        {
            if (worker.Find(number) is not { } shard)
            {
                done.SetException(NotOwned(number));
                return;
            }

            try
            {
                done.SetResult(read(shard));
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    /// <summary>One process owns everything, so a lost shard is taken again, unless another process has taken it: that must not be.</summary>
    private void ShardLost(int shard, long epoch, ShardLoss reason)
    {
        if (reason == ShardLoss.Fenced)
        {
            _fatal.TrySetResult(new JournalException($"shard {shard} was taken over by another process while this one held epoch {epoch}; only one node may run on this journal"));
            return;
        }

        ShardClaim.Submit(
            _writer,
            WorkerOf(shard),
            shard,
            _owner,
            new ShardClaim.Means(_program, Book, _options, _observer),
            error =>
            {
                _observer.ShardLost(shard, epoch, reason, error);
                Task.Delay(_options.ChannelTimeout).ContinueWith(_ => ShardLost(shard, epoch, reason), TaskScheduler.Default);
            });
    }

    private void StartThread(string name, Action body)
    {
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception error)
            {
                _fatal.TrySetResult(error);
            }
        })
        { Name = name, IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    private void RunWorker(Worker worker, Signal signal)
    {
        while (!_stopping)
        {
            if (!worker.Step())
            {
                signal.Wait(100);
            }
        }
    }

    private void RunWriter(Signal signal)
    {
        while (!_writerStopping)
        {
            var worked = _writer.RunJobs();
            if (_writer.TryBegin() is { } group)
            {
                if (!_writer.Execute(group))
                {
                    Thread.Sleep(_options.FullDiskRetry);
                }

                worked = true;
            }

            if (!worked)
            {
                signal.Wait(100);
            }
        }

        _writer.RunJobs();
    }

    private sealed class AskSink : IReplySink
    {
        private readonly TaskCompletionSource<object> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task<object> Task => _answer.Task;

        /// <exception cref="CommandFailedException">The answer is a failure.</exception>
        internal async Task DurableAsync()
        {
            if (await _answer.Task.ConfigureAwait(false) is CommandFailure failure)
            {
                throw new CommandFailedException(failure);
            }
        }

        public void Reply(long token, object answer) => _answer.TrySetResult(answer);
    }
}

/// <summary>A shard as operators see it.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Worker">The worker that has it.</param>
/// <param name="Epoch">Under which it is owned.</param>
/// <param name="Position">The last turn handed to the journal.</param>
/// <param name="DurablePosition">The last turn that is durable.</param>
/// <param name="QueuedCommands">That wait.</param>
/// <param name="QueuedPackets">Messages that wait.</param>
/// <param name="Outbox">Messages that are not known to be consumed.</param>
/// <param name="Quarantined">Actors that are set aside.</param>
/// <param name="SnapshotPosition">The turn of the newest snapshot; 0 if there is none.</param>
/// <param name="SnapshotTime">When that turn was recorded, UTC nanoseconds.</param>
public sealed record ShardStatus(int Shard, int Worker, long Epoch, long Position, long DurablePosition, int QueuedCommands, int QueuedPackets, int Outbox, int Quarantined, long SnapshotPosition, long SnapshotTime);

/// <summary>A command got no decision.</summary>
public sealed class CommandFailedException(CommandFailure failure) : Exception(failure.Message)
{
    /// <summary>Why.</summary>
    public CommandFailureKind Kind { get; } = failure.Kind;
}
