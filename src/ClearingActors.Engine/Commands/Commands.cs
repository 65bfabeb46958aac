using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Commands;

/// <summary>A source reports a trade. Answered by <see cref="TradeReply"/>.</summary>
public sealed class SubmitTrade(ActorAddress to, string principal, TradeReport report, TradeFingerprint fingerprint) : Command(to, principal)
{
    /// <summary>The report.</summary>
    public TradeReport Report { get; } = report;

    /// <summary>Of the report's content.</summary>
    public TradeFingerprint Fingerprint { get; } = fingerprint;
}

/// <summary>A source cancels a trade that it reported with this very content. Answered by <see cref="TradeReply"/>.</summary>
public sealed class CancelTrade(ActorAddress to, string principal, TradeReport report, TradeFingerprint fingerprint) : Command(to, principal)
{
    /// <summary>The report as it was sent.</summary>
    public TradeReport Report { get; } = report;

    /// <summary>Of the report's content.</summary>
    public TradeFingerprint Fingerprint { get; } = fingerprint;
}

/// <summary>What became of a trade.</summary>
public sealed record TradeReply(TradeOutcome Outcome);

/// <summary>An operator's command was carried out.</summary>
public sealed record Done
{
    /// <summary>The only value.</summary>
    public static Done Value { get; } = new();
}

/// <summary>A command was refused and changed nothing.</summary>
/// <param name="Reason">For people: the value, the limit and what to do.</param>
public sealed record Refused(string Reason);

/// <summary>An operator defines an account, with what it may use beyond its collateral within a day. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class DefineAccount(ActorAddress to, string principal, AccountId account, MemberId member, Segregation segregation, Currency currency, long intradayLimit) : Command(to, principal)
{
    /// <summary>The account.</summary>
    public AccountId Account { get; } = account;

    /// <summary>Its member, defined before.</summary>
    public MemberId Member { get; } = member;

    /// <summary>How its assets are kept apart.</summary>
    public Segregation Segregation { get; } = segregation;

    /// <summary>Its margin currency.</summary>
    public Currency Currency { get; } = currency;

    /// <summary>Minor units of the currency, 0 or more.</summary>
    public long IntradayLimit { get; } = intradayLimit;
}

/// <summary>An operator closes a flat account, for good. Answered by <see cref="Done"/>, also when it is closed already, or <see cref="Refused"/>.</summary>
public sealed class CloseAccount(ActorAddress to, string principal) : Command(to, principal);

/// <summary>Cash collateral comes in (above zero) or goes out. Answered by <see cref="CollateralBooked"/> or <see cref="Refused"/>.</summary>
public sealed class BookCollateral(ActorAddress to, string principal, RequestId request, Money amount) : Command(to, principal)
{
    /// <summary>Unique in the account.</summary>
    public RequestId Request { get; } = request;

    /// <summary>Signed: positive is deposited.</summary>
    public Money Amount { get; } = amount;
}

/// <summary>Collateral was booked, now or before.</summary>
/// <param name="Balance">The account's cash in the currency.</param>
public sealed record CollateralBooked(Money Balance);

/// <summary>Reads an account. Answered by <see cref="AccountView"/>.</summary>
public sealed class GetAccount(ActorAddress to, string principal) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;
}

/// <summary>An account as of a moment.</summary>
/// <param name="Account">The state; status undefined if there is no such account.</param>
/// <param name="Instruments">The instruments of its positions.</param>
public sealed record AccountView(AccountSnapshot Account, IReadOnlyDictionary<InstrumentId, Instrument> Instruments)
{
    /// <summary>The securities and coins that it holds, as far as its shard knows them: the custody account's may hear of a listing a moment later.</summary>
    public IReadOnlyDictionary<AssetId, CollateralAsset> Assets { get; init; } = new Dictionary<AssetId, CollateralAsset>();
}

/// <summary>An operator's command to the house's register. Answered by <see cref="Done"/> or <see cref="Refused"/> when every shard has committed it.</summary>
public abstract class RegistryCommand(ActorAddress to, string principal) : Command(to, principal);

/// <summary>Runs margin over the whole house; answered by <see cref="MarginRunResult"/> when every shard has assessed its accounts.</summary>
public sealed class RunMargin(ActorAddress to, string principal) : Command(to, principal);

/// <summary>Asks for the last margin run and the missed calls; answered by <see cref="MarginRunsView"/>.</summary>
public sealed class GetMarginRuns(ActorAddress to, string principal) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;
}

/// <summary>What a margin run came to.</summary>
/// <param name="Inputs">What it was computed from.</param>
/// <param name="Totals">By currency.</param>
public sealed record MarginRunResult(MarginInputs Inputs, IReadOnlyList<MarginTotal> Totals);

/// <summary>Where margin stands in the house.</summary>
/// <param name="Last">The last run, also while it is under way; null before the first.</param>
/// <param name="ShardsMissing">Shards that have not reported it yet.</param>
/// <param name="Failure">Why it did not assess every account; empty if it did.</param>
/// <param name="Missed">Calls that were missed, oldest first.</param>
public sealed record MarginRunsView(MarginRunResult? Last, int ShardsMissing, string Failure, IReadOnlyList<MissedCall> Missed)
{
    /// <summary>The last runs, oldest first, with those that could not be begun.</summary>
    public IReadOnlyList<RunSummary> Recent { get; init; } = [];
}

/// <summary>Asks what an account needs and has; answered by <see cref="MarginView"/>.</summary>
public sealed class GetMargin(ActorAddress to, string principal, IReadOnlyList<HypotheticalTrade> hypothetical) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;

    /// <summary>With trades that are not there the canonical routine computes, a millisecond or so; without, it is there.</summary>
    public override int Weight => Hypothetical.Count == 0 ? 1 : 128;

    /// <summary>Trades that are not there, to see what the account would need with them; empty for what it needs now.</summary>
    public IReadOnlyList<HypotheticalTrade> Hypothetical { get; } = hypothetical;
}

/// <summary>A trade that is not there.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Client">In gross omnibus accounts; else none.</param>
/// <param name="Lots">Signed: bought above zero.</param>
public readonly record struct HypotheticalTrade(InstrumentId Instrument, ClientId Client, long Lots);

/// <summary>An account's margin.</summary>
/// <param name="Currency">The margin currency.</param>
/// <param name="Official">As the last run left it, with its calls.</param>
/// <param name="Indicative">
/// From the monitor at the newest marks, or the last that could be computed; with hypothetical trades from the canonical routine. Null where nothing could be computed.
/// </param>
/// <param name="Parts">Of the indicative requirement.</param>
/// <param name="Stale">Why there is no indicative figure at the newest marks; empty if there is one.</param>
public sealed record MarginView(Currency Currency, MarginSnapshot Official, Coverage? Indicative, IReadOnlyList<RequirementPart> Parts, string Stale)
{
    /// <summary>Per underlying that is held, how far the indicative figure is behind its marks; empty for hypothetical trades.</summary>
    public IReadOnlyList<Risk.Monitor.UnderlyingLag> Lags { get; init; } = [];

    /// <summary>What is held, by kind, at the newest prices and for the indicative requirement, or the official one where there is no other.</summary>
    public IReadOnlyList<CollateralLine> Collateral { get; init; } = [];
}

/// <summary>Takes back a margin call.</summary>
public sealed class WithdrawMarginCall(ActorAddress to, string principal, long call, string reason) : Command(to, principal)
{
    /// <summary>The call's number in the account.</summary>
    public long Call { get; } = call;

    /// <summary>Why.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Sets the margin model's parameters.</summary>
public sealed class SetRiskModel(ActorAddress to, string principal, RiskModelSet change) : RegistryCommand(to, principal)
{
    /// <summary>The parameters.</summary>
    public RiskModelSet Change { get; } = change;
}

/// <summary>Releases the 25 % buffer of the margin model, or restores it.</summary>
public sealed class DecideBuffer(ActorAddress to, string principal, bool released, string reason) : RegistryCommand(to, principal)
{
    /// <summary>True if the buffer may be used up.</summary>
    public bool Released { get; } = released;

    /// <summary>Why.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Adds prices behind a risk factor's history, or puts them in its place.</summary>
public sealed class SetFactorPrices(ActorAddress to, string principal, FactorPricesSet change) : RegistryCommand(to, principal)
{
    /// <summary>The prices.</summary>
    public FactorPricesSet Change { get; } = change;
}

/// <summary>Defines an instrument, or defines it anew with other limits.</summary>
public sealed class DefineInstrument(ActorAddress to, string principal, Instrument instrument) : RegistryCommand(to, principal)
{
    /// <summary>The definition.</summary>
    public Instrument Instrument { get; } = instrument;
}

/// <summary>Defines a member.</summary>
public sealed class DefineMember(ActorAddress to, string principal, MemberId member) : RegistryCommand(to, principal)
{
    /// <summary>The member.</summary>
    public MemberId Member { get; } = member;
}

/// <summary>Defines a trade source.</summary>
public sealed class DefineTradeSource(ActorAddress to, string principal, SourceId source, int lanes) : RegistryCommand(to, principal)
{
    /// <summary>The source.</summary>
    public SourceId Source { get; } = source;

    /// <summary>1 to 256, fixed for ever.</summary>
    public int Lanes { get; } = lanes;
}

/// <summary>Halts an instrument, or the whole house when none is named; or resumes it.</summary>
public sealed class SetHalt(ActorAddress to, string principal, InstrumentId instrument, bool halted) : RegistryCommand(to, principal)
{
    /// <summary>The instrument; none for the whole house.</summary>
    public InstrumentId Instrument { get; } = instrument;

    /// <summary>True to halt.</summary>
    public bool Halted { get; } = halted;
}

/// <summary>Suspends or reinstates a member.</summary>
public sealed class SetSuspension(ActorAddress to, string principal, MemberId member, bool suspended) : RegistryCommand(to, principal)
{
    /// <summary>The member.</summary>
    public MemberId Member { get; } = member;

    /// <summary>True to suspend.</summary>
    public bool Suspended { get; } = suspended;
}

/// <summary>Moves the house's business time forward; the first time it opens the first cycle. Answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
public sealed class AdvanceBusinessTime(ActorAddress to, string principal, long instant) : RegistryCommand(to, principal)
{
    /// <summary>UTC nanoseconds.</summary>
    public long Instant { get; } = instant;
}

/// <summary>A price of an instrument from a source. Answered by <see cref="MarkReply"/>.</summary>
public sealed class PublishMark(ActorAddress to, string principal, MarkReport report) : Command(to, principal)
{
    private readonly MarkReport _report = report;

    /// <summary>The mark.</summary>
    public ref readonly MarkReport Report => ref _report;
}

/// <summary>What became of a mark.</summary>
public sealed record MarkReply(MarkDecisionKind Kind, MarkRejectReason Reason);

/// <summary>An operator confirms (or drops) the mark that is held. Answered by <see cref="HeldMarkDecided"/> or <see cref="Refused"/>.</summary>
public sealed class DecideHeldMark(ActorAddress to, string principal, InstrumentId instrument, bool confirm) : Command(to, principal)
{
    /// <summary>The instrument.</summary>
    public InstrumentId Instrument { get; } = instrument;

    /// <summary>True to confirm, false to drop.</summary>
    public bool Confirm { get; } = confirm;

    /// <summary>The held price that was looked at, in price units: with another nothing is decided. Null for whatever is held.</summary>
    public long? Seen { get; init; }
}

/// <summary>The held mark was confirmed or dropped.</summary>
/// <param name="PriceUnits">Its price, in the instrument's price units.</param>
public sealed record HeldMarkDecided(long PriceUnits);

/// <summary>Fixes the funding rate of a perpetual for the interval that ends at an instant. Answered by <see cref="FundingResult"/> or <see cref="Refused"/>.</summary>
public sealed class FundPerpetual(ActorAddress to, string principal, InstrumentId instrument, long until) : Command(to, principal)
{
    /// <summary>The perpetual.</summary>
    public InstrumentId Instrument { get; } = instrument;

    /// <summary>UTC nanoseconds: the interval's end, a multiple of its length since 1970.</summary>
    public long Until { get; } = until;
}

/// <summary>
/// Fixes the final price of an expired instrument, from the marks or, where these are too few, as given. Answered by <see cref="Done"/> when every shard knows it, or
/// <see cref="Refused"/>.
/// </summary>
public sealed class FixFinalPrice(ActorAddress to, string principal, InstrumentId instrument, long? units, string reason) : Command(to, principal)
{
    /// <summary>The instrument.</summary>
    public InstrumentId Instrument { get; } = instrument;

    /// <summary>Price units; null to have it computed.</summary>
    public long? Units { get; } = units;

    /// <summary>Why the operator decides; required with a price.</summary>
    public string Reason { get; } = reason;
}

/// <summary>A funding is fixed, now or before, and is paid by the next cycle that is frozen, or was paid.</summary>
public sealed record FundingResult(FundingRateFixed Funding);

/// <summary>Settles the open cycle and opens the next. Answered by <see cref="CycleResult"/> when it is closed, or <see cref="Refused"/>.</summary>
public sealed class RunSettlementCycle(ActorAddress to, string principal, DateOnly nextDate, IReadOnlyList<PricePoint> prices) : Command(to, principal)
{
    /// <summary>The business date of the cycle that opens.</summary>
    public DateOnly NextDate { get; } = nextDate;

    /// <summary>
    /// Settlement prices; an instrument that is not named settles at its last mark when all shards are cut, else at its last settlement price. One that was never
    /// settled settles at its last mark when the cycle is frozen.
    /// </summary>
    public IReadOnlyList<PricePoint> Prices { get; } = prices;
}

/// <summary>A closed cycle.</summary>
public sealed record CycleResult(long Cycle, DateOnly BusinessDate, IReadOnlyList<CurrencyFlow> Currencies);

/// <summary>What a cycle moved, one type in one currency, minor units.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Type">Variation margin, premium, funding or exercise.</param>
/// <param name="Received">By accounts, 0 or more.</param>
/// <param name="Paid">By accounts, 0 or more.</param>
/// <param name="Rounding">What the rounding account took (or gave, negative).</param>
public sealed record CurrencyFlow(Currency Currency, CashEntryType Type, long Received, long Paid, long Rounding);

/// <summary>Reads where settlement stands. Answered by <see cref="SettlementView"/>.</summary>
public sealed class GetSettlement(ActorAddress to, string principal) : Command(to, principal)
{
    /// <inheritdoc/>
    public override bool IsRead => true;
}

/// <summary>Where settlement stands.</summary>
/// <param name="OpenCycle">The cycle that trades are stamped with.</param>
/// <param name="BusinessDate">Its date.</param>
/// <param name="BusinessTime">UTC nanoseconds.</param>
/// <param name="Stage">Of the cycle being settled, or of the last.</param>
/// <param name="Blocked">Why it does not go on; empty when it does.</param>
public sealed record SettlementView(long OpenCycle, DateOnly BusinessDate, long BusinessTime, SettlementStage Stage, string Blocked)
{
    /// <summary>Claims on members that did not pay, oldest first.</summary>
    public IReadOnlyList<ClaimOpened> Claims { get; init; } = [];
}
