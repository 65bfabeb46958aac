namespace ClearingActors.Domain.Novation;

/// <summary>The seller checked the trade, stamped it and holds room for it.</summary>
/// <param name="Leg">The seller's leg.</param>
/// <param name="Reservation">From 1, without gaps, per account.</param>
/// <param name="MarkNumber">The mark that the price was held against; 0 if none was.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct TradeReserved(TradeLeg Leg, long Reservation, long MarkNumber, long Requirement);

/// <summary>The buyer checked the trade and has it: the commit point of novation.</summary>
/// <param name="Leg">The buyer's leg.</param>
/// <param name="SellerReservation">The seller's reservation, for the seller to confirm.</param>
/// <param name="MarkNumber">The mark that the price was held against; 0 if none was.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct TradeNovated(TradeLeg Leg, long SellerReservation, long MarkNumber, long Requirement);

/// <summary>The seller has the trade too; its reservation is used up.</summary>
/// <param name="Leg">The seller's leg.</param>
/// <param name="Reservation">The reservation.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct TradeConfirmed(TradeLeg Leg, long Reservation, long Requirement);

/// <summary>The buyer refused; the seller is as if the trade had never been.</summary>
/// <param name="Leg">The seller's leg.</param>
/// <param name="Reservation">The reservation.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct ReservationReleased(TradeLeg Leg, long Reservation, long Requirement);

/// <summary>The seller holds its cycle open for the reversal of a trade.</summary>
/// <param name="Leg">The seller's leg of the trade to reverse.</param>
/// <param name="Reservation">From 1, without gaps, per account.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct ReversalReserved(TradeLeg Leg, long Reservation, long Requirement);

/// <summary>One account gave the trade back: quantity and cost left the bucket of the trade's cycle.</summary>
/// <param name="Leg">The account's leg of the trade, as it was novated.</param>
/// <param name="Reservation">The seller's reversing reservation; the buyer's event carries it too, for the seller to reverse with.</param>
/// <param name="Requirement">The position's requirement from here on, in minor units.</param>
public readonly record struct TradeReversed(TradeLeg Leg, long Reservation, long Requirement);
