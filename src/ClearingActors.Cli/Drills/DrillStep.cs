using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Cli.Drills;

/// <summary>One thing that happens in a drill.</summary>
/// <param name="Place">Where it stands in the file.</param>
public abstract record DrillStep(string Place);

/// <summary>Business time moves.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="At">UTC ns.</param>
public sealed record TimeStep(string Place, long At) : DrillStep(Place);

/// <summary>A trade is reported.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Instrument">What is traded.</param>
/// <param name="Buyer">An account.</param>
/// <param name="Seller">An account.</param>
/// <param name="Lots">Above 0.</param>
/// <param name="Price">Of one unit.</param>
/// <param name="Guaranteed">True for a trade that was matched on an exchange and is taken whatever its margin.</param>
public sealed record TradeStep(string Place, InstrumentId Instrument, AccountId Buyer, AccountId Seller, long Lots, decimal Price, bool Guaranteed) : DrillStep(Place);

/// <summary>The open cycle is settled.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Next">The business date of the cycle after it.</param>
/// <param name="Prices">Price units of what has moved; all else stays where it was.</param>
public sealed record SettleStep(string Place, DateOnly Next, IReadOnlyDictionary<InstrumentId, long> Prices) : DrillStep(Place);

/// <summary>An operator tells that an account will not pay what the last cycle left it owing.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Account">The payer.</param>
/// <param name="Reason">Why.</param>
public sealed record UnpaidStep(string Place, AccountId Account, string Reason) : DrillStep(Place);

/// <summary>An operator triggers a default.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Member">Of the defaulter.</param>
/// <param name="Reason">Why.</param>
public sealed record TriggerStep(string Place, MemberId Member, string Reason) : DrillStep(Place);

/// <summary>One operator proposes, another one approves.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Default">Its number.</param>
/// <param name="Action">What they decide.</param>
/// <param name="Reason">Why.</param>
public sealed record DecideStep(string Place, long Default, Action Action, string Reason) : DrillStep(Place);

/// <summary>A member offers to take a client account over, and an operator ports it.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Default">Its number.</param>
/// <param name="Account">The client account.</param>
/// <param name="Member">Who takes it.</param>
public sealed record PortStep(string Place, long Default, AccountId Account, MemberId Member) : DrillStep(Place);

/// <summary>Members bid for a lot that is on offer.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Default">Its number.</param>
/// <param name="Account">The defaulter's account whose positions the lot holds.</param>
/// <param name="Group">The lot's product group.</param>
/// <param name="Bids">In order: the member and its amount for the lot, minor units; below zero it is paid.</param>
public sealed record BidStep(string Place, long Default, AccountId Account, string Group, IReadOnlyList<(MemberId Member, long Amount)> Bids) : DrillStep(Place);

/// <summary>Business time moves past the end of every auction that is open.</summary>
/// <param name="Place">Where it stands.</param>
public sealed record CloseAuctionsStep(string Place) : DrillStep(Place);

/// <summary>An operator offers what an account left unsold once more.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Default">Its number.</param>
/// <param name="Account">The defaulter's account.</param>
public sealed record ReofferStep(string Place, long Default, AccountId Account) : DrillStep(Place);

/// <summary>An operator closes a default.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Default">Its number.</param>
public sealed record CloseStep(string Place, long Default) : DrillStep(Place);
