using System.Globalization;
using ClearingActors.Actors.Fabric;
using ClearingActors.Journal;

namespace ClearingActors.Actors.Simulation;

/// <summary>
/// A cluster in one thread from one seed: nodes with the workers, writers and shards of production, one model journal, a network and clocks that misbehave. The
/// scheduler draws which of them goes on next.
/// </summary>
public sealed class SimulatedCluster
{
    private const int CheckDigestEvery = 400;
    private static readonly string[] DeliverWords = ["deliver message", "deliver watermark", "deliver resync", "deliver probe"];
    private readonly SimulationRandom _random;
    private readonly ModelJournal _journal;
    private readonly ModelJournalStore _reader;
    private readonly SimulatedNode[] _nodes;
    private readonly int[] _owner;
    private readonly int[] _ownerBefore;
    private readonly long[] _epoch;
    private readonly List<AppendAttempt> _orphans = [];
    private readonly ulong _seed;
    private bool _calm;
    private long _fullUntilMs;
    private int _stepping = -1;

    /// <summary>Builds the cluster; nothing runs yet.</summary>
    public SimulatedCluster(ulong seed, SimulationOptions options, AddressBook book, ISimulatedWorkload workload)
    {
        _seed = seed;
        _random = new SimulationRandom(seed);
        Options = options;
        Book = book;
        Workload = workload;
        _journal = new ModelJournal(new JournalIdentity(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), 1, options.Shards, options.FeatureLevel));
        _reader = OpenStore();
        Audit = new JournalAudit(options.Shards);
        Network = new SimulatedNetwork(options, _random.Fork(), Clock, Trace, Audit);
        _owner = new int[options.Shards];
        _ownerBefore = new int[options.Shards];
        _epoch = new long[options.Shards];
        Array.Fill(_owner, -1);
        Array.Fill(_ownerBefore, -1);
        _nodes = [.. Enumerable.Range(0, options.Nodes).Select(i => new SimulatedNode(this, i))];
        workload.Attach(this);
    }

    /// <summary>The shape.</summary>
    public SimulationOptions Options { get; }

    /// <summary>The true time.</summary>
    public SimulatedClock Clock { get; } = new(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));

    /// <summary>What happened.</summary>
    public SimulationTrace Trace { get; } = new();

    /// <summary>The actors' addresses.</summary>
    public AddressBook Book { get; }

    /// <summary>What is durable, checked row by row.</summary>
    public JournalAudit Audit { get; }

    internal SimulatedNetwork Network { get; }

    internal ISimulatedWorkload Workload { get; }

    /// <summary>Runs with faults, then without until all is quiet, and checks what must hold then.</summary>
    /// <param name="steps">Steps with faults.</param>
    /// <param name="calmSteps">The most steps that the cluster may take to come to rest.</param>
    /// <exception cref="SimulationFailedException">An invariant does not hold.</exception>
    public void Run(long steps, long calmSteps)
    {
        try
        {
            for (var i = 0L; i < steps; i++)
            {
                Step();
            }

            BecomeCalm();
            for (var i = 0L; !IsQuiet(); i++)
            {
                if (i == calmSteps)
                {
                    throw new InvariantBrokenException("liveness", $"not at rest after {calmSteps} steps without faults: {Unrest()}");
                }

                Step();
            }

            Trace.Note("quiet", Audit.Rows);
            CheckDigests();
            Workload.CheckQuiet();
        }
        catch (InvariantBrokenException broken)
        {
            throw new SimulationFailedException(_seed, Trace.Step, broken.Message, Trace.Last(), broken);
        }
        catch (Exception died) when (died is not SimulationFailedException)
        {
            // Whatever escapes a worker or a writer would have ended the process.
            throw new SimulationFailedException(_seed, Trace.Step, $"no thread dies: {died.GetType().Name}: {died.Message}", Trace.Last(), died);
        }
    }

    /// <summary>Sends a command to the node that is thought to own its shard; it may find nobody there.</summary>
    public void Post(Command command)
    {
        var shard = command.To.Shard;
        var target = Route(shard);
        if (target < 0)
        {
            command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, new CommandFailure(CommandFailureKind.Unavailable, $"nobody owns shard {shard}"));
            return;
        }

        var node = _nodes[target];
        if (node.Writer.DiskFull && !command.IsRead)
        {
            Trace.Count("command refused on a full disk");
            command.ReplyTo.Sink?.Reply(command.ReplyTo.Token, new CommandFailure(CommandFailureKind.ResourceExhausted, "the journal's disk is full"));
            return;
        }

        node.WorkerOf(shard).Post(command);
    }

    /// <summary>
    /// True while the shard's owner is at work. A node that was not told of a takeover goes on answering what needs no append, from old memory, until it appends
    /// (a fabric of several nodes has leases against that); such an answer is only held to what no later owner can have changed.
    /// </summary>
    public bool IsOwnerAtWork(int shard) => _stepping >= 0 && _owner[shard] == _stepping && _nodes[_stepping].WorkerOf(shard).Find(shard)?.Epoch == _epoch[shard];

    /// <summary>The shard as its owner has it, when the owner lives, has it loaded, and waits for nothing; else null.</summary>
    public (IEnumerable<Actor> Actors, ShardScope Scope)? Inspect(int shard) => Live(shard) is { } live ? (live.Actors, live.Scope) : null;

    internal bool IsNewest(int shard, long epoch) => _epoch[shard] == epoch;

    internal ModelJournalStore OpenStore() => _journal.Open(new JournalOpenOptions(Options.Shards, Options.FeatureLevel), ChooseFault);

    /// <summary>Tells somebody of all that becomes durable.</summary>
    /// <param name="follow">Makes the one who is told, from the journal that is to be followed.</param>
    public void Follow(Func<JournalIdentity, IJournalFollower> follow) => _journal.Follower = follow(_journal.Identity);

    /// <summary>The journal as it stands, without faults; for whoever keeps what a run has written.</summary>
    public IJournalStore OpenJournal() => _journal.Open(new JournalOpenOptions(Options.Shards, Options.FeatureLevel));

    internal TimeProvider NewNodeClock() => new NodeClock(Clock, TimeSpan.FromMilliseconds(_random.Between(-500, 500)), _random.Between(-200, 200));

    /// <summary>A fault's draw; never once the cluster is calm.</summary>
    public bool Chance(double probability) => !_calm && _random.Chance(probability);

    internal void TakenOver(int shard, long epoch, int node)
    {
        Audit.TakenOver(shard, epoch);
        _epoch[shard] = epoch;
        if (_owner[shard] != node)
        {
            _ownerBefore[shard] = _owner[shard];
            if (_owner[shard] >= 0)
            {
                Trace.Count("shard moved to another node");
            }
        }

        _owner[shard] = node;
        Trace.Note("taken", node, shard, epoch);
        Trace.Count("takeovers");
    }

    /// <summary>Reads what has become durable since the last time.</summary>
    internal void ReadDurable()
    {
        foreach (var head in _reader.ReadHeads())
        {
            if (head.Position > Audit.Position(head.Shard))
            {
                foreach (var row in _reader.ReadShard(head.Shard, Audit.Position(head.Shard), head.Position))
                {
                    Audit.Durable(row);
                    Trace.Mix(row.Leaf.Span);
                    Workload.Durable(row);
                }
            }
        }
    }

    /// <summary>A snapshot was stored: it must be at a durable position, and be what the log gives.</summary>
    internal void CheckSnapshot(SnapshotRecord snapshot)
    {
        Trace.Count("snapshots taken");
        Trace.Note("snapshot", snapshot.Shard, snapshot.Position, snapshot.Epoch);
        if (snapshot.Position > Audit.Position(snapshot.Shard))
        {
            throw new InvariantBrokenException("snapshot behind the journal", $"shard {snapshot.Shard}: a snapshot at {snapshot.Position} while {Audit.Position(snapshot.Shard)} is durable");
        }

        var row = _reader.ReadShard(snapshot.Shard, snapshot.Position - 1, snapshot.Position).Single();
        if (!row.Leaf.Span.SequenceEqual(snapshot.Leaf.Span))
        {
            throw new InvariantBrokenException("snapshot behind the journal", $"shard {snapshot.Shard}: the snapshot at {snapshot.Position} has another leaf than the log");
        }

        var head = new ShardHead(snapshot.Shard, snapshot.Epoch, snapshot.Position, "");
        Compare(Load(head, useSnapshots: true), Load(head, useSnapshots: false), "the snapshot");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes.AsSpan(0, 8));

    private void Step()
    {
        Trace.Step++;
        if (_fullUntilMs != 0 && _fullUntilMs <= Clock.ElapsedMs)
        {
            _fullUntilMs = 0;
            Trace.Note("room again");
        }

        var draw = _random.Next(1000);
        if (draw < 330)
        {
            StepWorker();
        }
        else if (draw < 620)
        {
            StepWriter();
        }
        else if (draw < 800)
        {
            Deliver();
        }
        else if (draw < 870)
        {
            AdvanceClock();
        }
        else if (draw < 950)
        {
            Workload.Act();
        }
        else if (draw < 980)
        {
            Maintain();
        }
        else if (draw < 985)
        {
            FinishOrphan();
        }
        else if (!_calm)
        {
            Disturb();
        }

        Workload.CheckStep();
        if (Trace.Step % CheckDigestEvery == 0)
        {
            CheckDigest(_random.Next(Options.Shards));
        }
    }

    private void StepWorker()
    {
        var node = _random.Pick(_nodes);
        if (node.Paused)
        {
            return;
        }

        var worker = _random.Pick(node.Workers);
        _stepping = node.Number;
        if (worker.Step())
        {
            Trace.Note("worker", node.Number, worker.Number);
        }

        _stepping = -1;
    }

    private void StepWriter()
    {
        var node = _random.Pick(_nodes);
        if (node.UnderWay is { } underWay)
        {
            if (underWay.Result is null)
            {
                // The server judges what has left even while the node stands still.
                Trace.Note("judge", node.Number, underWay.Attempt.Number, underWay.Attempt.Rows.Count);
                node.UnderWay = underWay with { Result = node.Store.Inner.Complete(underWay.Attempt) };
                ReadDurable();
            }
            else if (!node.Paused)
            {
                Trace.Note("conclude", node.Number, underWay.Attempt.Number);
                node.UnderWay = null;
                node.Writer.Conclude(underWay.Group, underWay.Result);
            }

            return;
        }

        if (node.Paused)
        {
            return;
        }

        if (_random.Chance(0.5) && node.Writer.RunJobs())
        {
            Trace.Note("jobs", node.Number);
            return;
        }

        if (node.Writer.TryBegin() is not { } group)
        {
            return;
        }

        if (group.Rows.Count == 0)
        {
            Trace.Note("refused group", node.Number);
            Trace.Count("turns refused under a lost epoch");
            node.Writer.Conclude(group, AppendResult.Success);
            return;
        }

        var attempt = node.Store.Inner.BeginAppend(group.Rows);
        Trace.Note("begin", node.Number, attempt.Number, group.Rows.Count);
        node.UnderWay = (group, attempt, null);
    }

    private ModelFault ChooseFault(AppendAttempt attempt)
    {
        if (_calm)
        {
            return ModelFault.None;
        }

        if (_fullUntilMs > Clock.ElapsedMs)
        {
            Trace.Count("append met a full disk");
            return ModelFault.Full;
        }

        if (Chance(Options.AppendFails))
        {
            Trace.Count("append failed before");
            return ModelFault.FailBefore;
        }

        if (Chance(Options.UnknownApplied))
        {
            Trace.Count("append unknown, applied");
            return ModelFault.UnknownApplied;
        }

        if (Chance(Options.UnknownLost))
        {
            Trace.Count("append unknown, not applied");
            return ModelFault.UnknownNotApplied;
        }

        if (Chance(Options.Partial))
        {
            Trace.Count("append partial");
            return ModelFault.Partial(attempt.Rows.Select(r => r.Shard).Distinct().Where(_ => _random.Chance(0.5)).ToHashSet());
        }

        return ModelFault.None;
    }

    private void Deliver()
    {
        // The more is under way, the more arrives; else a burst would take the rest of the run to pass.
        for (var left = 2 + (Network.Flying / 20); left > 0; left--)
        {
            DeliverOne();
        }
    }

    private void DeliverOne()
    {
        if (!Network.TryTake(out var from, out var packet))
        {
            return;
        }

        var target = Route(packet.To);
        if (target < 0 || !Network.Reaches(from, target))
        {
            return;
        }

        Trace.Note(DeliverWords[(int)packet.Kind], packet.From, packet.To, packet.Sequence);
        var node = _nodes[target];
        node.WorkerOf(packet.To).Post([target == from ? packet : SimulatedNetwork.OverTheWire(packet, node.Program)]);
    }

    private void AdvanceClock()
    {
        // Seldom far: a second is long against what the cluster does in a step, and every channel asks again after one.
        var by = _random.Next(40) switch
        {
            0 => _random.Between(100_000, 1_500_000),
            < 10 => _random.Between(5_000, 50_000),
            _ => _random.Between(100, 2_000),
        };
        Clock.Advance(TimeSpan.FromMicroseconds(by));
    }

    /// <summary>What a fabric does all the time: wakes who was paused long enough, and finds an owner for a shard that has none.</summary>
    private void Maintain()
    {
        foreach (var node in _nodes)
        {
            if (node.Paused && (node.PausedUntilMs <= Clock.ElapsedMs || _calm))
            {
                Trace.Note("wake", node.Number);
                node.Resume();
            }
        }

        var shard = _random.Next(Options.Shards);
        if (IsOwned(shard))
        {
            return;
        }

        var taker = _random.Pick(_nodes);
        if (!taker.Paused)
        {
            Trace.Note("claim", taker.Number, shard);
            taker.Claim(shard);
        }
    }

    private bool IsOwned(int shard)
    {
        if (_nodes.Any(n => !n.Paused && n.Claims(shard)))
        {
            return true;
        }

        var owner = _owner[shard];
        return owner >= 0 && _nodes[owner].WorkerOf(shard).Find(shard)?.Epoch == _epoch[shard];
    }

    private void FinishOrphan()
    {
        if (_orphans.Count > 0)
        {
            var at = _random.Next(_orphans.Count);
            var orphan = _orphans[at];
            _orphans.RemoveAt(at);
            Trace.Note("orphan", orphan.Number, orphan.Rows.Count);
            if (orphan.Store.Complete(orphan).AllAppended)
            {
                Trace.Count("append of a dead node applied");
            }

            ReadDurable();
        }
    }

    private void Disturb()
    {
        // The rates are per step of the whole scheduler; this is reached by 15 of 1,000.
        const double scale = 1000.0 / 15;
        var node = _random.Pick(_nodes);
        if (Chance(Options.Crash * scale))
        {
            var underWay = node.UnderWay;
            Trace.Note("crash", node.Number, underWay?.Attempt.Number ?? 0);
            Trace.Count(underWay is null ? "crash between appends" : underWay.Value.Result is null ? "crash before the append was judged" : "crash after the append was judged");
            node.Crash();
            if (underWay is { Result: null } && _random.Chance(0.5))
            {
                _orphans.Add(underWay.Value.Attempt);
            }
        }

        if (Chance(Options.Pause * scale) && !node.Paused)
        {
            Trace.Note("pause", node.Number);
            Trace.Count("node paused");
            node.Pause(Clock.ElapsedMs + _random.Between(50, 3_000));
        }

        var shard = _random.Next(Options.Shards);
        if (Chance(Options.Steal * scale) && !node.Paused && !node.Claims(shard))
        {
            Trace.Note("steal", node.Number, shard);
            Trace.Count(_owner[shard] == node.Number ? "shard taken again by its owner" : "shard taken from a living owner");
            node.Claim(shard);
        }

        if (Chance(Options.Release * scale) && node.WorkerOf(shard).Find(shard) is not null)
        {
            Trace.Note("release", node.Number, shard);
            Trace.Count("shard released");
            node.Release(shard);
        }

        if (Chance(Options.DiskFull * scale) && _fullUntilMs == 0)
        {
            Trace.Note("disk full");
            Trace.Count("disk full");
            _fullUntilMs = Clock.ElapsedMs + _random.Between(10, 1_500);
        }

        if (Chance(Options.Partition * scale) && _nodes.Length > 1)
        {
            var other = (node.Number + 1) % _nodes.Length;
            Trace.Note("partition", node.Number, other);
            Trace.Count("nodes partitioned");
            Network.Partition(node.Number, other, Clock.ElapsedMs + _random.Between(100, 5_000));
        }

        if (Chance(Options.SnapshotNow * scale))
        {
            var worker = _random.Pick(node.Workers);
            Trace.Note("snapshot now", node.Number, worker.Number);
            worker.Post(() => worker.SnapshotAll((record, parts) => node.Writer.Submit(record, parts, error => ((IRuntimeObserver)node).SnapshotRefused(record.Shard, record.Position, error.Message))));
        }
    }

    private int Route(int shard)
    {
        if (_ownerBefore[shard] >= 0 && Chance(Options.StaleRoute))
        {
            Trace.Count("packet to the owner before");
            return _ownerBefore[shard];
        }

        return _owner[shard];
    }

    private void BecomeCalm()
    {
        _calm = true;
        _fullUntilMs = 0;
        Network.Reliable = true;
        Trace.Note("calm");
        Workload.Finish();
    }

    private bool IsQuiet()
    {
        if (!Workload.IsContent || !Audit.AllConsumed || Network.Flying > 0)
        {
            return false;
        }

        for (var shard = 0; shard < Options.Shards; shard++)
        {
            if (Live(shard) is not { QueuedCommands: 0, QueuedPackets: 0, OutboxCount: 0, HasWork: false, Scope.OwesCommand: false })
            {
                return false;
            }
        }

        return _orphans.Count == 0 && _nodes.All(n => n.UnderWay is null && n.Writer.Idle && n.Workers.All(w => w.Idle));
    }

    private string Unrest()
    {
        var shards = Enumerable.Range(0, Options.Shards).Select(s => Live(s) is { } live
            ? string.Create(CultureInfo.InvariantCulture, $"{s}@{_owner[s]}: {live.QueuedCommands} commands, {live.QueuedPackets} packets, {live.OutboxCount} outbox")
            : $"{s}@{_owner[s]}: not at rest or not owned");
        return $"clients want {Workload.Wants}; all consumed {Audit.AllConsumed}, {Network.Flying} packets; {string.Join("; ", shards)}";
    }

    /// <summary>The owner's shard, if it is loaded under the newest epoch and has no turn unanswered.</summary>
    private Shard? Live(int shard)
    {
        var owner = _owner[shard];
        return owner >= 0 && _nodes[owner].WorkerOf(shard).Find(shard) is { } live && live.Epoch == _epoch[shard] && live.UnansweredTurns == 0 && live.Position == Audit.Position(shard) ? live : null;
    }

    private void CheckDigests()
    {
        for (var shard = 0; shard < Options.Shards; shard++)
        {
            CheckDigest(shard);
        }
    }

    private void CheckDigest(int shard)
    {
        if (Live(shard) is not { } live)
        {
            return;
        }

        Trace.Count("digests compared");
        var head = new ShardHead(shard, live.Epoch, live.DurablePosition, "");
        Compare(live, Load(head, useSnapshots: false), "the live shard");
        Compare(live, Load(head, useSnapshots: true), "the live shard, with snapshots,");

        // As a node starts: what receivers are known to hold is not kept, and nothing else may be missing.
        var known = ReceiverWatermarks.Read(_reader, _reader.ReadHeads())[shard];
        Compare(live, Load(head, useSnapshots: true, known), "the live shard, with receivers' watermarks,");
    }

    private void Compare(Shard a, Shard b, string what)
    {
        // One watermark for both: an acknowledgement may have reached one of them only.
        long Watermark(int to) => Audit.Consumed(a.Number, to);
        var left = a.Digest(Watermark);
        var right = b.Digest(Watermark);
        if (!left.AsSpan().SequenceEqual(right))
        {
            throw new InvariantBrokenException("replay equals live", $"shard {a.Number} at {a.Position}: {what} has {Hex(left)}, the log {Hex(right)}");
        }
    }

    private Shard Load(in ShardHead head, bool useSnapshots, long[]? known = null) =>
        ShardLoader.Load(_reader, head, Workload.CreateProgram(), Book, Options.Runtime, SilentObserver.Instance, [], useSnapshots, known);

    /// <summary>For loads that only compare.</summary>
    private sealed class SilentObserver : IRuntimeObserver
    {
        internal static SilentObserver Instance { get; } = new();

        public void ActorQuarantined(ActorAddress actor, Exception? error, string reason) => throw new InvalidOperationException("a replay decides nothing");

        public void CommandFailed(ActorAddress actor, string command, Exception error) => throw new InvalidOperationException("a replay decides nothing");

        public void ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => throw new InvalidOperationException("a replay loses nothing", error);

        public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
        {
            // Nobody waits for it.
        }

        public void SnapshotRefused(int shard, long position, string reason)
        {
            // A snapshot beyond the position that is compared.
        }

        public void AppendFailed(AppendStatus status, int rows, Exception? error) => throw new InvalidOperationException("a replay appends nothing", error);

        public void DiskFull(bool full) => throw new InvalidOperationException("a replay appends nothing");

        public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events) => throw new InvalidOperationException("a replay appends nothing");
    }
}
