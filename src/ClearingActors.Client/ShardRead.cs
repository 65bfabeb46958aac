using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>The rows of a shard, each once and in order.</summary>
public sealed class ShardRead : AuditRead<ReadShardResponse, AuditRow>
{
    private readonly int _shard;
    private byte[]? _parts;
    private long _filled;

    internal ShardRead(GrpcChannel channel, int shard, AuditReadOptions options)
        : base(channel, options) => _shard = shard;

    private protected override GrpcServerStreamingCall<ReadShardResponse> Call(GrpcChannel channel, JournalName journal, long upTo, bool follow, GrpcCallOptions options) => channel.ServerStreaming(
        AuditClient.ReadShardMethod,
        new ReadShardRequest { Shard = _shard, After = Position, UpTo = upTo, Follow = follow, JournalId = journal.Id, Generation = journal.Generation },
        options);

    private protected override long HeadOf(ReadShardResponse response) => response.Head;

    private protected override void Forget() => _parts = null;

    private protected override IEnumerable<(AuditRow? Item, long Position)> ItemsOf(ReadShardResponse response)
    {
        foreach (var row in response.Rows)
        {
            if (row.Shard != _shard || row.Position != Position + 1)
            {
                throw new RpcException(StatusCode.DataLoss, $"row {row.Shard}:{row.Position} came where {_shard}:{Position + 1} is next");
            }

            if (Whole(row) is { } payload)
            {
                yield return (new AuditRow(row.Shard, row.Position, row.Epoch, row.RecordedTime, payload, row.Leaf.Memory), row.Position);
            }
        }
    }

    /// <summary>The payload, if this is the last part of it.</summary>
    private ReadOnlyMemory<byte>? Whole(Row row)
    {
        if (row.Payload.Length == row.PayloadLength && _parts is null)
        {
            return row.Payload.Memory;
        }

        if (row.PayloadOffset == 0 && _parts is null && row.PayloadLength <= Array.MaxLength)
        {
            _parts = new byte[row.PayloadLength];
            _filled = 0;
        }

        if (_parts is null || row.PayloadOffset != _filled || row.PayloadLength != _parts.Length || row.PayloadOffset + row.Payload.Length > _parts.Length || row.Payload.IsEmpty)
        {
            throw new RpcException(StatusCode.DataLoss, $"row {row.Shard}:{row.Position} came with bytes {row.PayloadOffset} to {row.PayloadOffset + row.Payload.Length} of {row.PayloadLength} where byte {_filled} is next");
        }

        row.Payload.Span.CopyTo(_parts.AsSpan((int)_filled));
        _filled += row.Payload.Length;
        if (_filled < _parts.Length)
        {
            return null;
        }

        var whole = _parts;
        _parts = null;
        return whole;
    }
}
