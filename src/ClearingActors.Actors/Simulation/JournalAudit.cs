using System.Security.Cryptography;
using ClearingActors.Actors.Wire;
using ClearingActors.Journal;

namespace ClearingActors.Actors.Simulation;

/// <summary>
/// Reads every row when it becomes durable and checks what needs no knowledge of the program: positions and epochs, recorded times, and that per pair of shards each
/// message is sent once, consumed once, in order.
/// </summary>
public sealed class JournalAudit
{
    private readonly ShardLog[] _shards;
    private readonly long[,] _sent;
    private readonly long[,] _consumed;
    private readonly List<long>[,] _sentAt;
    private readonly IncrementalHash _hash = RowLeaf.NewHasher();

    /// <summary>An empty journal's.</summary>
    public JournalAudit(int shards)
    {
        _shards = new ShardLog[shards];
        _sent = new long[shards, shards];
        _consumed = new long[shards, shards];
        _sentAt = new List<long>[shards, shards];
        for (var a = 0; a < shards; a++)
        {
            for (var b = 0; b < shards; b++)
            {
                _sentAt[a, b] = [];
            }
        }
    }

    /// <summary>Rows audited.</summary>
    public long Rows { get; private set; }

    /// <summary>The last durable position of a shard.</summary>
    public long Position(int shard) => _shards[shard].Position;

    /// <summary>The last message of the channel that a durable turn has sent.</summary>
    public long Sent(int from, int to) => _sent[from, to];

    /// <summary>The last message of the channel that a durable turn has consumed.</summary>
    public long Consumed(int from, int to) => _consumed[from, to];

    /// <summary>True when every message sent was consumed.</summary>
    public bool AllConsumed
    {
        get
        {
            for (var from = 0; from < _shards.Length; from++)
            {
                for (var to = 0; to < _shards.Length; to++)
                {
                    if (_sent[from, to] != _consumed[from, to])
                    {
                        return false;
                    }
                }
            }

            return true;
        }
    }

    /// <summary>The shard was taken over: only rows of this epoch may follow.</summary>
    public void TakenOver(int shard, long epoch)
    {
        ref var log = ref _shards[shard];
        if (epoch <= log.OwnerEpoch)
        {
            throw Broken("epochs rise", $"shard {shard} was taken over under epoch {epoch} after {log.OwnerEpoch}");
        }

        log.OwnerEpoch = epoch;
    }

    /// <summary>A row has become durable.</summary>
    public void Durable(in JournalRow row)
    {
        ref var log = ref _shards[row.Shard];
        if (row.Position != log.Position + 1)
        {
            throw Broken("positions without gaps", $"shard {row.Shard}: turn {row.Position} after {log.Position}");
        }

        if (row.Epoch != log.OwnerEpoch)
        {
            throw Broken("one owner appends", $"shard {row.Shard}: turn {row.Position} was appended under epoch {row.Epoch} while the owner's was {log.OwnerEpoch}");
        }

        if (row.RecordedTime <= log.RecordedTime)
        {
            throw Broken("recorded time rises", $"shard {row.Shard}: turn {row.Position} at {row.RecordedTime} after {log.RecordedTime}");
        }

        Span<byte> leaf = stackalloc byte[RowLeaf.Size];
        RowLeaf.Compute(row.Shard, row.Position, row.Epoch, row.RecordedTime, row.Payload.Span, _hash, leaf);
        if (!leaf.SequenceEqual(row.Leaf.Span))
        {
            throw Broken("leaf", $"shard {row.Shard}: turn {row.Position} does not have the hash beside it");
        }

        log.Position = row.Position;
        log.RecordedTime = row.RecordedTime;
        Rows++;
        Read(row);
    }

    private void Read(in JournalRow row)
    {
        List<(int From, long Sequence)> causes = [];
        List<(int From, long UpTo)> consumed = [];
        var reader = new WireReader(row.Payload.Span);
        var releases = false;
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.Step:
                    ReadStep(row, reader.Bytes, causes, ref releases);
                    break;
                case TurnFields.Consumed:
                    consumed.Add(ReadConsumed(reader.Bytes));
                    break;
                default:
                    break;
            }
        }

        foreach (var (from, upTo) in consumed)
        {
            if (upTo <= _consumed[from, row.Shard])
            {
                throw Broken("consumed once", $"shard {row.Shard}, turn {row.Position}: consumed {upTo} of shard {from} after {_consumed[from, row.Shard]}");
            }

            if (upTo > _sent[from, row.Shard])
            {
                throw Broken("sent before consumed", $"shard {row.Shard}, turn {row.Position}: consumed {upTo} of shard {from}, which has durably sent {_sent[from, row.Shard]}");
            }

            var sentAt = _sentAt[from, row.Shard];
            if (row.RecordedTime <= sentAt[(int)upTo - 1])
            {
                throw Broken("recorded after its cause", $"shard {row.Shard}, turn {row.Position} at {row.RecordedTime} consumed message {upTo} of shard {from} of {sentAt[(int)upTo - 1]}");
            }
        }

        // A step without events leaves no trace, so causes may have gaps; but never out of order, twice, or beyond the watermark.
        Dictionary<int, long> last = [];
        foreach (var (from, sequence) in causes)
        {
            var upTo = consumed.Find(c => c.From == from).UpTo;
            var before = last.GetValueOrDefault(from, _consumed[from, row.Shard]);
            var again = last.ContainsKey(from) && sequence == before;
            if (!releases && ((sequence <= before && !again) || sequence > upTo))
            {
                throw Broken("consumed once", $"shard {row.Shard}, turn {row.Position}: a step of message {sequence} of shard {from} after {before}, watermark {upTo}");
            }

            last[from] = sequence;
        }

        foreach (var (from, upTo) in consumed)
        {
            _consumed[from, row.Shard] = upTo;
        }
    }

    private void ReadStep(in JournalRow row, ReadOnlySpan<byte> body, List<(int From, long Sequence)> causes, ref bool releases)
    {
        var causeShard = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.StepCauseShard:
                    causeShard = reader.Int32;
                    break;
                case TurnFields.StepCauseSequence:
                    causes.Add((causeShard - 1, reader.Int64));
                    break;
                case TurnFields.StepReleased:
                    releases = true;
                    break;
                case TurnFields.StepSent:
                    ReadSent(row, reader.Bytes);
                    break;
                default:
                    break;
            }
        }
    }

    private void ReadSent(in JournalRow row, ReadOnlySpan<byte> body)
    {
        var to = 0;
        long sequence = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.SentToShard: to = reader.Int32; break;
                case TurnFields.SentSequence: sequence = reader.Int64; break;
                default: break;
            }
        }

        if (sequence != _sent[row.Shard, to] + 1)
        {
            throw Broken("sent without gaps", $"shard {row.Shard}, turn {row.Position}: message {sequence} to shard {to} after {_sent[row.Shard, to]}");
        }

        _sent[row.Shard, to] = sequence;
        _sentAt[row.Shard, to].Add(row.RecordedTime);
    }

    private static (int From, long UpTo) ReadConsumed(ReadOnlySpan<byte> body)
    {
        var from = 0;
        long upTo = 0;
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case TurnFields.ConsumedFromShard: from = reader.Int32; break;
                case TurnFields.ConsumedSequence: upTo = reader.Int64; break;
                default: break;
            }
        }

        return (from, upTo);
    }

    private static InvariantBrokenException Broken(string name, string what) => new(name, what);

    private struct ShardLog
    {
        internal long Position;
        internal long OwnerEpoch;
        internal long RecordedTime;
    }
}
