using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Engine.Commands;
using Google.Protobuf;

namespace ClearingActors.Engine;

/// <summary>Default management (rulebook 11).</summary>
public sealed partial class ClearingEngine
{
    /// <summary>The shard whose events tell everything that becomes of defaults and auctions.</summary>
    public int ShardOfDefaults => DefaultAddress.Shard;

    private ActorAddress DefaultAddress => _book.Of(ActorKinds.Default, ActorKinds.House);

    /// <summary>Sets the terms of default management, JSON.</summary>
    public Task SetDefaultTermsAsync(string principal, string terms, CancellationToken cancellation = default) =>
        AskAsync<SetDefaultTermsResponse>(new DefaultCommand(DefaultAddress, principal, new SetDefaultTermsRequest { Terms = terms }), cancellation);

    /// <summary>A request of an operator about one default; completes with the default when its part of it is durable.</summary>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public async Task<Default> ManageDefaultAsync(string principal, IMessage request, CancellationToken cancellation = default) =>
        (await AskAsync<DefaultResponse>(new DefaultCommand(DefaultAddress, principal, request), cancellation).ConfigureAwait(false)).Default;

    /// <summary>Defaults with all that became of them; one, or all for 0.</summary>
    public Task<GetDefaultsResponse> GetDefaultsAsync(string principal, long number = 0, CancellationToken cancellation = default) =>
        AskAsync<GetDefaultsResponse>(new DefaultQuery(DefaultAddress, principal, new GetDefaultsRequest { Number = number }), cancellation);

    /// <summary>The auctions that a member may bid in, with its own bids, and the client accounts that it may take over.</summary>
    public Task<GetAuctionsResponse> GetAuctionsAsync(string principal, string member, CancellationToken cancellation = default) =>
        AskAsync<GetAuctionsResponse>(new DefaultQuery(DefaultAddress, principal, new GetAuctionsRequest { Member = member }), cancellation);

    /// <summary>A sealed bid; whoever calls has checked that the member is the caller's and the account the member's.</summary>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task<PlaceBidResponse> PlaceBidAsync(string principal, PlaceBidRequest request, CancellationToken cancellation = default) =>
        AskAsync<PlaceBidResponse>(new DefaultCommand(DefaultAddress, principal, request), cancellation);

    /// <summary>Puts a refusal of the caller's own on the record, of a default if there is one of the number; it always ends with the exception.</summary>
    /// <param name="principal">Who asked for it.</param>
    /// <param name="number">The default's.</param>
    /// <param name="what">What was asked for, without an amount: bids are sealed even where they are refused.</param>
    /// <param name="why">Why it is refused.</param>
    /// <param name="cancellation">Ends the wait, not the command.</param>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task RefuseBidAsync(string principal, long number, string what, string why, CancellationToken cancellation = default) =>
        DoneAsync(new DefaultCommand(DefaultAddress, principal, new DefaultRefused { Number = number, Refusal = new Refusal { What = what, Why = why } }), cancellation);

    /// <summary>Takes a bid back.</summary>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task<PlaceBidResponse> WithdrawBidAsync(string principal, WithdrawBidRequest request, CancellationToken cancellation = default) =>
        AskAsync<PlaceBidResponse>(new DefaultCommand(DefaultAddress, principal, request), cancellation);

    /// <summary>Offers to take a client account over, or takes the offer back.</summary>
    /// <exception cref="RefusedException">Nothing changed; the refusal is in the journal.</exception>
    public Task OfferPortingAsync(string principal, OfferPortingRequest request, CancellationToken cancellation = default) =>
        AskAsync<OfferPortingResponse>(new DefaultCommand(DefaultAddress, principal, request), cancellation);
}
