using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal.Proofs;
using ClearingActors.Node.Services;
using ClearingActors.Node.Settings;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Audit;

/// <summary>What auditors have the node do with its own journal, and the services in front of it.</summary>
internal sealed class AuditCalls(ICheckpointStore journal, NodeSettings settings, ReadBudget budget, TimeProvider time, ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly VerificationRuns _runs = new(journal, settings, budget, time, loggers.CreateLogger("ClearingActors.Node.Audit"));
    private readonly TimeTravels _travels = new(journal, budget, time);

    /// <summary>The verification that ended last; null before the first.</summary>
    internal VerificationRun? LastVerification => _runs.View().Last;

    internal void MapTo(GrpcServiceBuilder grpc)
    {
        new AuditRunService(_runs).MapTo(grpc);
        new TimeTravelService(_travels).MapTo(grpc);
    }

    /// <summary>Ends what is under way; nothing reads the journal any more. Again, it changes nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        await _runs.DisposeAsync().ConfigureAwait(false);
        await _travels.DisposeAsync().ConfigureAwait(false);
    }
}
