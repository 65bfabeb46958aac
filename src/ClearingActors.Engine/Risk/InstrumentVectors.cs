using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Monitor;
using ClearingActors.Risk.Numerics;
using ClearingActors.Risk.Scenarios;
using OptionTerms = ClearingActors.Risk.Margin.OptionTerms;
using OptionType = ClearingActors.Risk.Pricing.OptionType;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// What one long lot of each instrument gains in every scenario (rulebook 8.2), from the model, the scenarios, a list of marks and an instant. A vector is made when it is
/// first asked for and kept, so that all holders share it. One thread at a time.
/// </summary>
internal sealed class InstrumentVectors
{
    private const double YearNs = 365.0 * 86_400_000_000_000.0;

    private readonly RiskModel _model;
    private readonly ModelScenarios _scenarios;
    private readonly PerLotCache _cache;
    private readonly Dictionary<InstrumentId, long> _marks;
    private readonly HouseDirectory _directory;
    private readonly Dictionary<InstrumentId, InstrumentRisk> _risks = [];
    private readonly Dictionary<InstrumentId, LotSensitivity> _sensitivities = [];
    private readonly Dictionary<(InstrumentId Instrument, string Currency, ScenarioSet Scenarios), double[]> _perLot = [];
    private readonly Dictionary<(InstrumentId Instrument, string Currency), double[]> _scans = [];
    private readonly Dictionary<(string Currency, ScenarioSet Scenarios), double[]> _rates = [];

    /// <param name="model">Parameters.</param>
    /// <param name="scenarios">Of the model.</param>
    /// <param name="directory">Where instruments that others refer to are found.</param>
    /// <param name="marks">The price units that positions are valued and shocked at.</param>
    /// <param name="at">UTC ns of business time: what is left to an option's expiry.</param>
    /// <param name="cache">Where vectors are kept beyond this object.</param>
    internal InstrumentVectors(
        RiskModel model, ModelScenarios scenarios, HouseDirectory directory, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at, PerLotCache cache)
    {
        _model = model;
        _scenarios = scenarios;
        _directory = directory;
        _marks = new(marks);
        _cache = cache;
        At = at;
    }

    /// <summary>UTC ns of business time.</summary>
    internal long At { get; }

    /// <summary>The scenarios of an instrument's product group.</summary>
    /// <exception cref="ArgumentException">The model has no such group.</exception>
    internal ScenarioSet ScenariosOf(Instrument instrument) => _scenarios.Of(_model.GroupOf(instrument.Definition.ProductGroup));

    /// <summary>The gain of one long lot in each scenario of its product group, in the margin currency at each scenario's rate.</summary>
    /// <exception cref="ArgumentException">An instrument without a mark, factor, volatility, rate or group, or a shock out of its model's range.</exception>
    internal ReadOnlyMemory<double> Of(Instrument instrument, Currency marginCurrency) => Of(instrument, marginCurrency, ScenariosOf(instrument));

    /// <summary>The same in other scenarios of the model.</summary>
    internal ReadOnlyMemory<double> Of(Instrument instrument, Currency marginCurrency, ScenarioSet scenarios)
    {
        if (_perLot.TryGetValue((instrument.Id, marginCurrency.Code, scenarios), out var known))
        {
            return known;
        }

        var risk = RiskOf(instrument);
        _scenarios.Require(scenarios, risk.Factor, risk.Factor.Name);
        if (risk is OptionRisk { Terms.VolatilityFactor: { } volatility })
        {
            _scenarios.Require(scenarios, volatility, volatility.Name);
        }

        var gains = _cache.Of(risk, scenarios);
        if (instrument.Currency != marginCurrency)
        {
            gains = [.. gains];
            if (RatesOf(instrument.Currency, scenarios) is { } from)
            {
                for (var i = 0; i < gains.Length; i++)
                {
                    gains[i] *= from[i];
                }
            }

            if (RatesOf(marginCurrency, scenarios) is { } to)
            {
                for (var i = 0; i < gains.Length; i++)
                {
                    gains[i] /= to[i];
                }
            }
        }

        _perLot.Add((instrument.Id, marginCurrency.Code, scenarios), gains);
        return gains;
    }

    /// <summary>The gain of one long lot in each of the 16 standard moves of a scan, without their weights, in the margin currency at the rate now.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Of(Instrument, Currency)"/>.</exception>
    internal ReadOnlyMemory<double> ScanOf(Instrument instrument, Currency marginCurrency, in SpanRanges ranges)
    {
        if (!_scans.TryGetValue((instrument.Id, marginCurrency.Code), out var gains))
        {
            gains = SpanScanning.PerLot(RiskOf(instrument), ranges, SpanScanning.Standard);
            var rate = RateOf(instrument.Currency, marginCurrency);
            for (var i = 0; i < gains.Length; i++)
            {
                gains[i] *= rate;
            }

            _scans.Add((instrument.Id, marginCurrency.Code), gains);
        }

        return gains;
    }

    /// <summary>The delta lots of one lot, and the expiry that they are of: an option on a future counts where the future expires.</summary>
    /// <exception cref="ArgumentException">As for <see cref="RiskOf"/>.</exception>
    internal (long Expiry, double PerLot) DeltaOf(Instrument instrument)
    {
        var reference = instrument.Option is null ? instrument : ReferenceOf(instrument);
        var expiry = reference.Kind == InstrumentKind.Index ? instrument.Expiry : reference.Expiry;
        return (expiry, instrument.Option is null ? 1.0 : SensitivityOf(instrument).Units / (double)instrument.Definition.Multiplier);
    }

    /// <summary>What one long lot is in the scan of its group, in the margin currency at the rate now.</summary>
    /// <param name="instrument">Of the group.</param>
    /// <param name="marginCurrency">The holder's.</param>
    /// <param name="group">A scanned one.</param>
    /// <param name="span">The group's scan.</param>
    /// <exception cref="ArgumentException">As for <see cref="Of(Instrument, Currency)"/>.</exception>
    internal ScanLot ScanLotOf(Instrument instrument, Currency marginCurrency, GroupModel group, SpanModel span)
    {
        var (expiry, delta) = DeltaOf(instrument);
        var rate = RateOf(instrument.Currency, marginCurrency);
        var minimum = instrument.Kind == InstrumentKind.Option ? group.ShortOptionMinimum * rate : 0.0;
        return new ScanLot(ScanOf(instrument, marginCurrency, span.Ranges).Span, expiry, delta * span.SpreadChargePerLot * rate, minimum);
    }

    /// <summary>The instrument as the model sees it.</summary>
    /// <exception cref="ArgumentException">It lacks a mark, a factor or a volatility, or takes no positions.</exception>
    internal InstrumentRisk RiskOf(Instrument instrument)
    {
        if (!_risks.TryGetValue(instrument.Id, out var risk))
        {
            risk = instrument.Kind switch
            {
                InstrumentKind.Future => Linear(instrument),
                InstrumentKind.Perpetual when instrument.Perpetual!.Inverse => new InverseRisk(
                    instrument.Id.Value, _model.FactorOf(instrument), PriceOf(instrument), (double)instrument.Perpetual!.FaceValue, instrument.Currency.Code),
                InstrumentKind.Perpetual => Linear(instrument),
                InstrumentKind.Option => Option(instrument),
                _ => throw new ArgumentException($"{instrument.Id} is of kind {instrument.Kind}, which takes no positions", nameof(instrument)),
            };
            _risks.Add(instrument.Id, risk);
        }

        return risk;
    }

    /// <summary>What one lot amounts to in its underlying.</summary>
    /// <exception cref="ArgumentException">As for <see cref="RiskOf"/>.</exception>
    internal LotSensitivity SensitivityOf(Instrument instrument)
    {
        if (!_sensitivities.TryGetValue(instrument.Id, out var sensitivity))
        {
            _sensitivities.Add(instrument.Id, sensitivity = LotSensitivity.Of(RiskOf(instrument)));
        }

        return sensitivity;
    }

    /// <summary>The notional of one lot in the instrument's currency, 0 or more: multiplier x price, an option's at the price of its reference; face / price if inverse.</summary>
    /// <exception cref="ArgumentException">There is no mark.</exception>
    internal decimal NotionalPerLotOf(Instrument instrument)
    {
        if (instrument.Perpetual is { Inverse: true } inverse)
        {
            return inverse.FaceValue / instrument.ToPrice(MarkOf(instrument));
        }

        var priced = instrument.Option is null ? instrument : ReferenceOf(instrument);
        return instrument.Definition.Multiplier * Math.Abs(priced.ToPrice(MarkOf(priced)));
    }

    /// <summary>Units of a currency for one unit of another, now.</summary>
    /// <exception cref="ArgumentException">The model does not say how one of them converts, or a rate is not above 0.</exception>
    internal double RateOf(Currency from, Currency to) => from == to ? 1.0 : BaseRateOf(from.Code) / BaseRateOf(to.Code);

    /// <summary>The mark in price units.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal long MarkOf(Instrument instrument) => _marks.TryGetValue(instrument.Id, out var units)
        ? units
        : throw new ArgumentException($"{instrument.Id} has neither a mark nor a settlement price; publish a mark", nameof(instrument));

    /// <summary>The mark as a price.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal double PriceOf(Instrument instrument) => (double)instrument.ToPrice(MarkOf(instrument));

    /// <summary>The instrument of an id.</summary>
    /// <exception cref="ArgumentException">It is not defined.</exception>
    internal Instrument InstrumentOf(string id) => InstrumentId.TryParse(id, out var parsed) && _directory.TryGetInstrument(parsed, out var listed)
        ? listed.Instrument
        : throw new ArgumentException($"instrument {id} is not defined", nameof(id));

    /// <summary>The factor that moves an instrument's price, by the model; there may be none of that name.</summary>
    internal string FactorNameOf(Instrument instrument) => _model.FactorNameOf(instrument, instrument.Option is null ? null : ReferenceOf(instrument));

    /// <summary>What an option is on.</summary>
    internal Instrument ReferenceOf(Instrument option) => InstrumentOf(option.Option!.Reference);

    private LinearRisk Linear(Instrument instrument) =>
        new(instrument.Id.Value, _model.FactorOf(instrument), PriceOf(instrument), (double)instrument.Definition.Multiplier, instrument.Currency.Code);

    /// <summary>
    /// Black-76 on the forward of its expiry where the factor's changes are relative, Bachelier where they are absolute. An option on a future takes the future as its
    /// forward; one on an index its mark, grown at rate less yield. A premium paid up front is discounted; one that is margined is not, and then early exercise never pays.
    /// </summary>
    private OptionRisk Option(Instrument instrument)
    {
        var option = instrument.Option!;
        var reference = ReferenceOf(instrument);
        var source = _model.OptionOf(instrument);
        var factor = _model.FactorOf(instrument, reference);
        var lognormal = _model.Factors[factor.Name] == ChangeKind.Relative;
        var years = Math.Max(0L, instrument.Expiry - At) / YearNs;
        var carry = reference.Kind == InstrumentKind.Future ? 0.0 : source.Rate - source.Yield;
        var upFront = option.PremiumStyle == PremiumStyle.Equity;
        var early = option.Style == ExerciseStyle.American && upFront && (source.Rate != 0.0 || carry != 0.0);
        return new OptionRisk(
            instrument.Id.Value,
            factor,
            PriceOf(reference) * CanonicalMath.Exp(carry * years),
            (double)instrument.Definition.Multiplier,
            instrument.Currency.Code,
            new OptionTerms
            {
                Model = lognormal ? OptionModel.Black76 : OptionModel.Bachelier,
                Type = option.Type == Domain.Instruments.OptionType.Call ? OptionType.Call : OptionType.Put,
                Strike = (double)option.Strike,
                ExpiryYears = years,
                Volatility = source.Volatility ?? _scenarios.LastPriceOf(source.VolatilityFactor!),
                VolBeta = lognormal ? source.VolBeta : 0.0,
                VolatilityFactor = source.VolatilityFactor is { } own ? RiskFactorId.Volatility(own) : null,
                DiscountFactor = upFront ? CanonicalMath.Exp(-source.Rate * years) : 1.0,
                American = early ? new AmericanExercise(source.Rate, reference.Kind == InstrumentKind.Future ? source.Rate : source.Yield) : null,
            });
    }

    /// <summary>The rates of a currency into the base one; null for the base itself.</summary>
    private double[]? RatesOf(Currency currency, ScenarioSet scenarios)
    {
        if (currency.Code == _model.Base)
        {
            return null;
        }

        if (!_rates.TryGetValue((currency.Code, scenarios), out var rates))
        {
            var now = BaseRateOf(currency.Code);
            _scenarios.Require(scenarios, RiskFactorId.Currency(currency.Code), _model.Currencies[currency.Code].Factor);
            _rates.Add((currency.Code, scenarios), rates = FullRevaluation.Rates(new CurrencyRate(currency.Code, now), scenarios));
        }

        return rates;
    }

    private double BaseRateOf(string currency)
    {
        if (currency == _model.Base)
        {
            return 1.0;
        }

        if (!_model.Currencies.TryGetValue(currency, out var source))
        {
            throw new ArgumentException($"the risk model does not say how {currency} converts; add currencies.{currency}, or make it the base currency");
        }

        var rate = source.Index is { } index ? PriceOf(InstrumentOf(index)) : _scenarios.LastPriceOf(source.Factor);
        return rate > 0.0 ? rate : throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the rate of {currency} is {rate:R}; it must be above 0"));
    }
}
