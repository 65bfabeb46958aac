namespace ClearingActors.Domain.Market;

/// <summary>An accepted mark of an instrument (rulebook 5).</summary>
/// <param name="PriceUnits">Price units of the instrument.</param>
/// <param name="Number">From 1, without gaps, per underlying; an event that used the mark records it.</param>
/// <param name="Time">UTC ns: the instant that the source says the price is of.</param>
public readonly record struct Mark(long PriceUnits, long Number, long Time);
