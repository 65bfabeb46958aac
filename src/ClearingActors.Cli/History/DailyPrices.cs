namespace ClearingActors.Cli.History;

/// <summary>One day of a price history. All prices are above zero, and open and close lie between low and high.</summary>
/// <param name="Date">The trading day.</param>
/// <param name="Open">The first price.</param>
/// <param name="High">The highest price.</param>
/// <param name="Low">The lowest price.</param>
/// <param name="Close">The last price; the day settles at it, rounded to the tick.</param>
public readonly record struct DailyPrices(DateOnly Date, decimal Open, decimal High, decimal Low, decimal Close);
