namespace ClearingActors.Grpc;

/// <summary>The end of a call: a code and a text for people.</summary>
/// <param name="Code">The code. Numbers the protocol does not name arrive as <see cref="StatusCode.Unknown"/>.</param>
/// <param name="Detail">Any Unicode text, possibly empty. It travels to the peer, so it holds no secrets.</param>
public readonly record struct Status(StatusCode Code, string Detail)
{
    /// <summary>The end of a call that succeeded.</summary>
    public static readonly Status Ok = new(StatusCode.OK, "");
}
