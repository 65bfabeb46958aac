using System.Buffers.Binary;

namespace ClearingActors.Domain.Novation;

/// <summary>Where a recorded trade stands. The numbers are in snapshots and never change.</summary>
internal enum TradeIdStatus
{
    Pending = 0,
    Novated = 1,
    Rejected = 2,
    CancelPending = 3,
    Cancelled = 4,
}

/// <summary>The cycle and clearing date that novated trades of a date were given: few pairs, so each trade holds a number instead.</summary>
public readonly record struct NovationStamp(long Cycle, DateOnly ClearingDate);

/// <summary>Everything in a <see cref="TradeIdDay"/>, in bytes that a snapshot stores as they are.</summary>
/// <param name="ExecutionDate">The date.</param>
/// <param name="Count">Trades recorded.</param>
/// <param name="IdSegments">
/// The records, in order of arrival: 1 byte length, the id in ASCII, 16 bytes fingerprint. A record is never split; every segment but the last is sealed and will
/// never change.
/// </param>
/// <param name="AnswerChunks">4 bytes per record, <see cref="TradeIdDay.AnswersPerChunk"/> to a chunk: status, reason, stamp number (big-endian).</param>
/// <param name="Stamps">What the stamp numbers stand for, from 0.</param>
public sealed record TradeIdDaySnapshot(
    DateOnly ExecutionDate,
    int Count,
    IReadOnlyList<ReadOnlyMemory<byte>> IdSegments,
    IReadOnlyList<ReadOnlyMemory<byte>> AnswerChunks,
    IReadOnlyList<NovationStamp> Stamps);

/// <summary>
/// The trade ids of one lane of a source with one execution date (rulebook 4): an append-only arena of ids and fingerprints, a small table of answers beside it, and
/// a hash table over both.
/// </summary>
/// <remarks>
/// Bytes per trade with ids of 16 characters: 33 in the arena, 4 answer, 8 place and hash, 5 to 11 slots: 50 to 56. The slots are 64 tables that grow one at a time,
/// so that no single trade waits for all ids to be placed anew. Slots and hashes are rebuilt on restore and never leave the process.
/// </remarks>
public sealed class TradeIdDay
{
    /// <summary>Bytes of an arena segment.</summary>
    public const int SegmentBytes = 64 * 1024;

    /// <summary>Answers in one chunk: 16 KiB.</summary>
    public const int AnswersPerChunk = 4096;

    /// <summary>The most trades of one date, whatever is configured.</summary>
    public const int HardLimit = 50_000_000;

    private const int AnswerBytes = 4;
    private const int Tables = 64;
    private const int FirstSlots = 16;

    private readonly List<byte[]> _segments = [];
    private readonly List<int> _segmentUsed = [];
    private readonly List<byte[]> _answers = [];

    // Per record, in chunks as the answers are: the cached hash, and the place as 16 bits of segment and 16 of offset. 50 million records of at most 81 bytes
    // stay below 65,536 segments of at least 65,455 used bytes.
    private readonly List<int[]> _hashes = [];
    private readonly List<uint[]> _places = [];
    private readonly int[][] _slots = new int[Tables][];
    private readonly int[] _slotsUsed = new int[Tables];
    private readonly List<NovationStamp> _stamps = [];

    internal TradeIdDay(DateOnly executionDate)
    {
        ExecutionDate = executionDate;
        for (var i = 0; i < Tables; i++)
        {
            _slots[i] = new int[FirstSlots];
        }
    }

    public DateOnly ExecutionDate { get; }

    /// <summary>Trades recorded.</summary>
    public int Count { get; private set; }

    /// <summary>Trades and cancels without an answer.</summary>
    public int PendingCount { get; private set; }

    internal static TradeIdDay Restore(TradeIdDaySnapshot snapshot)
    {
        var day = new TradeIdDay(snapshot.ExecutionDate);
        day._stamps.AddRange(snapshot.Stamps);
        Span<char> id = stackalloc char[IdText.MaxLength];
        foreach (var memory in snapshot.IdSegments)
        {
            var bytes = memory.Span;
            while (bytes.Length > 0)
            {
                var length = bytes[0];
                if (length is 0 or > IdText.MaxLength || bytes.Length < 1 + length + TradeFingerprint.Size)
                {
                    throw new InvalidOperationException($"trade ids of {snapshot.ExecutionDate:O} are cut short after {day.Count} records");
                }

                for (var i = 0; i < length; i++)
                {
                    id[i] = (char)bytes[1 + i];
                }

                var text = id[..length];
                day.Append(text, string.GetHashCode(text), TradeFingerprint.Read(bytes[(1 + length)..]));
                bytes = bytes[(1 + length + TradeFingerprint.Size)..];
            }
        }

        var answers = 0;
        foreach (var chunk in snapshot.AnswerChunks)
        {
            var target = answers < day._answers.Count ? day._answers[answers] : [];
            if (chunk.Length > target.Length)
            {
                break;
            }

            chunk.Span.CopyTo(target);
            answers++;
        }

        if (day.Count != snapshot.Count || answers != day._answers.Count || answers != snapshot.AnswerChunks.Count)
        {
            throw new InvalidOperationException(
                $"trade ids of {snapshot.ExecutionDate:O}: {day.Count} records and {answers} of {snapshot.AnswerChunks.Count} answer chunks fit, {snapshot.Count} records were stored");
        }

        day.PendingCount = 0;
        for (var i = 0; i < day.Count; i++)
        {
            day.PendingCount += day.StatusOf(i) is TradeIdStatus.Pending or TradeIdStatus.CancelPending ? 1 : 0;
        }

        return day;
    }

    /// <summary>
    /// The content without copying it: segments but the last never change again; the last segment and the chunks are live, to be written out before the next Apply.
    /// </summary>
    internal TradeIdDaySnapshot ToSnapshot()
    {
        var segments = new ReadOnlyMemory<byte>[_segments.Count];
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = _segments[i].AsMemory(0, _segmentUsed[i]);
        }

        var chunks = new ReadOnlyMemory<byte>[_answers.Count];
        for (var i = 0; i < chunks.Length; i++)
        {
            var records = Math.Min(AnswersPerChunk, Count - (i * AnswersPerChunk));
            chunks[i] = _answers[i].AsMemory(0, records * AnswerBytes);
        }

        return new TradeIdDaySnapshot(ExecutionDate, Count, segments, chunks, [.. _stamps]);
    }

    /// <summary>The record's number, from 0; -1 if the id is not here.</summary>
    internal int Find(TradeId id)
    {
        var hash = id.GetHashCode();
        var slots = _slots[hash & (Tables - 1)];
        var mask = slots.Length - 1;
        for (var slot = Start(hash, mask); ; slot = (slot + 1) & mask)
        {
            var record = slots[slot] - 1;
            if (record < 0 || (HashOf(record) == hash && IsId(record, id.Value)))
            {
                return record;
            }
        }
    }

    internal TradeFingerprint FingerprintOf(int record)
    {
        var bytes = RecordOf(record);
        return TradeFingerprint.Read(bytes[(1 + bytes[0])..]);
    }

    internal TradeIdStatus StatusOf(int record) => (TradeIdStatus)AnswerOf(record)[0];

    internal RejectReason ReasonOf(int record) => (RejectReason)AnswerOf(record)[1];

    internal NovationStamp StampOf(int record) => _stamps[BinaryPrimitives.ReadUInt16BigEndian(AnswerOf(record)[2..])];

    internal void Add(TradeId id, TradeFingerprint fingerprint)
    {
        Append(id.Value, id.GetHashCode(), fingerprint);
        PendingCount++;
    }

    /// <summary>Sets a record's status and, for a rejection, its reason; the stamp stays.</summary>
    internal void Set(int record, TradeIdStatus status, RejectReason reason)
    {
        var before = StatusOf(record);
        PendingCount += (status is TradeIdStatus.Pending or TradeIdStatus.CancelPending ? 1 : 0)
            - (before is TradeIdStatus.Pending or TradeIdStatus.CancelPending ? 1 : 0);
        var answer = AnswerOf(record);
        answer[0] = (byte)status;
        answer[1] = (byte)reason;
    }

    internal void SetStamp(int record, NovationStamp stamp)
    {
        var number = _stamps.LastIndexOf(stamp);
        if (number < 0)
        {
            number = _stamps.Count;
            _stamps.Add(stamp);
        }

        BinaryPrimitives.WriteUInt16BigEndian(AnswerOf(record)[2..], checked((ushort)number));
    }

    private static int Start(int hash, int mask) => (hash >>> 6) & mask;

    private void Append(ReadOnlySpan<char> id, int hash, TradeFingerprint fingerprint)
    {
        if (Count >= HardLimit)
        {
            throw new InvalidOperationException($"the ids of {ExecutionDate:O} are full at {Count}");
        }

        var size = 1 + id.Length + TradeFingerprint.Size;
        if (_segments.Count == 0 || _segmentUsed[^1] + size > SegmentBytes)
        {
            _segments.Add(new byte[SegmentBytes]);
            _segmentUsed.Add(0);
        }

        var segment = _segments.Count - 1;
        var offset = _segmentUsed[segment];
        var bytes = _segments[segment].AsSpan(offset, size);
        bytes[0] = (byte)id.Length;
        for (var i = 0; i < id.Length; i++)
        {
            bytes[1 + i] = (byte)id[i];
        }

        fingerprint.WriteTo(bytes[(1 + id.Length)..]);
        _segmentUsed[segment] = offset + size;

        var chunk = Count / AnswersPerChunk;
        if (chunk == _answers.Count)
        {
            _answers.Add(new byte[AnswersPerChunk * AnswerBytes]);
            _hashes.Add(new int[AnswersPerChunk]);
            _places.Add(new uint[AnswersPerChunk]);
        }

        _hashes[chunk][Count % AnswersPerChunk] = hash;
        _places[chunk][Count % AnswersPerChunk] = ((uint)checked((ushort)segment) << 16) | (uint)offset;
        Count++;
        Place(Count - 1, hash);
    }

    private void Place(int record, int hash)
    {
        var table = hash & (Tables - 1);
        if (_slotsUsed[table] * 4 >= _slots[table].Length * 3)
        {
            Grow(table);
        }

        Put(_slots[table], record, hash);
        _slotsUsed[table]++;
    }

    private void Grow(int table)
    {
        var larger = new int[_slots[table].Length * 2];
        foreach (var slot in _slots[table])
        {
            if (slot != 0)
            {
                Put(larger, slot - 1, HashOf(slot - 1));
            }
        }

        _slots[table] = larger;
    }

    private static void Put(int[] slots, int record, int hash)
    {
        var mask = slots.Length - 1;
        var slot = Start(hash, mask);
        while (slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        slots[slot] = record + 1;
    }

    private int HashOf(int record) => _hashes[record / AnswersPerChunk][record % AnswersPerChunk];

    private Span<byte> AnswerOf(int record) => _answers[record / AnswersPerChunk].AsSpan(record % AnswersPerChunk * AnswerBytes, AnswerBytes);

    private ReadOnlySpan<byte> RecordOf(int record)
    {
        var place = _places[record / AnswersPerChunk][record % AnswersPerChunk];
        return _segments[(int)(place >> 16)].AsSpan((int)(place & 0xffff));
    }

    private bool IsId(int record, string id)
    {
        var bytes = RecordOf(record);
        if (bytes[0] != id.Length)
        {
            return false;
        }

        for (var i = 0; i < id.Length; i++)
        {
            if (bytes[1 + i] != id[i])
            {
                return false;
            }
        }

        return true;
    }
}
