namespace ClearingActors.Audit.TimeTravel;

/// <summary>An account as it was at a moment. Amounts are in units of the currency named beside them, or of the margin currency; times ISO 8601 in UTC, null where there is none.</summary>
internal sealed record AccountPicture
{
    public required string? RecordedTo { get; init; }

    public required string? BusinessTime { get; init; }

    public required string Account { get; init; }

    public required string Member { get; init; }

    /// <summary>The member's: active, suspended or defaulted.</summary>
    public required string MemberStanding { get; init; }

    public required string Segregation { get; init; }

    public required string Status { get; init; }

    public required string Currency { get; init; }

    public required decimal IntradayLimit { get; init; }

    public required long LastSettledCycle { get; init; }

    public required IReadOnlyList<PositionPicture> Positions { get; init; }

    public required IReadOnlyList<BalancePicture> Balances { get; init; }

    /// <summary>Computed by a cycle and not booked yet.</summary>
    public required IReadOnlyList<UnbookedPicture> Unbooked { get; init; }

    public required IReadOnlyList<PaymentPicture> PaymentsDue { get; init; }

    /// <summary>By the last official run; null before the first.</summary>
    public required MarginPicture? Official { get; init; }

    /// <summary>By the canonical routine at the newest marks; null where it cannot tell, see <see cref="WhyNotNow"/>.</summary>
    public required MarginPicture? Now { get; init; }

    public required string WhyNotNow { get; init; }

    public required IReadOnlyList<CollateralPicture> Collateral { get; init; }

    /// <summary>Open ones and the last that ended.</summary>
    public required IReadOnlyList<CallPicture> Calls { get; init; }

    public required IReadOnlyList<ReservationPicture> Reservations { get; init; }

    public required IReadOnlyList<NoticePicture> Notices { get; init; }

    /// <summary>Of an account of the default fund; else null.</summary>
    public required ContributionPicture? Contribution { get; init; }

    /// <summary>Where it stands in a default; null if in none.</summary>
    public required SeizedPicture? InDefault { get; init; }

    /// <summary>The number of that default; 0 if in none.</summary>
    public required long Default { get; init; }
}

/// <param name="Instrument">What is held.</param>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Lots">All, signed.</param>
/// <param name="Settled">By the last settlement.</param>
/// <param name="Open">Of trades that no cycle has settled.</param>
/// <param name="ReservedToSell">In flight.</param>
/// <param name="ReservedToBuyBack">Reversals in flight.</param>
/// <param name="Reference">The last settlement price, of the settled lots.</param>
/// <param name="Mark">The newest.</param>
/// <param name="Accrued">Variation margin since the last settlement at the mark; for options whose premium is paid up front, what the lots are worth.</param>
/// <param name="Currency">Of that.</param>
internal sealed record PositionPicture(
    string Instrument, string Client, long Lots, long Settled, long Open, long ReservedToSell, long ReservedToBuyBack, decimal? Reference, decimal? Mark, decimal? Accrued, string Currency);

/// <param name="Currency">The code.</param>
/// <param name="Cash">Booked.</param>
/// <param name="Reserved">The requirement of positions and trades in flight that the trade check holds, where no margin model does.</param>
internal sealed record BalancePicture(string Currency, decimal Cash, decimal Reserved);

/// <param name="Type">Of the entry to come.</param>
/// <param name="Currency">The code.</param>
/// <param name="Amount">Signed: received above zero.</param>
internal sealed record UnbookedPicture(string Type, string Currency, decimal Amount);

/// <param name="Cycle">That it is for.</param>
/// <param name="Currency">The code.</param>
/// <param name="Amount">To be paid in.</param>
/// <param name="Deadline">Business time; null if an operator tells.</param>
internal sealed record PaymentPicture(long Cycle, string Currency, decimal Amount, string? Deadline);

/// <param name="Run">0 if it is of no run.</param>
/// <param name="At">Business time.</param>
/// <param name="Requirement">The sum of the parts.</param>
/// <param name="Parts">By name.</param>
/// <param name="Collateral">What counts.</param>
/// <param name="NetOptionValue">Of options whose premium is paid up front.</param>
/// <param name="PremiumReceivable">At the next settlement.</param>
/// <param name="PremiumPayable">At the next settlement.</param>
/// <param name="Accrued">Variation margin at the marks.</param>
/// <param name="Unpaid">Computed and not paid.</param>
/// <param name="Excess">Below zero the account is short.</param>
/// <param name="GearingExceeded">No trade may raise a position.</param>
internal sealed record MarginPicture(
    long Run, string? At, decimal Requirement, IReadOnlyList<PartPicture> Parts, decimal Collateral, decimal NetOptionValue, decimal PremiumReceivable, decimal PremiumPayable, decimal Accrued,
    decimal Unpaid, decimal Excess, bool GearingExceeded);

/// <param name="Name">As <see cref="Domain.Margin.RequirementPart"/> has it.</param>
/// <param name="Amount">Of the margin currency.</param>
internal sealed record PartPicture(string Name, decimal Amount);

/// <param name="Name">The asset, or the currency of cash.</param>
/// <param name="Quantity">Held.</param>
/// <param name="Price">Of one; null if there is none.</param>
/// <param name="Currency">Of the price.</param>
/// <param name="Haircut">0 to 1.</param>
/// <param name="Value">After the haircut, in the margin currency.</param>
/// <param name="Cut">By concentration limits.</param>
/// <param name="Counted">The value less the cut.</param>
/// <param name="Why">Why nothing of it counts, or empty.</param>
internal sealed record CollateralPicture(string Name, decimal Quantity, decimal? Price, string Currency, decimal Haircut, decimal Value, decimal Cut, decimal Counted, string Why);

/// <param name="Number">From 1 in its account.</param>
/// <param name="Kind">Sale or reversal.</param>
/// <param name="Trade">Source/id.</param>
/// <param name="Instrument">What is sold.</param>
/// <param name="Lots">Above 0.</param>
/// <param name="Price">Of the trade.</param>
/// <param name="Cycle">That it is stamped with.</param>
internal sealed record ReservationPicture(long Number, string Kind, string Trade, string Instrument, long Lots, decimal? Price, long Cycle);

/// <param name="Option">The option.</param>
/// <param name="Client">Or empty.</param>
/// <param name="Kind">Exercise or contrary.</param>
/// <param name="Lots">Above 0.</param>
/// <param name="Cycle">That was open when it was given.</param>
internal sealed record NoticePicture(string Option, string Client, string Kind, long Lots, long Cycle);
