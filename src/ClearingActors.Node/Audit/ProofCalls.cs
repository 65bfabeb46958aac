using ClearingActors.Audit.Proofs;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Checkpoints;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;
using ClearingActors.Node.Settings;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Audit;

/// <summary>Checkpoints and proofs over gRPC. Proofs are made one at a time, on a thread of the pool, from bounded reads.</summary>
internal sealed class ProofCalls : IDisposable
{
    private const int MostCheckpoints = 64;

    /// <summary>Texts in one answer: with many shards there are fewer of them, since clients take messages of 4 MiB.</summary>
    private const int MostTextBytes = 1 << 20;

    /// <summary>The longest row that is proved in a message, which has it in base64.</summary>
    private const int LargestRow = 2 << 20;

    /// <summary>Of one principal: proofs wait for each other, watches are cheap.</summary>
    private const int MostProofs = 4;

    private const int MostWatches = 16;

    /// <summary>Rows of a shard that are searched for a trade: without a time, the newest.</summary>
    private const long SearchedRows = 200_000;

    private readonly ICheckpointStore _journal;
    private readonly ClearingEngine _engine;
    private readonly CheckpointLoop? _checkpoints;
    private readonly string _publicKeys;
    private readonly NodeDrain _drain;
    private readonly ReadBudget _budget;
    private readonly SemaphoreSlim _one = new(1);
    private readonly AuditStreams _proofs = new(MostProofs, "proofs");
    private readonly AuditStreams _watches = new(MostWatches, "watches of checkpoints");

    internal ProofCalls(ICheckpointStore journal, ClearingEngine engine, CheckpointLoop? checkpoints, NodeSettings settings, NodeDrain drain, ReadBudget budget)
    {
        _journal = journal;
        _engine = engine;
        _checkpoints = checkpoints;
        _publicKeys = CheckpointKeyFile.PublicPathOf(settings.CheckpointKeyPath);
        _drain = drain;
        _budget = budget;
    }

    private static ServiceDescriptor Descriptor => AuditReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetCheckpointsRequest, GetCheckpointsResponse>(Descriptor, "GetCheckpoints"), GetCheckpointsAsync)
        .ServerStreaming(GrpcMethod.Of<WatchCheckpointsRequest, CheckpointText>(Descriptor, "WatchCheckpoints"), WatchCheckpointsAsync)
        .Unary(GrpcMethod.Of<GetKeysRequest, GetKeysResponse>(Descriptor, "GetKeys"), GetKeysAsync)
        .Unary(GrpcMethod.Of<ProveTradeRequest, Proof>(Descriptor, "ProveTrade"), ProveTradeAsync)
        .Unary(GrpcMethod.Of<ProveRowRequest, Proof>(Descriptor, "ProveRow"), ProveRowAsync)
        .Unary(GrpcMethod.Of<ProveConsistencyRequest, ProveConsistencyResponse>(Descriptor, "ProveConsistency"), ProveConsistencyAsync);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async ValueTask<GetCheckpointsResponse> GetCheckpointsAsync(GetCheckpointsRequest request, ServerCallContext context)
    {
        if (request.From < 0)
        {
            throw Refusals.BadInput("from", request.From, "a number from 1, or 0 for the newest, is allowed");
        }

        if (request.Limit is < 0 or > MostCheckpoints)
        {
            throw Refusals.BadInput("limit", request.Limit, $"1 to {MostCheckpoints}, or 0 for {MostCheckpoints}, is allowed");
        }

        return await ReadAsync(
            () =>
            {
                var newest = _journal.LastCheckpoint();
                var response = new GetCheckpointsResponse { Newest = newest };
                var from = request.From == 0 ? Math.Max(1, newest) : request.From;
                var bytes = 0;
                foreach (var stored in _journal.ReadCheckpoints(from).Take(request.Limit == 0 ? MostCheckpoints : request.Limit))
                {
                    bytes += stored.Text.Length;
                    if (response.Checkpoints.Count > 0 && bytes > MostTextBytes)
                    {
                        break;
                    }

                    response.Checkpoints.Add(ToMessage(stored));
                }

                return response;
            },
            context.CancellationToken).ConfigureAwait(false);
    }

    private async ValueTask WatchCheckpointsAsync(WatchCheckpointsRequest request, GrpcStreamWriter<CheckpointText> responses, ServerCallContext context)
    {
        using var watch = _watches.Enter(Callers.PrincipalOf(context));
        using var entered = _drain.Enter();
        if (_checkpoints is null)
        {
            throw new RpcException(StatusCode.FailedPrecondition, "this node makes no checkpoints: checkpoints.seconds is 0");
        }

        if (request.After < 0)
        {
            throw Refusals.BadInput("after", request.After, "a number from 0 is allowed");
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, _drain.Stopping);
        try
        {
            var after = request.After;
            while (true)
            {
                // Asked for first: what is made while stored ones are read is not waited for.
                var next = _checkpoints.NextAsync();
                var chunk = await ReadAsync(() => _journal.ReadCheckpoints(after + 1).Take(MostCheckpoints).Select(ToMessage).ToList(), either.Token).ConfigureAwait(false);
                foreach (var checkpoint in chunk)
                {
                    await responses.WriteAsync(checkpoint, either.Token).ConfigureAwait(false);
                    after = checkpoint.Number;
                }

                if (chunk.Count == 0)
                {
                    await next.WaitAsync(either.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (_drain.Stopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; watch again at its successor");
        }
    }

    private async ValueTask<GetKeysResponse> GetKeysAsync(GetKeysRequest request, ServerCallContext context)
    {
        try
        {
            return new GetKeysResponse { Pem = await File.ReadAllTextAsync(_publicKeys, context.CancellationToken).ConfigureAwait(false) };
        }
        catch (FileNotFoundException e)
        {
            throw new RpcException(StatusCode.FailedPrecondition, "this node has no keys: checkpoints.seconds is 0", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RpcException(StatusCode.Unavailable, $"the public keys cannot be read just now: {e.Message}", e);
        }
    }

    private async ValueTask<Proof> ProveTradeAsync(ProveTradeRequest request, ServerCallContext context)
    {
        if (!AccountId.TryParse(request.Account, out var account))
        {
            throw Refusals.BadInput("account", request.Account, "1 to 64 characters of A-Z a-z 0-9 . _ - are required");
        }

        if (request.Source.Length == 0 || request.TradeId.Length == 0)
        {
            throw Refusals.BadInput(request.Source.Length == 0 ? "source" : "trade_id", "", "the trade's source and its id there are required");
        }

        if (request.Near < 0)
        {
            throw Refusals.BadInput("near", request.Near, "UTC nanoseconds since 1970, or 0 for now, are allowed");
        }

        var principal = Callers.Require(context, Roles.Auditor | Roles.Member);
        var view = await Refusals.RunAsync(() => _engine.GetAccountAsync(principal.Name, account, context.CancellationToken)).ConfigureAwait(false);
        if (view is null || !principal.MayRead(view.Account.Member))
        {
            // A member must not learn which accounts others have.
            throw principal.Is(Roles.Auditor)
                ? new RpcException(StatusCode.NotFound, $"account {account} is not defined")
                : new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not prove trades of account {account}");
        }

        using var open = _proofs.Enter(principal);
        var wanted = new WantedTrade(request.Source, request.TradeId, account.Value, request.Cancelled);
        return await OneAtATimeAsync(
            () =>
            {
                if (new TradeFinder(_journal) { Read = Pay }.Find(wanted, request.Near == 0 ? null : request.Near, SearchedRows, context.CancellationToken) is not var (shard, position))
                {
                    throw new RpcException(
                        StatusCode.NotFound,
                        $"account {account} has no such trade {request.Source}/{request.TradeId} in the {SearchedRows:#,0} turns before {(request.Near == 0 ? "now" : "near")}; give in near a time soon after it was answered");
                }

                var proof = new Prover(_journal) { Read = Pay }.ProveReceipt(shard, position, wanted.Is) ?? throw NotSigned(shard, position);
                return new Proof { File = ByteString.CopyFrom(ProofFile.Write(proof)), Checkpoint = NumberOf(proof.Checkpoint) };
            },
            context.CancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Proof> ProveRowAsync(ProveRowRequest request, ServerCallContext context)
    {
        using var open = _proofs.Enter(Callers.Require(context, Roles.Auditor));
        CheckShard(request.Shard);
        return await OneAtATimeAsync(
            () =>
            {
                var prover = new Prover(_journal) { Read = Pay };
                var by = request.Checkpoint == 0 ? prover.FirstCovering(request.Shard, request.Position) ?? throw NotSigned(request.Shard, request.Position) : CheckpointOf(prover, request.Checkpoint);
                var size = by.Checkpoint.Shards[request.Shard].Size;
                if (request.Position < 1 || request.Position > size)
                {
                    throw new RpcException(StatusCode.OutOfRange, $"position is {request.Position}; checkpoint {by.Checkpoint.Number} covers the turns 1 to {size} of shard {request.Shard}");
                }

                var proof = prover.ProveRow(request.Shard, request.Position, by);
                return proof.Row.Payload.Length <= LargestRow
                    ? new Proof { File = ByteString.CopyFrom(ProofFile.Write(proof)), Checkpoint = by.Checkpoint.Number }
                    : throw new RpcException(
                        StatusCode.OutOfRange,
                        $"the row of shard {request.Shard} at position {request.Position} has {proof.Row.Payload.Length} bytes, above the limit of {LargestRow} of a message; prove it from a copy of the journal with clearing audit prove");
            },
            context.CancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ProveConsistencyResponse> ProveConsistencyAsync(ProveConsistencyRequest request, ServerCallContext context)
    {
        using var open = _proofs.Enter(Callers.Require(context, Roles.Auditor));
        CheckShard(request.Shard);
        return await OneAtATimeAsync(
            () =>
            {
                var prover = new Prover(_journal) { Read = Pay };
                var earlier = CheckpointOf(prover, request.Earlier).Checkpoint;
                var later = CheckpointOf(prover, request.Later).Checkpoint;
                if (later.Number < earlier.Number || earlier.Shards[request.Shard].Size == 0)
                {
                    throw new RpcException(
                        StatusCode.InvalidArgument,
                        $"checkpoint {earlier.Number} has {earlier.Shards[request.Shard].Size} turns of shard {request.Shard}, and is to be proved the beginning of {later.Number}: an earlier one with turns is required");
                }

                var response = new ProveConsistencyResponse();
                response.Hashes.AddRange(prover.ProveConsistency(request.Shard, earlier, later).Select(ByteString.CopyFrom));
                return response;
            },
            context.CancellationToken).ConfigureAwait(false);
    }

    private static CheckpointText ToMessage((long Number, ReadOnlyMemory<byte> Text) stored) => new() { Number = stored.Number, Text = ByteString.CopyFrom(stored.Text.Span) };

    private static long NumberOf(ReadOnlyMemory<byte> text) => Checkpoint.Parse(text).Checkpoint.Number;

    private RpcException NotSigned(int shard, long position) => new(
        StatusCode.FailedPrecondition,
        _checkpoints is null
            ? "this node makes no checkpoints, so nothing proves it: checkpoints.seconds is 0"
            : $"shard {shard}, position {position}, is not signed yet; the next checkpoint comes within seconds: ask again");

    private SignedCheckpoint CheckpointOf(Prover prover, long number)
    {
        var last = _journal.LastCheckpoint();
        return number >= 1 && number <= last ? prover.ReadCheckpoint(number) : throw new RpcException(StatusCode.OutOfRange, $"there is no checkpoint {number}; the journal has 1 to {last}");
    }

    /// <summary>What proofs read is of the same budget as what auditors read. It waits on the one thread that makes proofs.</summary>
    private void Pay(long bytes) => _budget.TakeAsync(bytes, _drain.Stopping).GetAwaiter().GetResult();

    private void CheckShard(int shard)
    {
        if ((uint)shard >= (uint)_journal.Identity.ShardCount)
        {
            throw Refusals.BadInput("shard", shard, $"the journal has the shards 0 to {_journal.Identity.ShardCount - 1}");
        }
    }

    private async Task<T> OneAtATimeAsync<T>(Func<T> make, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await ReadAsync(make, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Reading blocks; that is not the caller's thread to lend.</summary>
    private static async Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(read, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JournalException or FormatException)
        {
            throw new RpcException(StatusCode.Unavailable, $"the journal cannot be read just now: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new RpcException(StatusCode.Unavailable, "the node is stopping; ask its successor", e);
        }
    }
}
