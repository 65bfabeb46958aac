namespace ClearingActors.Grpc;

/// <summary>The side of a call that bytes go to: the response on a server, the request on a client.</summary>
internal interface IMessageSink
{
    /// <summary>Sends frames and waits while flow control holds them back. The memory is not used after the task has ended.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken);
}
