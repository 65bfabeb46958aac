using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Actors;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Tests;

/// <summary>A house run by hand: one worker and its writer, a step at a time, on the journal that another house has left.</summary>
internal sealed class SteppedHouse : IClusterFabric, IRuntimeObserver, IReplySink, IDisposable
{
    /// <summary>More than anything here takes.</summary>
    private const int MaxSteps = 20_000;

    private readonly Queue<Packet> _packets = new();
    private readonly SqliteJournal _journal;
    private readonly RuntimeOptions _options;
    private readonly Dictionary<long, object> _answers = [];
    private readonly Dictionary<int, HashSet<(int From, long Sequence)>> _poison = [];
    private readonly HouseCounters _counters = new();
    private long _token;

    internal SteppedHouse(string journal, int shards = 4, RuntimeOptions? options = null)
    {
        _options = options ?? new RuntimeOptions { Workers = 1 };
        _journal = SqliteJournal.Open(journal, new JournalOpenOptions(shards, ClearingEngine.FeatureLevel));
        Book = new AddressBook(shards, ActorKinds.NameOf);
        var program = new EngineProgram(Book, new MarkBoard(), TradeIdLimits.Default, _counters);
        Writer = new JournalWriter(_journal, _options, this);
        Worker = new Worker(0, _options, TimeProvider.System, this, Writer, this);
        for (var shard = 0; shard < shards; shard++)
        {
            var head = _journal.TakeOver(shard, "stepped");
            Worker.Adopt(ShardLoader.Load(_journal, head, program, Book, _options, this, _poison[shard] = Worker.Poison(shard, head.Epoch)));
        }
    }

    internal AddressBook Book { get; }

    internal Worker Worker { get; }

    internal JournalWriter Writer { get; }

    internal List<string> Alarms { get; } = [];

    internal ActorAddress StressRuns => Book.Of(ActorKinds.Stress, ActorKinds.House);

    internal Shard StressShard => Worker.Find(StressRuns.Shard)!;

    public void Dispose() => _journal.Dispose();

    internal long Post(Command command)
    {
        command.ReplyTo = new ReplyTo(this, ++_token);
        Worker.Post(command);
        return _token;
    }

    internal long Submit(TradeReport report)
    {
        var lane = _counters.Lanes.GetValueOrDefault(report.Source) is var lanes and > 1 ? TradeSourceDecisions.LaneOf(report.TradeId, lanes) : 0;
        return Post(new Commands.SubmitTrade(TradeSourceActor.AddressOf(Book, report.Source, lane), "venue:VENUE", report, TradeFingerprint.Of(report)));
    }

    /// <summary>Null while there is none.</summary>
    internal object? AnswerOf(long token) => _answers.GetValueOrDefault(token);

    /// <summary>One round of the worker, and whatever it has handed over becomes durable.</summary>
    internal bool Step()
    {
        var worked = StepUnwritten();
        worked |= Writer.RunJobs();
        if (Writer.TryBegin() is { } group)
        {
            Writer.Execute(group);
            worked = true;
        }

        return worked;
    }

    /// <summary>One round of the worker; nothing becomes durable.</summary>
    internal bool StepUnwritten()
    {
        while (_packets.TryDequeue(out var packet))
        {
            Worker.Post([packet]);
        }

        return Worker.Step();
    }

    internal T Ask<T>(Command command)
        where T : class
    {
        var token = Post(command);
        StepUntil(() => _answers.ContainsKey(token));
        return _answers[token].ShouldBeOfType<T>();
    }

    /// <summary>The steps it took.</summary>
    internal int StepUntil(Func<bool> reached)
    {
        var steps = 0;
        for (; !reached(); steps++)
        {
            steps.ShouldBeLessThan(MaxSteps, "what was waited for never came");
            Step();
        }

        return steps;
    }

    /// <summary>Until nothing moves any more.</summary>
    internal void Settle()
    {
        var quiet = 0;
        StepUntil(() => (quiet = Step() || _packets.Count > 0 ? 0 : quiet + 1) == 3);
    }

    /// <summary>The next message that one shard sends to another leaves the receiver half changed, as its worker believes.</summary>
    internal void PoisonNext(int from, int to) => _poison[to].Add((from, Worker.Find(to)!.DurableFrom(from) + 1));

    void IClusterFabric.Post(ReadOnlySpan<Packet> packets)
    {
        foreach (var packet in packets)
        {
            _packets.Enqueue(packet);
        }
    }

    void IClusterFabric.ShardLost(int shard, long epoch, ShardLoss reason) => throw new InvalidOperationException($"shard {shard} was lost: {reason}");

    void IReplySink.Reply(long token, object answer) => _answers.Add(token, answer);

    void IRuntimeObserver.ActorQuarantined(ActorAddress actor, Exception? error, string reason) => Alarms.Add($"quarantined {actor}: {reason}");

    void IRuntimeObserver.CommandFailed(ActorAddress actor, string command, Exception error) => Alarms.Add($"{command} to {actor}: {error.Message}");

    void IRuntimeObserver.ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => Alarms.Add($"shard {shard} lost: {reason} {error?.Message}");

    void IRuntimeObserver.ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
    {
    }

    void IRuntimeObserver.SnapshotRefused(int shard, long position, string reason) => Alarms.Add($"snapshot of shard {shard} at {position}: {reason}");

    void IRuntimeObserver.AppendFailed(AppendStatus status, int rows, Exception? error) => Alarms.Add($"append: {status} {error?.Message}");

    void IRuntimeObserver.DiskFull(bool full) => Alarms.Add($"disk full: {full}");

    void IRuntimeObserver.TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
    {
    }
}
