using ClearingActors.Actors;
using Google.Protobuf;

namespace ClearingActors.Engine.Commands;

/// <summary>
/// What operators and members ask of the default manager: one of the requests of <c>clearing.defaults.v1</c>, as its service takes it. Answered by that request's response or
/// <see cref="Refused"/>.
/// </summary>
public sealed class DefaultCommand(ActorAddress to, string principal, IMessage request) : Command(to, principal)
{
    /// <summary>The request.</summary>
    public IMessage Request { get; } = request;
}

/// <summary>Reads defaults or auctions: <c>GetDefaultsRequest</c> or <c>GetAuctionsRequest</c>.</summary>
public sealed class DefaultQuery(ActorAddress to, string principal, IMessage request) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;

    /// <summary>The request.</summary>
    public IMessage Request { get; } = request;
}
