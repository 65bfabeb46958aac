namespace ClearingActors.Grpc;

/// <summary>
/// A call that ended with a status other than <see cref="StatusCode.OK"/>. A handler throws it to send that status
/// and trailers; a client receives it.
/// </summary>
public sealed class RpcException : Exception
{
    /// <param name="status">Not <see cref="StatusCode.OK"/>: a call that succeeded is no exception.</param>
    /// <param name="trailers">Metadata sent or received along with the status.</param>
    /// <param name="inner">What brought the call down on this side; never sent to the peer.</param>
    public RpcException(Status status, Metadata? trailers = null, Exception? inner = null)
        : base($"{status.Code}: {status.Detail}", inner)
    {
        if (status.Code == StatusCode.OK)
        {
            throw new ArgumentException("OK is not an error", nameof(status));
        }

        Status = status;
        Trailers = trailers ?? [];
    }

    public RpcException(StatusCode code, string detail, Exception? inner = null)
        : this(new Status(code, detail), null, inner)
    {
    }

    /// <summary>The code and the text.</summary>
    public Status Status { get; }

    /// <summary>The code alone, for exception filters.</summary>
    public StatusCode StatusCode => Status.Code;

    /// <summary>Metadata that accompanies the status; empty when there is none.</summary>
    public Metadata Trailers { get; }
}
