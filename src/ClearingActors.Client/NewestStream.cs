using System.Runtime.CompilerServices;
using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>Reads a stream whose every message stands for itself, over breaks of the connection: after a break the first one is the current one.</summary>
internal static class NewestStream
{
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    internal static void Validate(ReconnectBackoff backoff, int? maxAttempts)
    {
        backoff.Validate();
        if (maxAttempts is < 1)
        {
            throw new ArgumentException($"MaxAttempts is {maxAttempts}; 1 or more, or null for no bound", nameof(maxAttempts));
        }
    }

    /// <summary>
    /// Reads without end. Throws <see cref="OperationCanceledException"/> when the token ends it, and <see cref="RpcException"/> when the server refuses what another attempt
    /// would not change, or after so many attempts in a row that brought nothing.
    /// </summary>
    internal static async IAsyncEnumerable<TResponse> ReadAllAsync<TRequest, TResponse>(
        GrpcChannel channel,
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        string what,
        ReconnectBackoff backoff,
        int? maxAttempts,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var failures = 0;
        while (true)
        {
            RpcException? broken = null;
            using (var call = channel.ServerStreaming(method, request, new GrpcCallOptions { CancellationToken = cancellationToken }))
            {
                while (true)
                {
                    try
                    {
                        if (!await call.Responses.MoveNextAsync(cancellationToken))
                        {
                            break;
                        }
                    }
                    catch (RpcException e) when (!cancellationToken.IsCancellationRequested && !CallFailure.IsFinal(e.StatusCode))
                    {
                        broken = e;
                        break;
                    }

                    failures = 0;
                    yield return call.Responses.Current;
                }
            }

            failures++;
            if (failures >= maxAttempts)
            {
                throw new RpcException(StatusCode.Unavailable, $"The watch of {what} ended {failures} times in a row without a figure: {broken?.Message ?? "the server ended the stream"}", broken);
            }

            await Task.Delay(backoff.DelayAfter(failures), time, cancellationToken);
        }
    }
}
