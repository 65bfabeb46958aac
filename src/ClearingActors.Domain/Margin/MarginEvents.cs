namespace ClearingActors.Domain.Margin;

/// <summary>One part of a requirement.</summary>
/// <param name="Name">As reports show it: <c>model</c>, <c>offsets</c>, <c>buffer</c>, <c>stressed_period</c>, <c>long_window</c>, <c>short_option_minimum</c>, <c>pin_risk</c>, <c>wrong_way</c>, <c>liquidity</c>, <c>floor</c>.</param>
/// <param name="AmountMinor">Minor units of the margin currency; an offset is negative.</param>
public readonly record struct RequirementPart(string Name, long AmountMinor);

/// <summary>An official run told the account what it needs and what it has.</summary>
/// <param name="Run">From 1; the run's own events name what it was computed from.</param>
/// <param name="Coverage">The figures.</param>
/// <param name="Parts">They sum to the requirement.</param>
/// <param name="At">UTC ns of business time.</param>
public sealed record MarginAssessed(long Run, Coverage Coverage, IReadOnlyList<RequirementPart> Parts, long At)
{
    /// <summary>True if the gross notional is above what the model allows over the collateral: until a run finds otherwise no trade may raise a position (rulebook 8.6).</summary>
    public bool GearingExceeded { get; init; }

    /// <summary>The margins that carry the 25 % buffer; empty if none does.</summary>
    public IReadOnlyList<BufferedMargin> Buffered { get; init; } = [];

    /// <summary>The same, to compare with; null if the requirement has a buffer and the run is from before its margins were recorded.</summary>
    public IReadOnlyList<BufferedMargin>? KnownBuffered => Buffered.Count == 0 && Parts.Any(p => p.Name == "buffer") ? null : Buffered;
}

/// <summary>Margin was called.</summary>
/// <param name="Number">The call's.</param>
/// <param name="Run">The run that found the shortfall.</param>
/// <param name="AmountMinor">Minor units of the margin currency.</param>
/// <param name="IssuedAt">UTC ns of business time.</param>
/// <param name="Deadline">UTC ns of business time.</param>
public readonly record struct MarginCallIssued(long Number, long Run, long AmountMinor, long IssuedAt, long Deadline);

/// <summary>Collateral that came in covered a part of a call, or the rest of it: then the call is met.</summary>
/// <param name="Number">The call's.</param>
/// <param name="CreditMinor">Above 0, at most what remained.</param>
public readonly record struct MarginCallCredited(long Number, long CreditMinor);

/// <summary>The deadline passed.</summary>
/// <param name="Number">The call's.</param>
/// <param name="MissingMinor">What had not come.</param>
public readonly record struct MarginCallMissed(long Number, long MissingMinor);

/// <summary>A call was taken back: by a run that found the account covered, or by an operator.</summary>
/// <param name="Number">The call's.</param>
/// <param name="Reason">Why; not empty.</param>
/// <param name="Run">The run; 0 if it was an operator.</param>
public readonly record struct MarginCallWithdrawn(long Number, string Reason, long Run = 0);
