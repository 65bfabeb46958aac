namespace ClearingActors.Cli.Demo;

/// <summary>An option that expired on a day; lots in the money were exercised into the future.</summary>
/// <param name="Symbol">The option.</param>
/// <param name="FinalPrice">The future's, from its last marks: what decides whether the option is in the money.</param>
public sealed record ExpiredOption(string Symbol, decimal FinalPrice);
