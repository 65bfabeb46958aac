using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>Which journal a read is of: found with the first call, and the same over all that follow.</summary>
/// <param name="Id">Empty before it is known.</param>
/// <param name="Generation">Of the journal.</param>
internal readonly record struct JournalName(string Id, int Generation)
{
    internal static JournalName Of(AuditReadOptions options) => options.JournalId is { } id ? new JournalName(id.ToString("D"), options.Generation) : new JournalName("", 0);

    internal async ValueTask<JournalName> OrFoundAsync(GrpcChannel channel, CancellationToken cancellationToken)
    {
        if (Id.Length > 0)
        {
            return this;
        }

        var found = await channel.UnaryAsync(AuditClient.GetJournal, new GetJournalRequest(), new GrpcCallOptions { CancellationToken = cancellationToken });
        return new JournalName(found.JournalId, found.Generation);
    }
}
