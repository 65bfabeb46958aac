using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// What one long lot of each instrument gains in every scenario (rulebook 8.2), from the model, the scenarios, a list of marks and an instant. A vector is made when it is
/// first asked for and kept, so that all holders share it. One thread at a time.
/// </summary>
internal sealed class InstrumentVectors
{
    private readonly RiskModel _model;
    private readonly IReadOnlyDictionary<ScenarioSettings, ScenarioSet> _scenarios;
    private readonly Dictionary<InstrumentId, long> _marks;
    private readonly HouseDirectory _directory;
    private readonly Dictionary<(InstrumentId Instrument, string Currency), double[]> _perLot = [];

    /// <param name="model">Parameters.</param>
    /// <param name="scenarios">A set for each of the model's settings.</param>
    /// <param name="directory">Where instruments that others refer to are found.</param>
    /// <param name="marks">The price units that positions are valued and shocked at.</param>
    /// <param name="at">UTC ns of business time: what is left to an option's expiry.</param>
    internal InstrumentVectors(
        RiskModel model, IReadOnlyDictionary<ScenarioSettings, ScenarioSet> scenarios, HouseDirectory directory, IEnumerable<KeyValuePair<InstrumentId, long>> marks, long at)
    {
        _model = model;
        _scenarios = scenarios;
        _directory = directory;
        _marks = new(marks);
        At = at;
    }

    /// <summary>UTC ns of business time.</summary>
    internal long At { get; }

    /// <summary>The scenarios of an instrument's product group.</summary>
    /// <exception cref="ArgumentException">The model has no such group.</exception>
    internal ScenarioSet ScenariosOf(Instrument instrument) => _scenarios[_model.GroupOf(instrument.Definition.ProductGroup).Settings];

    /// <summary>The gain of one long lot in each scenario of its product group, in the margin currency.</summary>
    /// <exception cref="ArgumentException">An instrument without a mark, factor or group, of a kind that is not margined yet, or in another currency.</exception>
    internal ReadOnlyMemory<double> Of(Instrument instrument, Currency marginCurrency)
    {
        if (_perLot.TryGetValue((instrument.Id, marginCurrency.Code), out var known))
        {
            return known;
        }

        if (instrument.Currency != marginCurrency)
        {
            throw new ArgumentException($"{instrument.Id} pays in {instrument.Currency.Code} and the account is margined in {marginCurrency.Code}; this is not margined yet", nameof(instrument));
        }

        var gains = FullRevaluation.PerLot(RiskOf(instrument), ScenariosOf(instrument));
        _perLot.Add((instrument.Id, marginCurrency.Code), gains);
        return gains;
    }

    /// <summary>The mark in price units.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal long MarkOf(Instrument instrument) => _marks.TryGetValue(instrument.Id, out var units)
        ? units
        : throw new ArgumentException($"{instrument.Id} has neither a mark nor a settlement price; publish a mark", nameof(instrument));

    private InstrumentRisk RiskOf(Instrument instrument) => instrument.Kind == InstrumentKind.Future
        ? new LinearRisk(instrument.Id.Value, _model.FactorOf(instrument), (double)instrument.ToPrice(MarkOf(instrument)), (double)instrument.Definition.Multiplier, instrument.Currency.Code)
        : throw new ArgumentException($"{instrument.Id} is of kind {instrument.Kind}, which is not margined by the model yet", nameof(instrument));
}
