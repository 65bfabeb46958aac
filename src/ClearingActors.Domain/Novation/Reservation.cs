namespace ClearingActors.Domain.Novation;

/// <summary>What a reservation is for. The numbers are journaled and never change.</summary>
public enum ReservationKind
{
    None = 0,
    Sale = 1,
    Reversal = 2,
}

/// <summary>A seller's trade in flight.</summary>
/// <param name="Number">From 1, per account.</param>
/// <param name="Kind">A sale, or the reversal of one.</param>
/// <param name="Leg">The seller's leg; it holds the stamp.</param>
public readonly record struct Reservation(long Number, ReservationKind Kind, TradeLeg Leg);
