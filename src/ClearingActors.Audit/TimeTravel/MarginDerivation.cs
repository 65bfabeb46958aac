namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// How an account's requirement and margin call came about, computed again from the journal. Money is in units of the margin currency; figures of risk are doubles, unrounded,
/// in the margin currency. <see cref="Checks"/> says whether every sum comes to what the run recorded.
/// </summary>
internal sealed record MarginDerivation
{
    public required string Account { get; init; }

    public required string Member { get; init; }

    public required string Segregation { get; init; }

    public required string Currency { get; init; }

    public required RunDerivation Run { get; init; }

    public required IReadOnlyList<HoldingDerivation> Holdings { get; init; }

    public required IReadOnlyList<GroupDerivation> Groups { get; init; }

    public required IReadOnlyList<OffsetDerivation> Offsets { get; init; }

    public required IReadOnlyList<AddOnDerivation> AddOns { get; init; }

    public required IReadOnlyList<LiquidityDerivation> Liquidity { get; init; }

    /// <summary>What is summed, before it is rounded.</summary>
    public required IReadOnlyList<SumDerivation> Sums { get; init; }

    /// <summary>Their sum.</summary>
    public required double Unrounded { get; init; }

    /// <summary>Rounded up to the minor unit.</summary>
    public required decimal Rounded { get; init; }

    /// <summary>By notional; the requirement is at least this.</summary>
    public required decimal FloorByNotional { get; init; }

    /// <summary>What the run recorded.</summary>
    public required MarginPicture Recorded { get; init; }

    public required IReadOnlyList<CollateralPicture> Collateral { get; init; }

    /// <summary>Position by position, in the currency of the instrument, exactly.</summary>
    public required IReadOnlyList<AccruedDerivation> Accrued { get; init; }

    public required IReadOnlyList<UnbookedPicture> Unpaid { get; init; }

    /// <summary>Null if the run did not call.</summary>
    public required CallDerivation? Call { get; init; }

    public required IReadOnlyList<CheckDerivation> Checks { get; init; }
}

/// <param name="Run">Its number.</param>
/// <param name="At">Business time.</param>
/// <param name="Cause">Scheduled, intraday or by an operator.</param>
/// <param name="By">The operator, the time of day, the interval or the price that moved.</param>
/// <param name="Model">SHA-256 of the model's parameters.</param>
/// <param name="Scenarios">SHA-256 of the scenario sets.</param>
/// <param name="BufferReleased">The 25 % buffer may be used up.</param>
/// <param name="Marks">That it took, by instrument.</param>
internal sealed record RunDerivation(long Run, string? At, string Cause, string By, string Model, string Scenarios, bool BufferReleased, IReadOnlyDictionary<string, decimal> Marks);

/// <param name="Instrument">What is held.</param>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Lots">Signed.</param>
/// <param name="Mark">Of the run.</param>
/// <param name="Price">What the model shocks: its own price, or the forward of an option's expiry.</param>
/// <param name="Volatility">Of an option; else null.</param>
/// <param name="Years">To an option's expiry; else null.</param>
/// <param name="Delta">Units of the underlying, of the whole position.</param>
/// <param name="Vega">Money per 1.00 of volatility, of the whole position; null but for options.</param>
internal sealed record HoldingDerivation(string Instrument, string Client, long Lots, decimal Mark, double Price, double? Volatility, double? Years, double Delta, double? Vega);

/// <summary>A product group of one client: what it loses in the scenarios that decide.</summary>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Group">Its name.</param>
/// <param name="Method">Full revaluation or scan.</param>
/// <param name="Measure">Expected shortfall, value at risk, or the largest loss of a scan.</param>
/// <param name="Confidence">0 for a scan.</param>
/// <param name="Days">Of the margin period; 0 for a scan.</param>
/// <param name="Scenarios">How many there are.</param>
/// <param name="Instruments">The order of <see cref="TailScenario.Gains"/>.</param>
/// <param name="Tail">Worst first: those that decide, or all moves of a scan.</param>
/// <param name="ValueAtRisk">0 for a scan.</param>
/// <param name="SpreadCharge">Of a scan, between expiries.</param>
/// <param name="ShortOptionMinimum">Of a scan: the least that the group needs.</param>
/// <param name="Margin">Of the group alone.</param>
internal sealed record GroupDerivation(
    string Client, string Group, string Method, string Measure, double Confidence, double Days, int Scenarios, IReadOnlyList<string> Instruments, IReadOnlyList<TailScenario> Tail,
    double ValueAtRisk, double SpreadCharge, double ShortOptionMinimum, double Margin);

/// <param name="Number">From 0, in the order of the scenarios.</param>
/// <param name="Name">The date of the change that it was made of, or the move of a scan.</param>
/// <param name="Shocks">By factor.</param>
/// <param name="Gains">Of each position.</param>
/// <param name="Gain">Their sum.</param>
/// <param name="Loss">What counts: the sum the other way round, times the weight of the move in a scan.</param>
internal sealed record TailScenario(int Number, string Name, IReadOnlyDictionary<string, double> Shocks, IReadOnlyList<double> Gains, double Gain, double Loss);

/// <summary>Groups that are offset against each other, and the tool against procyclicality.</summary>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Groups">Each with its margin alone.</param>
/// <param name="Joint">Of all as one portfolio.</param>
/// <param name="Margin">After offsets.</param>
/// <param name="Tool">Its name; empty for none.</param>
/// <param name="Window">The margin on the tool's window; null where it has none.</param>
/// <param name="Previous">What a released buffer compares with; null where it is not released.</param>
/// <param name="WithTool">The margin after the tool.</param>
internal sealed record OffsetDerivation(string Client, IReadOnlyDictionary<string, double> Groups, double Joint, double Margin, string Tool, double? Window, double? Previous, double WithTool);

/// <param name="Name">Of the add-on or floor.</param>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Of">The product group or underlying.</param>
/// <param name="From">How it was computed.</param>
/// <param name="Amount">Unrounded.</param>
internal sealed record AddOnDerivation(string Name, string Client, string Of, string From, double Amount);

/// <param name="Underlying">Of the add-on.</param>
/// <param name="Own">Of the account alone, in the currency of the underlying's reference instrument.</param>
/// <param name="OwnFigure">The same in minor units, rounded up.</param>
/// <param name="MemberAddOn">Of the whole member; null where the run measured nothing.</param>
/// <param name="MemberFigures">The sum of its accounts' figures, minor units.</param>
/// <param name="Rate">Into the margin currency.</param>
/// <param name="Share">The account's, in the margin currency.</param>
internal sealed record LiquidityDerivation(string Underlying, double Own, long OwnFigure, double? MemberAddOn, decimal? MemberFigures, double Rate, double Share);

/// <param name="Name">Of the part.</param>
/// <param name="Unrounded">Before rounding.</param>
/// <param name="Recorded">As the run recorded it: rounded up, but for the first part, which takes what rounding leaves.</param>
internal sealed record SumDerivation(string Name, double Unrounded, decimal Recorded);

/// <param name="Instrument">Of the position.</param>
/// <param name="Client">In gross omnibus accounts; else empty.</param>
/// <param name="Lots">All.</param>
/// <param name="Mark">Of the run.</param>
/// <param name="Reference">The last settlement price, of the settled lots.</param>
/// <param name="What">Variation margin, option value or premium.</param>
/// <param name="Amount">Exact.</param>
/// <param name="Currency">Of the amount.</param>
internal sealed record AccruedDerivation(string Instrument, string Client, long Lots, decimal Mark, decimal? Reference, string What, string Amount, string Currency);

/// <param name="Number">In its account.</param>
/// <param name="Shortfall">Minus the excess.</param>
/// <param name="OpenCalls">What open calls still asked for.</param>
/// <param name="Missing">The shortfall less the open calls.</param>
/// <param name="MinimumTransfer">A shortfall up to this is not called.</param>
/// <param name="CallUnit">Calls are whole multiples of it.</param>
/// <param name="Amount">Called.</param>
/// <param name="IssuedAt">Business time.</param>
/// <param name="Deadline">Business time.</param>
internal sealed record CallDerivation(
    long Number, decimal Shortfall, decimal OpenCalls, decimal Missing, decimal MinimumTransfer, decimal CallUnit, decimal Amount, string? IssuedAt, string? Deadline);

/// <summary>A sum that was added again.</summary>
/// <param name="What">Of what.</param>
/// <param name="Recorded">In the journal, or in the canonical routine.</param>
/// <param name="Computed">Here.</param>
/// <param name="Holds">They are the same.</param>
internal sealed record CheckDerivation(string What, string Recorded, string Computed, bool Holds);
