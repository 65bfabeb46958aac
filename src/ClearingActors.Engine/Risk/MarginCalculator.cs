using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Engine.Risk;

/// <summary>Lots of an instrument, of a client in gross omnibus accounts.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Client">Positions of different clients are margined apart and added up; none in other accounts.</param>
/// <param name="Lots">Signed.</param>
internal readonly record struct MarginHolding(Instrument Instrument, ClientId Client, long Lots);

/// <summary>A requirement with its parts, which sum to it.</summary>
/// <param name="TotalMinor">Minor units of the margin currency.</param>
/// <param name="Parts">They sum to the total.</param>
/// <param name="GrossNotional">In the margin currency; 0 where the model has no gearing limit.</param>
internal readonly record struct Requirement(long TotalMinor, IReadOnlyList<RequirementPart> Parts, decimal GrossNotional)
{
    /// <summary>The margins that carry the 25 % buffer.</summary>
    internal IReadOnlyList<BufferedMargin> Buffered { get; init; } = [];
}

/// <summary>
/// The canonical margin routine (rulebook 8): everything a shard needs to margin its accounts, made once from the model's parameters, the factors' histories and a list
/// of marks. The same three give the same bits on every machine and with any number of shards, since an account's figures depend on its own positions alone, taken in the
/// order of instrument and client.
/// </summary>
internal sealed class MarginCalculator
{
    private readonly RiskModel _model;
    private readonly ModelScenarios _scenarios;

    private MarginCalculator(RiskModel model, ModelScenarios scenarios, InstrumentVectors vectors)
    {
        _model = model;
        _scenarios = scenarios;
        Vectors = vectors;
    }

    /// <summary>SHA-256 over the versions of the model's scenario sets, in hexadecimal.</summary>
    internal string ScenarioVersion => _scenarios.Version;

    internal string ModelVersion => _model.Version;

    /// <summary>True if the 25 % buffer may be used up.</summary>
    internal bool BufferReleased { get; private init; }

    /// <summary>Price units by instrument; none until they are named.</summary>
    private IReadOnlyDictionary<InstrumentId, long> Marks { get; init; } = new Dictionary<InstrumentId, long>();

    /// <summary>The gains per lot that requirements are made of.</summary>
    internal InstrumentVectors Vectors { get; }

    /// <summary>Makes the scenarios. All factors' histories must end on the same date, so that no old price passes for today's.</summary>
    /// <param name="directory">The instruments, and the risk book with parameters and histories.</param>
    /// <param name="marks">The price units that positions are valued and shocked at.</param>
    /// <param name="at">UTC ns of business time.</param>
    /// <param name="cache">Where vectors are kept beyond this calculator.</param>
    /// <exception cref="ArgumentException">The parameters are not set, a history is missing, too short, or ends on another date than the others.</exception>
    internal static MarginCalculator Create(HouseDirectory directory, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at, PerLotCache cache) =>
        Create(directory, directory.Risk, marks, at, cache);

    /// <summary>The same with another risk book than the directory's.</summary>
    internal static MarginCalculator Create(HouseDirectory directory, RiskBook book, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at, PerLotCache cache)
    {
        var model = ModelOf(book);
        var scenarios = new ModelScenarios(model, book);
        return new MarginCalculator(model, scenarios, new InstrumentVectors(model, scenarios, directory, marks, at, cache)) { BufferReleased = book.BufferReleased };
    }

    /// <summary>The prices that collateral and other currencies are valued at; none until they are named.</summary>
    internal CollateralPrices CollateralPrices { get; private init; } = CollateralPrices.None;

    /// <summary>The same scenarios with other marks and prices of collateral, at another time.</summary>
    internal MarginCalculator With(HouseDirectory directory, IReadOnlyDictionary<InstrumentId, long> marks, long at, PerLotCache cache, CollateralPrices prices) =>
        new(_model, _scenarios, new InstrumentVectors(_model, _scenarios, directory, marks, at, cache)) { CollateralPrices = prices, Marks = marks, BufferReleased = BufferReleased };

    /// <summary>Where instruments stand in stress scenarios.</summary>
    internal TenorNodes Nodes => new(Vectors, _model.Nodes);

    /// <summary>What counts as collateral.</summary>
    internal CollateralTerms CollateralTerms => _model.Collateral;

    internal MarginTerms TermsOf(Currency currency) => _model.TermsOf(currency);

    /// <summary>Members' liquidity add-ons and accounts' shares in them.</summary>
    internal LiquidityCharges Liquidity => new(_model, _scenarios, Vectors);

    /// <summary>The most gross notional over collateral; null without such a limit.</summary>
    internal decimal? MaximumGearing => _model.MaximumGearing;

    /// <summary>What an instrument is offset with in an account of this currency, and whether its set carries the 25 % buffer.</summary>
    /// <exception cref="ArgumentException">The model has no such group, or scans it.</exception>
    internal (OffsetSet Set, bool Buffered) SetOf(Instrument instrument, Currency currency)
    {
        var group = _model.GroupOf(instrument.Definition.ProductGroup);
        return group.Span is null
            ? (new OffsetSet(group.Confidence, group.Settings.MporDays, currency.Code, group.DefaultFund, group.Measure, _scenarios.Of(group).Version), group.Tool == ProcyclicalityTool.Buffer25)
            : throw new ArgumentException($"product group {instrument.Definition.ProductGroup} of {instrument.Id} is scanned, and offset with no other", nameof(instrument));
    }

    /// <summary>The terms of an instrument's product group if that is scanned, else null.</summary>
    /// <exception cref="ArgumentException">The model has no such group.</exception>
    internal (GroupModel Group, SpanModel Span)? ScannedOf(Instrument instrument) =>
        _model.GroupOf(instrument.Definition.ProductGroup) is { Span: { } span } group ? (group, span) : null;

    /// <summary>True if the requirement has parts besides tails, scans, offsets and the buffer: other tools, add-ons or floors. A scan has the short-option minimum within.</summary>
    internal bool HasOtherParts => _model.WrongWay is not null || _model.Liquidity.Count > 0
        || _model.Groups.Any(g => g.Tool is not (ProcyclicalityTool.None or ProcyclicalityTool.Buffer25) || (g.ShortOptionMinimum > 0 && g.Span is null) || g.Pin is not null || g.Tiers is not null);

    /// <summary>What an account of this member and currency needs for these holdings.</summary>
    /// <param name="currency">The margin currency.</param>
    /// <param name="member">The account's.</param>
    /// <param name="holdings">In any order; it does not matter to the result.</param>
    /// <param name="measured">What the last run measured of members, by member and underlying.</param>
    /// <param name="previous">What the account's last run had with the 25 % buffer, for the case that it is released; null to have it whole all the same.</param>
    /// <param name="trace">Is told how the requirement comes about; null where nobody asks.</param>
    /// <exception cref="ArgumentException">An instrument without a mark, factor, volatility, rate or group, or a shock out of its model's range.</exception>
    internal Requirement RequirementOf(
        Currency currency,
        MemberId member,
        IReadOnlyCollection<MarginHolding> holdings,
        IReadOnlyDictionary<(MemberId Member, string Underlying), MemberCharge> measured,
        IReadOnlyList<BufferedMargin>? previous = null,
        RequirementTrace? trace = null)
    {
        var share = Liquidity.Any ? Liquidity.ShareOf(currency, member, NetLots(holdings), measured, trace) : 0.0;
        return new RequirementCalculator(_model, _scenarios, Vectors, new AccountBuffer(BufferReleased ? previous : null), trace).Of(currency, member, holdings, share);
    }

    /// <summary>What these holdings need without add-ons and floors, in the margin currency and unrounded.</summary>
    /// <param name="currency">The margin currency.</param>
    /// <param name="holdings">In any order; it does not matter to the result.</param>
    /// <param name="previous">As for <see cref="RequirementOf"/>.</param>
    /// <exception cref="ArgumentException">As for <see cref="RequirementOf"/>.</exception>
    internal double ModelMarginOf(Currency currency, IEnumerable<MarginHolding> holdings, IReadOnlyList<BufferedMargin>? previous) =>
        new RequirementCalculator(_model, _scenarios, Vectors, new AccountBuffer(BufferReleased ? previous : null)).ModelMarginOf(currency, holdings);

    /// <summary>Lots of each instrument over all clients.</summary>
    internal static Dictionary<InstrumentId, long> NetLots(IEnumerable<MarginHolding> holdings)
    {
        var lots = new Dictionary<InstrumentId, long>();
        foreach (var holding in holdings)
        {
            lots[holding.Instrument.Id] = checked(lots.GetValueOrDefault(holding.Instrument.Id) + holding.Lots);
        }

        return lots;
    }

    /// <summary>An account's holdings as they stand, without trades in flight.</summary>
    internal static IEnumerable<MarginHolding> HoldingsOf(AccountState account, HouseDirectory directory)
    {
        foreach (var position in account.Positions)
        {
            yield return new MarginHolding(InstrumentOf(position.Key.Instrument, directory), position.Key.Client, position.Quantity);
        }
    }

    /// <summary>What stands against the requirement (rulebook 8.7).</summary>
    /// <exception cref="ArgumentException">A position without a mark, or a debt in a currency that cannot be converted.</exception>
    internal Coverage CoverageOf(AccountState account, HouseDirectory directory, long requirementMinor) =>
        new AccountCoverage(_model.Collateral, CollateralPrices, Marks).Of(account, directory, requirementMinor);

    /// <summary>The collateral of <see cref="CoverageOf"/>, item by item.</summary>
    /// <exception cref="ArgumentException">Cash is owed in a currency that cannot be converted.</exception>
    internal CollateralValue CollateralOf(AccountState account, HouseDirectory directory, long requirementMinor) =>
        new AccountCoverage(_model.Collateral, CollateralPrices, Marks).ValueOf(account.MarginCurrency, AccountCoverage.HeldBy(account, directory), requirementMinor);

    /// <summary>The date of each scenario of a group's lookback: that of the change it was made of.</summary>
    internal IReadOnlyList<DateOnly> DatesOf(GroupModel group) => _scenarios.DatesOf(group);

    private static Instrument InstrumentOf(InstrumentId id, HouseDirectory directory) =>
        directory.TryGetInstrument(id, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {id} is not defined", nameof(id));

    private static RiskModel ModelOf(RiskBook book) =>
        book.Parameters.Length > 0 ? RiskModel.Parse(book.Parameters) : throw new ArgumentException("the risk model is not set; set it first", nameof(book));
}
