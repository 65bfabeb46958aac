namespace ClearingActors.Domain.Margin;

/// <summary>
/// The named inputs of a margin run: whoever has the journal finds them by these, computes again, and must come to the same bits (rulebook 8.9).
/// </summary>
/// <param name="Run">From 1; runs of the house are numbered without gaps.</param>
/// <param name="MarketVersion">The run's list of marks, by its number.</param>
/// <param name="ScenarioSet">SHA-256 of the scenario set's content, in hexadecimal.</param>
/// <param name="ModelVersion">The version of the parameters and of the code that computes.</param>
public sealed record MarginInputs(long Run, long MarketVersion, string ScenarioSet, string ModelVersion);

/// <summary>One part of a requirement.</summary>
/// <param name="Name">As reports show it: <c>model</c>, <c>liquidity</c>, <c>wrong_way</c>, <c>pin_risk</c>, <c>floor</c>.</param>
/// <param name="AmountMinor">Minor units of the margin currency; an offset is negative.</param>
public readonly record struct RequirementPart(string Name, long AmountMinor);

/// <summary>An official run told the account what it needs and what it has.</summary>
/// <param name="Inputs">What it was computed from.</param>
/// <param name="Coverage">The figures.</param>
/// <param name="Parts">They sum to the requirement.</param>
/// <param name="At">UTC ns of business time.</param>
public sealed record MarginAssessed(MarginInputs Inputs, Coverage Coverage, IReadOnlyList<RequirementPart> Parts, long At);

/// <summary>Margin was called.</summary>
/// <param name="Number">The call's.</param>
/// <param name="Run">The run that found the shortfall.</param>
/// <param name="AmountMinor">Minor units of the margin currency.</param>
/// <param name="IssuedAt">UTC ns of business time.</param>
/// <param name="Deadline">UTC ns of business time.</param>
public readonly record struct MarginCallIssued(long Number, long Run, long AmountMinor, long IssuedAt, long Deadline);

/// <summary>A deposit covered a part of a call, or the rest of it: then the call is met.</summary>
/// <param name="Number">The call's.</param>
/// <param name="CreditMinor">Above 0, at most what remained.</param>
public readonly record struct MarginCallCredited(long Number, long CreditMinor);

/// <summary>The deadline passed.</summary>
/// <param name="Number">The call's.</param>
/// <param name="MissingMinor">What had not come.</param>
public readonly record struct MarginCallMissed(long Number, long MissingMinor);

/// <summary>An operator took a call back.</summary>
/// <param name="Number">The call's.</param>
/// <param name="Reason">Why; not empty.</param>
public readonly record struct MarginCallWithdrawn(long Number, string Reason);
