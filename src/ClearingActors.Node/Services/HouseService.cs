using ClearingActors.Contracts.House.V1;
using ClearingActors.Domain;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Node.Checkpoints;
using ClearingActors.Node.Monitors;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>What those who watch the house see first.</summary>
internal sealed class HouseService(ClearingEngine engine, LoadHistory load, InvariantMonitor invariants, HouseAlerts alerts, CheckpointLoop? checkpoints, NodeSettings settings, TimeProvider time)
{
    private readonly long _startedAt = UtcTime.Of(time.GetUtcNow());

    private static ServiceDescriptor Descriptor => HouseReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetOverviewRequest, GetOverviewResponse>(Descriptor, "GetOverview"), GetOverviewAsync)
        .Unary(GrpcMethod.Of<GetLoadRequest, GetLoadResponse>(Descriptor, "GetLoad"), GetLoad);

    private async ValueTask<GetOverviewResponse> GetOverviewAsync(GetOverviewRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);

        // What cannot be read just now the alerts tell: what needs no shard must be seen all the same.
        var reading = OptionalRead.TryAsync(() => engine.GetSettlementAsync(principal.Name, context.CancellationToken), time);
        var (halts, _) = await OptionalRead.TryAsync(ReadHaltAsync, time).ConfigureAwait(false);
        var (settlement, _) = await reading.ConfigureAwait(false);
        var halted = (bool?)halts;
        var verdict = invariants.Last;
        var overview = new GetOverviewResponse
        {
            Node = settings.Name,
            StartedAt = _startedAt,
            Now = UtcTime.Of(time.GetUtcNow()),
            BusinessTime = settlement?.BusinessTime ?? 0,
            BusinessDate = settlement is null ? 0 : Dates.ToInt(settlement.BusinessDate),
            Cycle = settlement?.OpenCycle ?? 0,
            CycleStage = settlement?.Stage.ToString() ?? "not known",
            HouseHalted = halted is true,
            HaltUnknown = halted is null,
            DiskFull = engine.Runtime.DiskFull,
            TradesNovated = engine.Counters.Novated,
            Load = SampleOf(load.Last()),
            Invariants = new InvariantCheck
            {
                TriedAt = verdict.TriedAt,
                Quiet = verdict.Quiet,
                CheckedAt = verdict.CheckedAt,
                Waited = verdict.Waited.Ticks * 100,
                NotCheckedBecause = verdict.NotCheckedBecause,
                Overdue = invariants.UncheckedSince(verdict) is not null,
            },
            Checkpoint = checkpoints?.Last?.Checkpoint.Number ?? 0,
            CheckpointTime = checkpoints?.Last?.Checkpoint.Time ?? 0,
        };
        foreach (var (reason, count) in engine.Counters.Rejected)
        {
            overview.TradesRejected += count;
            overview.RejectedByReason.Add(reason.ToString(), count);
        }

        if (verdict.Books is { } books)
        {
            overview.Invariants.MatchedBook = books.MatchedBook;
            overview.Invariants.CashConserved = books.CashConserved;
            overview.Invariants.AssetsConserved = books.AssetsConserved;
            overview.Invariants.Accounts = books.Accounts;
            overview.Invariants.Broken.Add(books.Positions.Where(p => p.Value.Sum != 0).Select(p => p.Key.Value));
            overview.Invariants.Broken.Add(books.Cash.Where(c => c.Value != 0).Select(c => c.Key.Code));
            overview.Invariants.Broken.Add(books.Assets.Where(a => a.Value != 0).Select(a => a.Key.Value));
        }

        overview.Alerts.Add(await Refusals.RunAsync(() => alerts.ReadAsync(principal.Name, settlement, halted, context.CancellationToken)).ConfigureAwait(false));
        return overview;
    }

    private async Task<object> ReadHaltAsync() => (await engine.ReadHaltsAsync().ConfigureAwait(false)).House;

    private ValueTask<GetLoadResponse> GetLoad(GetLoadRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        var response = new GetLoadResponse();
        foreach (var second in load.Seconds())
        {
            response.At.Add(second.At);
            response.TradesPerSecond.Add(Math.Round(second.Novated, 1));
            response.CommitMedian.Add(Math.Round(second.CommitMedian, 3));
            response.CommitP99.Add(Math.Round(second.CommitP99, 3));
        }

        return ValueTask.FromResult(response);
    }

    private static LoadSample SampleOf(LoadSecond second) => new()
    {
        At = second.At,
        TradesPerSecond = Math.Round(second.Novated, 1),
        RejectedPerSecond = Math.Round(second.Rejected, 1),
        CommitMedian = Math.Round(second.CommitMedian, 3),
        CommitP99 = Math.Round(second.CommitP99, 3),
        AppendsPerSecond = Math.Round(second.Appends, 1),
        BytesPerSecond = Math.Round(second.Bytes),
    };
}
