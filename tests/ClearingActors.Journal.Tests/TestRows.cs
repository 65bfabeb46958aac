using System.Buffers.Binary;
using System.Security.Cryptography;

namespace ClearingActors.Journal.Tests;

/// <summary>Rows whose payload follows from shard and position, so that a test can tell a right row from a wrong one.</summary>
internal static class TestRows
{
    public static JournalRow Row(int shard, long position, long epoch = 1, int size = 24)
    {
        var payload = new byte[size];
        new Random((shard * 1_000_003) + (int)position).NextBytes(payload);
        if (size >= 12)
        {
            BinaryPrimitives.WriteInt32BigEndian(payload, shard);
            BinaryPrimitives.WriteInt64BigEndian(payload.AsSpan(4), position);
        }

        var leaf = new byte[RowLeaf.Size];
        using var hasher = RowLeaf.NewHasher();
        RowLeaf.Compute(shard, position, epoch, Time(position), payload, hasher, leaf);
        return new JournalRow(shard, position, epoch, Time(position), payload, leaf);
    }

    public static JournalRow[] Rows(int shard, long first, long last, long epoch = 1, int size = 24) =>
        [.. Enumerable.Range(0, (int)(last - first + 1)).Select(i => Row(shard, first + i, epoch, size))];

    public static void ShouldBe(this IEnumerable<JournalRow> actual, IEnumerable<JournalRow> expected) =>
        actual.Select(Text).ShouldBe(expected.Select(Text));

    public static SnapshotPart Part(string content)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(content);
        return new SnapshotPart(SHA256.HashData(bytes), bytes);
    }

    public static SnapshotRecord Snapshot(int shard, long position, long epoch, params SnapshotPart[] parts) =>
        new(shard, position, epoch, Row(shard, position, epoch).Leaf, 1, new byte[] { 1, 2, (byte)position }, [.. parts.Select(p => p.Hash)]);

    private static long Time(long position) => 1_700_000_000_000_000_000 + position;

    private static string Text(JournalRow row) =>
        $"{row.Shard}/{row.Position} epoch {row.Epoch} at {row.RecordedTime}: {Convert.ToHexString(row.Payload.Span)} {Convert.ToHexString(row.Leaf.Span)}";
}
