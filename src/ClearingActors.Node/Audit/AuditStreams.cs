using System.Collections.Concurrent;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;

namespace ClearingActors.Node.Audit;

/// <summary>Counts the streams, or calls of one kind, that each principal has open, so that one cannot take the journal's readers from the others. Thread-safe.</summary>
/// <param name="most">Of one principal.</param>
/// <param name="what">What they are, for the message.</param>
internal sealed class AuditStreams(int most, string what = "audit streams")
{
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <summary>Counts a stream in; dispose what it returns when the stream has ended.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: it has as many as it may.</exception>
    internal IDisposable Enter(Principal principal)
    {
        if (_open.AddOrUpdate(principal.Name, 1, static (_, open) => open + 1) > most)
        {
            Leave(principal.Name);
            throw new RpcException(StatusCode.ResourceExhausted, $"{principal.Name} has {most} {what} open, the limit; end one before the next");
        }

        return new Stream(this, principal.Name);
    }

    private void Leave(string principal) => _open.AddOrUpdate(principal, 0, static (_, open) => open - 1);

    private sealed class Stream(AuditStreams streams, string principal) : IDisposable
    {
        public void Dispose() => streams.Leave(principal);
    }
}
