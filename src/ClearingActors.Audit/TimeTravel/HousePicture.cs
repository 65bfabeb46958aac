namespace ClearingActors.Audit.TimeTravel;

/// <summary>The house as it was at a moment. Amounts are in units of the currency named beside them, times ISO 8601 in UTC; null where there is none.</summary>
internal sealed record HousePicture
{
    /// <summary>When the last turn that belongs to it was recorded.</summary>
    public required string? RecordedTo { get; init; }

    public required string? BusinessTime { get; init; }

    public required long Turns { get; init; }

    public required long Events { get; init; }

    public required IReadOnlyList<ShardPicture> Shards { get; init; }

    public required CyclePicture Cycle { get; init; }

    public required bool Halted { get; init; }

    public required IReadOnlyList<MemberPicture> Members { get; init; }

    public required IReadOnlyList<InstrumentPicture> Instruments { get; init; }

    public required IReadOnlyList<CurrencyPicture> Currencies { get; init; }

    public required IReadOnlyList<AssetPicture> Assets { get; init; }

    /// <summary>Null before the first.</summary>
    public required RunPicture? MarginRun { get; init; }

    public required IReadOnlyList<HouseCallPicture> OpenCalls { get; init; }

    /// <summary>Null before the first sizing.</summary>
    public required FundPicture? Fund { get; init; }

    /// <summary>All that ever were, by number.</summary>
    public required IReadOnlyList<DefaultPicture> Defaults { get; init; }

    public required IReadOnlyList<ClaimPicture> Claims { get; init; }

    public required IReadOnlyList<QuarantinePicture> Quarantined { get; init; }

    /// <summary>What the clock could not start, and why.</summary>
    public required IReadOnlyList<OverduePicture> Overdue { get; init; }

    public required FlightPicture InFlight { get; init; }

    public required ChecksPicture Checks { get; init; }
}

/// <param name="Shard">From 0.</param>
/// <param name="Position">The last turn that belongs to the moment; 0 for none.</param>
/// <param name="UnderWay">Messages that it has sent and nobody has consumed yet.</param>
internal sealed record ShardPicture(int Shard, long Position, long UnderWay);

/// <param name="Open">The cycle that trades are stamped with.</param>
/// <param name="OpenDate">Its business date.</param>
/// <param name="Settling">The cycle being settled, or the last; 0 before the first.</param>
/// <param name="Stage">Of that.</param>
/// <param name="Blocked">Why it does not go on, or empty.</param>
internal sealed record CyclePicture(long Open, string OpenDate, long Settling, string Stage, string Blocked);

/// <param name="Member">Its id.</param>
/// <param name="Standing">Active, suspended or defaulted.</param>
/// <param name="Since">Since when, if not active.</param>
/// <param name="Accounts">Its accounts that are not closed.</param>
internal sealed record MemberPicture(string Member, string Standing, string? Since, int Accounts);

/// <param name="Instrument">Its id.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Currency">That it pays in.</param>
/// <param name="Mark">The newest accepted one.</param>
/// <param name="MarkTime">When that was.</param>
/// <param name="Settled">The last settlement price.</param>
/// <param name="SettledCycle">The cycle that set it; 0 before the first.</param>
/// <param name="OpenInterest">Lots held long.</param>
/// <param name="Accounts">That hold any.</param>
/// <param name="State">Halted, expired, or empty.</param>
/// <param name="HeldMark">A mark that waits to be confirmed.</param>
internal sealed record InstrumentPicture(
    string Instrument, string Kind, string Currency, decimal? Mark, string? MarkTime, decimal? Settled, long SettledCycle, decimal OpenInterest, long Accounts, string State, decimal? HeldMark);

/// <summary>Sums over the accounts; those of margin as the last runs found them, by margin currency, and of members' accounts only.</summary>
/// <param name="Currency">The code.</param>
/// <param name="Cash">Of members' accounts.</param>
/// <param name="HouseCash">Of the clearing house's own.</param>
/// <param name="Requirement">Of all accounts assessed.</param>
/// <param name="Collateral">What counted.</param>
/// <param name="Excess">Where it was above zero.</param>
/// <param name="Shortfall">Where it was below, as an amount above zero.</param>
/// <param name="OpenCalls">What open calls still ask for.</param>
internal sealed record CurrencyPicture(string Currency, decimal Cash, decimal HouseCash, decimal Requirement, decimal Collateral, decimal Excess, decimal Shortfall, decimal OpenCalls);

/// <param name="Asset">A security or coin.</param>
/// <param name="Members">Units of members' accounts.</param>
/// <param name="Custody">Units of the clearing house's own, minus those when all is booked.</param>
internal sealed record AssetPicture(string Asset, decimal Members, decimal Custody);

/// <param name="Run">Its number.</param>
/// <param name="At">Business time.</param>
/// <param name="Cause">Scheduled, intraday or by an operator.</param>
/// <param name="By">The operator, the time of day, the interval or the price that moved.</param>
/// <param name="ShardsMissing">Shards that have not reported.</param>
/// <param name="Failure">Why it did not assess every account, or empty.</param>
internal sealed record RunPicture(long Run, string? At, string Cause, string By, int ShardsMissing, string Failure);

/// <param name="Account">That was called.</param>
/// <param name="Call">The call.</param>
internal sealed record HouseCallPicture(string Account, CallPicture Call);

/// <param name="Number">From 1 in its account.</param>
/// <param name="Run">The run that found the shortfall.</param>
/// <param name="Currency">Of the amounts.</param>
/// <param name="Amount">What was called.</param>
/// <param name="Remaining">What is still to come; 0 once it has ended.</param>
/// <param name="IssuedAt">Business time.</param>
/// <param name="Deadline">Business time.</param>
/// <param name="Status">Issued, met, missed or withdrawn.</param>
internal sealed record CallPicture(long Number, long Run, string Currency, decimal Amount, decimal Remaining, string? IssuedAt, string? Deadline, string Status);

/// <param name="Sizing">Its number.</param>
/// <param name="At">Business time.</param>
/// <param name="Currency">Of the amounts.</param>
/// <param name="Size">Of the fund.</param>
/// <param name="Scenario">That decided it.</param>
/// <param name="Contributions">By member.</param>
internal sealed record FundPicture(long Sizing, string? At, string Currency, decimal Size, string Scenario, IReadOnlyList<ContributionPicture> Contributions);

/// <param name="Member">Whose.</param>
/// <param name="Required">By the sizing.</param>
/// <param name="Held">As reported.</param>
/// <param name="Status">Due, met or missed.</param>
internal sealed record ContributionPicture(string Member, decimal Required, decimal Held, string Status);

/// <param name="Number">From 1.</param>
/// <param name="Member">The defaulter.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="Cause">Of the trigger.</param>
/// <param name="Detail">Of the trigger.</param>
/// <param name="TriggeredBy">The operator, or empty.</param>
/// <param name="TriggeredAt">Business time.</param>
/// <param name="DeclaredAt">Business time; null if it was not.</param>
/// <param name="Deadline">Of the stage.</param>
/// <param name="Next">What happens then.</param>
/// <param name="Blocked">Why it does not go on, or empty.</param>
/// <param name="Currency">Of the amounts.</param>
/// <param name="Accounts">The defaulter's.</param>
/// <param name="Loss">Null before it is allocated.</param>
/// <param name="Layers">The waterfall.</param>
/// <param name="Unallocated">What no layer was left for.</param>
internal sealed record DefaultPicture(
    long Number, string Member, string Stage, string Cause, string Detail, string TriggeredBy, string? TriggeredAt, string? DeclaredAt, string? Deadline, string Next, string Blocked,
    string Currency, IReadOnlyList<SeizedPicture> Accounts, decimal? Loss, IReadOnlyList<LayerPicture> Layers, decimal? Unallocated);

/// <param name="Account">Of the defaulter.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="DefaultAccount">That takes its positions, or empty.</param>
/// <param name="PortedTo">The member that took it over, or empty.</param>
/// <param name="Loss">Null before it is known.</param>
internal sealed record SeizedPicture(string Account, string Stage, string DefaultAccount, string PortedTo, decimal? Loss);

/// <param name="Layer">Of the waterfall.</param>
/// <param name="Available">Before the loss.</param>
/// <param name="Used">Of that.</param>
internal sealed record LayerPicture(string Layer, decimal Available, decimal Used);

/// <param name="Number">From 1.</param>
/// <param name="Account">That did not pay.</param>
/// <param name="Cycle">For which cycle.</param>
/// <param name="Currency">Of the amount.</param>
/// <param name="Missing">What it did not pay.</param>
/// <param name="At">Business time.</param>
internal sealed record ClaimPicture(long Number, string Account, long Cycle, string Currency, decimal Missing, string? At);

/// <param name="Actor">Kind/key.</param>
/// <param name="Shard">Where it lives.</param>
/// <param name="Reason">Why it was set aside.</param>
/// <param name="Waiting">Messages that wait with it.</param>
internal sealed record QuarantinePicture(string Actor, int Shard, string Reason, int Waiting);

/// <param name="Instrument">Whose funding or final price.</param>
/// <param name="Reason">Why not.</param>
internal sealed record OverduePicture(string Instrument, string Reason);

/// <param name="Messages">Between shards.</param>
/// <param name="Trades">That their source has received and not answered.</param>
/// <param name="Reservations">Of sellers.</param>
/// <param name="Unbooked">Amounts that a cycle has computed and not booked.</param>
internal sealed record FlightPicture(long Messages, long Trades, long Reservations, long Unbooked);

/// <summary>The invariants of the whole house. While something is in flight a sum need not be zero; then the one who looks takes a later moment.</summary>
/// <param name="AtRest">Nothing is in flight.</param>
/// <param name="MatchedBook">Every instrument's positions sum to zero.</param>
/// <param name="Unmatched">The sums that are not zero.</param>
/// <param name="CashConserved">Every currency's cash sums to zero.</param>
/// <param name="AssetsConserved">Every asset's units sum to zero.</param>
internal sealed record ChecksPicture(bool AtRest, bool MatchedBook, IReadOnlyDictionary<string, decimal> Unmatched, bool CashConserved, bool AssetsConserved);
