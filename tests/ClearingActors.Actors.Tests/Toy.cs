using ClearingActors.Actors.Fabric;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Actors.Tests;

/// <summary>What a toy actor does with an order.</summary>
internal enum Deed
{
    Add,
    ThrowClean,
    ThrowDirty,
    ContinueThenThrow,
    SetTimer,
    Wait,
}

internal sealed class Order(ActorAddress to, Deed deed, long number, string text = "") : Message(to)
{
    public override int Type => 1;

    internal Deed Deed { get; } = deed;

    internal long Number { get; } = number;

    internal string Text { get; } = text;

    public override void Write(WireWriter writer)
    {
        writer.Field(1, (long)Deed);
        writer.Field(2, Number);
        writer.Field(3, Text);
    }

    internal static Order Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        var deed = Deed.Add;
        long number = 0;
        var text = "";
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: deed = (Deed)reader.Int32; break;
                case 2: number = reader.Int64; break;
                case 3: text = reader.String; break;
                default: throw new InvalidDataException($"order field {reader.Number}");
            }
        }

        return new Order(to, deed, number, text);
    }
}

/// <summary>Does an order at once, or passes it to another actor as a message.</summary>
internal sealed class DoCommand(Order order, ActorAddress? passTo = null) : Command(order.To, "tester")
{
    internal Order Order { get; } = order;

    internal ActorAddress? PassTo { get; } = passTo;
}

internal sealed class AdvanceCommand(ActorAddress to, long instant) : Command(to, "tester")
{
    internal long Instant { get; } = instant;
}

internal sealed class ReadCommand(ActorAddress to, int weight = 1) : Command(to, "tester")
{
    public override bool IsRead => true;

    public override int Weight => weight;
}

internal sealed class ToyActor : Actor
{
    /// <summary>While true, orders to throw are done as additions: the mistake was mended.</summary>
    internal static readonly AsyncLocal<bool> Mended = new();

    private readonly List<ReplyTo> _waiting = [];

    internal List<string> Fired { get; } = [];

    internal long Sum { get; private set; }

    public override bool Exists => Sum != 0 || Fired.Count > 0;

    public override IEnumerable<ReplyTo> Waiting => _waiting;

    public override void Receive(Message message, Turn turn)
    {
        switch (message)
        {
            case ReadCommand read:
                turn.Reply(read.ReplyTo, Sum);
                break;
            case AdvanceCommand advance:
                turn.AdvanceBusinessTime(advance.Instant);
                break;
            case DoCommand { PassTo: { } to } pass:
                turn.Send(new Order(to, pass.Order.Deed, pass.Order.Number, pass.Order.Text) { ReplyTo = pass.ReplyTo });
                break;
            case DoCommand command:
                Do(command.Order, command.ReplyTo, turn);
                break;
            default:
                Do((Order)message, message.ReplyTo, turn);
                break;
        }
    }

    public override void TimerFired(string timer, Turn turn)
    {
        if (timer.StartsWith("dirty", StringComparison.Ordinal) && !Mended.Value)
        {
            Emit(1, 1, "", turn);
            throw new InvalidOperationException("half done");
        }

        Emit(2, 0, timer, turn);
    }

    public override void Apply(int type, ReadOnlySpan<byte> body)
    {
        long number = 0;
        var text = "";
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Number == 1)
            {
                number = reader.ZigZag;
            }
            else
            {
                text = reader.String;
            }
        }

        Apply(type, number, text);
    }

    public override void Save(WireWriter writer, SnapshotParts parts)
    {
        writer.FieldZigZag(1, Sum);
        foreach (var fired in Fired)
        {
            writer.Field(2, fired);
        }
    }

    public override void Load(ReadOnlySpan<byte> body, SnapshotParts parts)
    {
        var reader = new WireReader(body);
        while (reader.Next())
        {
            if (reader.Number == 1)
            {
                Sum = reader.ZigZag;
            }
            else
            {
                Fired.Add(reader.String);
            }
        }
    }

    private void Do(Order order, ReplyTo replyTo, Turn turn)
    {
        switch (order.Deed)
        {
            case Deed.ThrowClean when !Mended.Value:
                throw new InvalidOperationException("before anything");
            case Deed.ThrowDirty when !Mended.Value:
                Emit(1, order.Number, "", turn);
                throw new InvalidOperationException("half done");
            case Deed.ContinueThenThrow when !Mended.Value:
                turn.Continue(new ActorAddress(1, "other", Address.Shard));
                throw new InvalidOperationException("while at another");
            case Deed.SetTimer:
                turn.SetTimer(order.Text, order.Number);
                break;
            case Deed.Wait:
                _waiting.Add(replyTo);
                return;
            default:
                Emit(1, order.Number, "", turn);
                break;
        }

        turn.Reply(replyTo, Sum);
    }

    private void Emit(int type, long number, string text, Turn turn)
    {
        var writer = turn.BeginEvent(type);
        writer.FieldZigZag(1, number);
        writer.Field(2, text);
        turn.EndEvent();
        Apply(type, number, text);
    }

    private void Apply(int type, long number, string text)
    {
        Sum += number;
        if (type == 2)
        {
            Fired.Add(text);
        }
    }
}

internal sealed class ToyProgram : IShardProgram
{
    public int SchemaVersion { get; init; } = 1;

    public ShardScope CreateScope(int shard) => new ToyScope();

    public Actor Create(ActorAddress address, ShardScope scope) => new ToyActor { Address = address };

    public Message ReadMessage(ActorAddress to, int type, ReadOnlySpan<byte> body) => Order.Read(to, body);

    internal sealed class ToyScope : ShardScope;
}

/// <summary>One worker and one writer on a model journal, driven by hand.</summary>
internal sealed class ToyNode : IClusterFabric, IRuntimeObserver, IReplySink
{
    private readonly RuntimeOptions _options;
    private readonly Queue<Packet> _packets = new();
    private readonly ToyTime _time = new();

    internal ToyNode(RuntimeOptions? options = null, int shards = 2, ModelJournal? journal = null)
    {
        _options = options ?? new RuntimeOptions { Workers = 1 };
        Journal = journal ?? new ModelJournal(new JournalIdentity(Guid.NewGuid(), 1, shards, 1));
        Store = Journal.Open(new JournalOpenOptions(shards, 1), _ => Fault);
        Book = new AddressBook(shards, static _ => "toy");
        Writer = new JournalWriter(Store, _options, this);
        Worker = new Worker(0, _options, _time, this, Writer, this);
        for (var shard = 0; shard < shards; shard++)
        {
            Claim(shard);
        }

        Settle();
    }

    internal ModelJournal Journal { get; }

    internal ModelJournalStore Store { get; }

    internal AddressBook Book { get; }

    internal JournalWriter Writer { get; }

    internal Worker Worker { get; }

    internal ToyProgram Program { get; init; } = new();

    internal ModelFault Fault { get; set; } = ModelFault.None;

    internal bool TakesLostShards { get; set; } = true;

    /// <summary>Happens when a shard has been lost, before it is taken again.</summary>
    internal Action<int> WhenLost { get; set; } = static _ => { };

    internal List<string> Told { get; } = [];

    internal List<(long Token, object Answer)> Answers { get; } = [];

    /// <summary>An actor of a shard.</summary>
    internal static ActorAddress At(int shard, string key = "a") => new(1, key, shard);

    internal static long SumOf(Shard shard, string key = "a") => (shard.Find(At(shard.Number, key)) as ToyActor)?.Sum ?? 0;

    internal Shard Shard(int number) => Worker.Find(number).ShouldNotBeNull();

    internal void Claim(int shard) => ShardClaim.Submit(Writer, Worker, shard, "toy", new ShardClaim.Means(Program, Book, _options, this), error => throw error);

    internal void Do(Deed deed, long number, int shard = 0, string key = "a", string text = "", long token = 0, ActorAddress? passTo = null) =>
        Worker.Post(new DoCommand(new Order(At(shard, key), deed, number, text), passTo) { ReplyTo = new ReplyTo(this, token) });

    internal void Post(Command command, long token)
    {
        command.ReplyTo = new ReplyTo(this, token);
        Worker.Post(command);
    }

    internal void Step() => Worker.Step();

    internal void Advance(long milliseconds) => _time.Advance(milliseconds);

    internal bool Write()
    {
        var worked = Writer.RunJobs();
        if (Writer.TryBegin() is { } group)
        {
            Writer.Execute(group);
            worked = true;
        }

        return worked;
    }

    /// <summary>Until nothing moves any more.</summary>
    internal void Settle()
    {
        for (var quiet = 0; quiet < 3;)
        {
            _time.Advance(500);
            while (_packets.TryDequeue(out var packet))
            {
                Worker.Post([packet]);
            }

            var worked = Worker.Step() | Write();
            quiet = worked || _packets.Count > 0 ? 0 : quiet + 1;
            if (Writer.DiskFull)
            {
                return;
            }
        }
    }

    internal Shard Reload(int shard, bool useSnapshots, ToyProgram? program = null) =>
        ShardLoader.Load(Store, Store.ReadHeads()[shard], program ?? Program, Book, _options, this, [], useSnapshots);

    internal byte[] DigestOf(Shard shard) => shard.Digest(to => Worker.Find(to)?.DurableFrom(shard.Number) ?? 0);

    void IClusterFabric.Post(ReadOnlySpan<Packet> packets)
    {
        foreach (var packet in packets)
        {
            _packets.Enqueue(packet);
        }
    }

    void IClusterFabric.ShardLost(int shard, long epoch, ShardLoss reason)
    {
        Told.Add($"lost {shard} {reason}");
        WhenLost(shard);
        if (TakesLostShards)
        {
            Claim(shard);
        }
    }

    void IReplySink.Reply(long token, object answer) => Answers.Add((token, answer));

    void IRuntimeObserver.ActorQuarantined(ActorAddress actor, Exception? error, string reason) => Told.Add($"quarantined {actor.Key}");

    void IRuntimeObserver.CommandFailed(ActorAddress actor, string command, Exception error) => Told.Add($"command failed {actor.Key}");

    void IRuntimeObserver.ShardLost(int shard, long epoch, ShardLoss reason, Exception? error) => Told.Add($"told lost {shard} {reason}");

    void IRuntimeObserver.ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot) => Told.Add($"loaded {shard} {position} {fromSnapshot}");

    void IRuntimeObserver.SnapshotRefused(int shard, long position, string reason) => Told.Add($"snapshot refused: {reason}");

    void IRuntimeObserver.AppendFailed(AppendStatus status, int rows, Exception? error) => Told.Add($"append {status}");

    void IRuntimeObserver.DiskFull(bool full) => Told.Add($"full {full}");

    void IRuntimeObserver.TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events) => position.ShouldBePositive();

    private sealed class ToyTime : TimeProvider
    {
        private long _ticks = TimeSpan.TicksPerMinute;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);

        internal void Advance(long milliseconds) => _ticks += milliseconds * TimeSpan.TicksPerMillisecond;
    }
}
