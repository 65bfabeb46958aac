namespace ClearingActors.Cli.Demo;

/// <summary>What margin came to on a day. Amounts are USD.</summary>
/// <param name="Requirement">Of all accounts, by the run after the day's settlement.</param>
/// <param name="Intraday">True if there was a run within the day, too.</param>
/// <param name="Called">The amount of the calls.</param>
/// <param name="Issued">Calls issued by the day's runs.</param>
/// <param name="Met">How many of them were met by their deadline.</param>
/// <param name="Withdrawn">How many a later run took back, since the account was covered again.</param>
/// <param name="Missed">How many were neither.</param>
/// <param name="SyntheticVolatility">What options were priced with on the day, from what the future's price realised before; 1.00 is 100 %.</param>
public sealed record DayMargin(decimal Requirement, bool Intraday, decimal Called, long Issued, long Met, long Withdrawn, long Missed, double SyntheticVolatility);
