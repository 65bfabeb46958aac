using System.Security.Cryptography;
using System.Text;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Engine.Risk;

/// <summary>Lots of an instrument, of a client in gross omnibus accounts.</summary>
/// <param name="Instrument">The instrument.</param>
/// <param name="Client">Positions of different clients are margined apart and added up; none in other accounts.</param>
/// <param name="Lots">Signed.</param>
internal readonly record struct MarginHolding(Instrument Instrument, ClientId Client, long Lots);

/// <summary>A requirement with its parts, which sum to it.</summary>
internal readonly record struct Requirement(long TotalMinor, IReadOnlyList<RequirementPart> Parts);

/// <summary>
/// The canonical margin routine (rulebook 8): everything a shard needs to margin its accounts, made once from the model's parameters, the factors' histories and a list
/// of marks. The same three give the same bits on every machine and with any number of shards, since an account's figures depend on its own positions alone, taken in the
/// order of instrument and client.
/// </summary>
internal sealed class MarginCalculator
{
    private readonly RiskModel _model;
    private readonly Dictionary<ScenarioSettings, ScenarioSet> _scenarios;

    private MarginCalculator(RiskModel model, Dictionary<ScenarioSettings, ScenarioSet> scenarios, string scenarioVersion, InstrumentVectors vectors)
    {
        _model = model;
        _scenarios = scenarios;
        ScenarioVersion = scenarioVersion;
        Vectors = vectors;
    }

    /// <summary>SHA-256 over the versions of the model's scenario sets, in hexadecimal.</summary>
    internal string ScenarioVersion { get; }

    internal string ModelVersion => _model.Version;

    /// <summary>The gains per lot that requirements are made of.</summary>
    internal InstrumentVectors Vectors { get; }

    /// <summary>Makes the scenarios. All factors' histories must end on the same date, so that no old price passes for today's.</summary>
    /// <param name="directory">The instruments, and the risk book with parameters and histories.</param>
    /// <param name="marks">The price units that positions are valued and shocked at.</param>
    /// <param name="at">UTC ns of business time.</param>
    /// <exception cref="ArgumentException">The parameters are not set, a history is missing, too short, or ends on another date than the others.</exception>
    internal static MarginCalculator Create(HouseDirectory directory, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at)
    {
        var model = ModelOf(directory.Risk);
        var scenarios = ScenariosOf(directory.Risk);
        return new MarginCalculator(model, scenarios, VersionOf(model, scenarios), new InstrumentVectors(model, scenarios, directory, marks, at));
    }

    /// <summary>The same scenarios with other marks, at another time.</summary>
    internal MarginCalculator With(HouseDirectory directory, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at) =>
        new(_model, _scenarios, ScenarioVersion, new InstrumentVectors(_model, _scenarios, directory, marks, at));

    internal MarginTerms TermsOf(Currency currency) => _model.TermsOf(currency);

    /// <summary>What an instrument is offset with in an account of this currency, and whether its set carries the buffer.</summary>
    /// <exception cref="ArgumentException">The model has no such group.</exception>
    internal (OffsetSet Set, bool Buffered) SetOf(Instrument instrument, Currency currency)
    {
        var group = _model.GroupOf(instrument.Definition.ProductGroup);
        return (new OffsetSet(group.Confidence, group.Settings.MporDays, currency.Code, group.DefaultFund, group.Measure, _scenarios[group.Settings].Version), group.Buffered);
    }

    /// <summary>What an account of this currency needs for these holdings.</summary>
    /// <param name="currency">The margin currency.</param>
    /// <param name="holdings">In any order; it does not matter to the result.</param>
    /// <exception cref="ArgumentException">An instrument without a mark, factor or group, of a kind that is not margined yet, or in another currency.</exception>
    internal Requirement RequirementOf(Currency currency, IEnumerable<MarginHolding> holdings)
    {
        double model = 0, offsets = 0, buffer = 0;
        var ordered = holdings.Where(h => h.Lots != 0).OrderBy(h => h.Client).ThenBy(h => h.Instrument.Id).ToList();
        foreach (var client in ordered.GroupBy(h => h.Client))
        {
            var groups = Revalue(currency, client, out var buffered);
            foreach (var set in ModelMargin.Of(groups))
            {
                var alone = 0.0;
                foreach (var group in set.GroupMargins)
                {
                    alone += group.Value;
                }

                model += alone;
                offsets += set.Margin - alone;
                if (buffered.Contains(set.Set))
                {
                    buffer += Procyclicality.Buffer25(set.Margin, default) - set.Margin;
                }
            }
        }

        // Rounded once, in the total; the parts are shown to the minor unit, and the first takes what that leaves.
        var total = RequirementMoney.Of(model + offsets + buffer, currency).MinorUnits;
        var offsetsMinor = RequirementMoney.Of(offsets, currency).MinorUnits;
        var bufferMinor = RequirementMoney.Of(buffer, currency).MinorUnits;
        List<RequirementPart> parts = [new("model", total - offsetsMinor - bufferMinor)];
        if (offsetsMinor != 0)
        {
            parts.Add(new RequirementPart("offsets", offsetsMinor));
        }

        if (bufferMinor != 0)
        {
            parts.Add(new RequirementPart("buffer", bufferMinor));
        }

        return new Requirement(total, parts);
    }

    /// <summary>An account's holdings as they stand, without trades in flight.</summary>
    internal static IEnumerable<MarginHolding> HoldingsOf(AccountState account, HouseDirectory directory)
    {
        foreach (var position in account.Positions)
        {
            yield return new MarginHolding(InstrumentOf(position.Key.Instrument, directory), position.Key.Client, position.Quantity);
        }
    }

    /// <summary>What stands against the requirement (rulebook 8.7), for an account whose collateral is cash in its margin currency.</summary>
    /// <exception cref="ArgumentException">A position in another currency, or without a mark.</exception>
    internal Coverage CoverageOf(AccountState account, HouseDirectory directory, long requirementMinor)
    {
        var currency = account.MarginCurrency;
        var accrued = ExactAmount.Zero;
        foreach (var position in account.SortedPositions())
        {
            // Lots that were bought and sold again have no requirement, but a gain or loss of theirs has a currency too.
            var instrument = InstrumentOf(position.Key.Instrument, directory);
            RequireCurrency(instrument, currency);
            accrued += instrument.AmountOf(position.AccruedOf(Vectors.MarkOf(instrument)));
        }

        var unpaid = 0L;
        foreach (var amount in account.UnbookedVariationMargin)
        {
            unpaid = checked(unpaid + (amount.Currency == currency ? Math.Max(0, -amount.AmountMinor) : 0));
        }

        return new Coverage(requirementMinor, account.BalanceOf(currency).Cash, 0, 0, 0, accrued.RoundHalfEven(currency).MinorUnits, unpaid);
    }

    private static void RequireCurrency(Instrument instrument, Currency currency)
    {
        if (instrument.Currency != currency)
        {
            throw new ArgumentException($"{instrument.Id} pays in {instrument.Currency.Code} and the account is margined in {currency.Code}; this is not margined yet", nameof(instrument));
        }
    }

    private static Instrument InstrumentOf(InstrumentId id, HouseDirectory directory) =>
        directory.TryGetInstrument(id, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {id} is not defined", nameof(id));

    /// <param name="currency">The margin currency.</param>
    /// <param name="holdings">In the order of their sum.</param>
    /// <param name="buffered">The sets with a group that is buffered: the buffer is on the whole set, after offsets.</param>
    private List<RevaluedGroup> Revalue(Currency currency, IEnumerable<MarginHolding> holdings, out HashSet<OffsetSet> buffered)
    {
        buffered = [];
        var vectors = new SortedDictionary<string, (OffsetSet Set, double[] Gains)>(StringComparer.Ordinal);
        foreach (var holding in holdings)
        {
            var instrument = holding.Instrument;
            var group = _model.GroupOf(instrument.Definition.ProductGroup);
            var scenarios = _scenarios[group.Settings];
            if (!vectors.TryGetValue(instrument.Definition.ProductGroup, out var vector))
            {
                var set = new OffsetSet(group.Confidence, group.Settings.MporDays, currency.Code, group.DefaultFund, group.Measure, scenarios.Version);
                vectors.Add(instrument.Definition.ProductGroup, vector = (set, new double[scenarios.Count]));
                if (group.Buffered)
                {
                    buffered.Add(set);
                }
            }

            var perLot = Vectors.Of(instrument, currency).Span;
            for (var i = 0; i < perLot.Length; i++)
            {
                vector.Gains[i] += holding.Lots * perLot[i];
            }
        }

        return [.. vectors.Select(v => new RevaluedGroup(v.Key, v.Value.Set, v.Value.Gains))];
    }

    private static RiskModel ModelOf(RiskBook book) =>
        book.Parameters.Length > 0 ? RiskModel.Parse(book.Parameters) : throw new ArgumentException("the risk model is not set; set it first", nameof(book));

    private static Dictionary<ScenarioSettings, ScenarioSet> ScenariosOf(RiskBook book)
    {
        var model = ModelOf(book);
        List<ClearingActors.Risk.Scenarios.FactorHistory> histories = [];
        foreach (var (factor, kind) in model.Factors)
        {
            List<DatedPrice> prices = [];
            foreach (var price in book.PricesOf(factor))
            {
                prices.Add(new DatedPrice(price.Date, price.Price));
            }

            histories.Add(new(new PriceSeries(RiskFactorId.Price(factor), prices), kind));
        }

        var asOf = histories[0].Prices.LastDate;
        if (histories.FirstOrDefault(h => h.Prices.LastDate != asOf) is { Prices: { } other })
        {
            throw new ArgumentException($"the history of {histories[0].Prices.Factor} ends on {asOf:yyyy-MM-dd}, that of {other.Factor} on {other.LastDate:yyyy-MM-dd}; bring them to the same date", nameof(book));
        }

        return model.Settings.ToDictionary(settings => settings, settings => ScenarioSet.FromHistories(histories, asOf, settings));
    }

    private static string VersionOf(RiskModel model, Dictionary<ScenarioSettings, ScenarioSet> scenarios) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', model.Settings.Select(s => scenarios[s].Version)))));
}
