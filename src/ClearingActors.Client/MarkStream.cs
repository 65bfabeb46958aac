using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// Marks on their way to the clearing house. Not thread-safe: one method at a time. It does not reconnect: after a break the newest prices matter, not the old ones,
/// so open another stream and go on with those. Dispose it; before <see cref="CompleteAsync"/> that cancels the call.
/// </summary>
public sealed class MarkStream : IDisposable
{
    /// <summary>The most marks in one message.</summary>
    public const int MaxMarksPerMessage = 10_000;

    private readonly GrpcClientStreamingCall<PublishMarksRequest, PublishMarksResponse> _call;

    internal MarkStream(GrpcClientStreamingCall<PublishMarksRequest, PublishMarksResponse> call) => _call = call;

    /// <summary>Sends one mark.</summary>
    /// <exception cref="RpcException">The call has ended; why it ended tells <see cref="CompleteAsync"/>.</exception>
    public ValueTask PublishAsync(Mark mark, CancellationToken cancellationToken = default)
    {
        var request = new PublishMarksRequest();
        request.Marks.Add(mark);
        return _call.Requests.WriteAsync(request, cancellationToken);
    }

    /// <summary>Sends marks in their order, as few messages as may be.</summary>
    /// <exception cref="RpcException">The call has ended; why it ended tells <see cref="CompleteAsync"/>.</exception>
    public async ValueTask PublishAsync(IReadOnlyCollection<Mark> marks, CancellationToken cancellationToken = default)
    {
        foreach (var chunk in marks.Chunk(MaxMarksPerMessage))
        {
            var request = new PublishMarksRequest();
            request.Marks.AddRange(chunk);
            await _call.Requests.BufferAsync(request, cancellationToken);
        }

        await _call.Requests.FlushAsync(cancellationToken);
    }

    /// <summary>Says that no mark will follow and waits until what became of all of them is durable.</summary>
    /// <exception cref="RpcException">The call did not end with OK.</exception>
    public async Task<PublishMarksResponse> CompleteAsync()
    {
        try
        {
            await _call.CompleteRequestsAsync();
        }
        catch (RpcException)
        {
            // The call ended before its requests did. Why it ended is the response's to tell, so that is the one failure to throw.
            await _call.ResponseAsync;
            throw;
        }

        return await _call.ResponseAsync;
    }

    /// <summary>Ends the call unless it has ended.</summary>
    public void Dispose() => _call.Dispose();
}
