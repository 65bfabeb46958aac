using ClearingActors.Actors;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Audit;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Watch;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>The journal itself, for auditors only: an operator is one of those who are audited, and has other calls to run the house by.</summary>
internal sealed class AuditService(IJournalStore journal, DurableHeads heads, JournalReads reads, NodeDrain drain)
{
    /// <summary>Enough for a reader of every shard, its successor, and two more; at least this.</summary>
    private const int LeastStreams = 64;

    private const int StreamsPerShard = 4;

    private readonly AuditStreams _streams = new(Math.Max(LeastStreams, StreamsPerShard * journal.Identity.ShardCount));
    private readonly AddressBook _book = new(journal.Identity.ShardCount, ActorKinds.NameOf);

    private static ServiceDescriptor Descriptor => AuditReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetJournalRequest, GetJournalResponse>(Descriptor, "GetJournal"), GetJournalAsync)
        .ServerStreaming(GrpcMethod.Of<ReadShardRequest, ReadShardResponse>(Descriptor, "ReadShard"), ReadShardAsync)
        .ServerStreaming(GrpcMethod.Of<ReadActorRequest, ReadActorResponse>(Descriptor, "ReadActor"), ReadActorAsync);

    private async ValueTask<GetJournalResponse> GetJournalAsync(GetJournalRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Auditor);
        var identity = journal.Identity;
        var response = new GetJournalResponse { JournalId = identity.Id.ToString("D"), Generation = identity.Generation, ShardCount = identity.ShardCount, FeatureLevel = identity.FeatureLevel };
        try
        {
            // Reading blocks; that is not the caller's thread to lend.
            foreach (var head in await Task.Run(journal.ReadHeads, context.CancellationToken).ConfigureAwait(false))
            {
                response.Heads.Add(new Head { Shard = head.Shard, Position = heads.PositionOf(head.Shard), Epoch = head.Epoch, Owner = head.Owner });
            }
        }
        catch (JournalException e)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }

        return response;
    }

    private async ValueTask ReadShardAsync(ReadShardRequest request, GrpcStreamWriter<ReadShardResponse> responses, ServerCallContext context)
    {
        using var stream = Enter(context);
        using var entered = drain.Enter();
        var shards = journal.Identity.ShardCount;
        if ((uint)request.Shard >= (uint)shards)
        {
            throw Refusals.BadInput("shard", request.Shard, $"the journal has the shards 0 to {shards - 1}");
        }

        var range = RangeOf(request.Shard, request.After, request.UpTo, request.Follow, request.JournalId, request.Generation);
        await reads.SendRowsAsync(range, responses, context.CancellationToken, drain.Stopping).ConfigureAwait(false);
    }

    private async ValueTask ReadActorAsync(ReadActorRequest request, GrpcStreamWriter<ReadActorResponse> responses, ServerCallContext context)
    {
        using var stream = Enter(context);
        using var entered = drain.Enter();
        var actor = ActorOf(request.Actor);
        var range = RangeOf(actor.Shard, request.After, request.UpTo, request.Follow, request.JournalId, request.Generation);
        await reads.SendActorAsync(actor, range, responses, context.CancellationToken, drain.Stopping).ConfigureAwait(false);
    }

    private IDisposable Enter(ServerCallContext context) => _streams.Enter(Callers.Require(context, Roles.Auditor));

    private ActorAddress ActorOf(string text)
    {
        const string Allowed = "kind/id is required, such as account/A-HOUSE, settlement/house, source/XEUR/0 or directory/3";
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var kind = slash < 0 ? 0 : ActorKinds.Parse(text[..slash]);
        var key = text[(slash + 1)..];
        if (kind == 0 || key.Length is 0 or > 128)
        {
            throw Refusals.BadInput("actor", text, Allowed);
        }

        if (kind != ActorKinds.Directory)
        {
            return _book.Of(kind, key);
        }

        return int.TryParse(key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var shard) && shard < journal.Identity.ShardCount
            ? AddressBook.OfShard(kind, shard)
            : throw Refusals.BadInput("actor", text, $"each of the shards 0 to {journal.Identity.ShardCount - 1} has a directory");
    }

    private ReadRange RangeOf(int shard, long after, long upTo, bool follow, string journalId, int generation)
    {
        var identity = journal.Identity;
        if (journalId.Length > 0 && (journalId != identity.Id.ToString("D") || generation != identity.Generation))
        {
            throw new RpcException(
                StatusCode.FailedPrecondition,
                $"after is of journal {journalId}, generation {generation}; here is journal {identity.Id:D}, generation {identity.Generation}: its positions are others, read it from the beginning");
        }

        var head = heads.PositionOf(shard);
        if (after < 0 || after > head)
        {
            throw new RpcException(StatusCode.OutOfRange, $"after is {after}; shard {shard} stands at {head}");
        }

        if (upTo < 0 || (upTo > 0 && upTo < after) || (!follow && upTo > head))
        {
            throw new RpcException(StatusCode.OutOfRange, $"up_to is {upTo}; after is {after} and shard {shard} stands at {head}: ask for nothing beyond it, or follow");
        }

        return new ReadRange(shard, after, upTo, follow);
    }
}
