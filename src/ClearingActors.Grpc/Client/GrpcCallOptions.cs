namespace ClearingActors.Grpc;

/// <summary>What one call has of its own.</summary>
public sealed record GrpcCallOptions
{
    internal static readonly GrpcCallOptions Default = new();

    /// <summary>
    /// How long the call may take, streams included, from its start. After that it ends with
    /// <see cref="StatusCode.DeadlineExceeded"/> on both sides. Null for no limit.
    /// </summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Sent after the channel's. A key that both have arrives with both values.</summary>
    public Metadata? Metadata { get; init; }

    /// <summary>Ends the call with <see cref="StatusCode.Cancelled"/>, here and on the server.</summary>
    public CancellationToken CancellationToken { get; init; }
}
