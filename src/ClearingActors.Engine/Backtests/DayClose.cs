using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine.Backtests;

/// <summary>An account as the last cycle of a date left it.</summary>
/// <param name="Account">The id.</param>
/// <param name="Holdings">Settled lots; at least one.</param>
/// <param name="Previous">What a released 25 % buffer compares with.</param>
internal sealed record FrozenAccount(AccountId Account, IReadOnlyList<MarginHolding> Holdings, IReadOnlyList<BufferedMargin>? Previous);

/// <summary>
/// A shard at the last cycle of a date: its prices, the model in force, and its accounts. The date's own prices come behind the histories after the cycle, so margins are
/// computed later, and with nothing that is later than the date.
/// </summary>
internal sealed class DayClose
{
    private readonly HouseDirectory _directory;
    private readonly HouseSurvey _survey;
    private readonly CloseCalculators _calculators;
    private readonly string _parameters;
    private readonly BufferDecision? _buffer;
    private readonly long _at;
    private MarginCalculator? _calculator;

    internal DayClose(int number, EngineScope scope, HouseSurvey survey, CloseCalculators calculators)
    {
        Number = number;
        Prices = scope.Prices!;
        _directory = scope.Directory;
        _survey = survey;
        _calculators = calculators;
        _parameters = _directory.Risk.Parameters;
        _buffer = _directory.Risk.Buffer;
        _at = _directory.BusinessTime;
    }

    /// <summary>From 0, one more for each date of the house.</summary>
    internal int Number { get; }

    internal SettlementPrices Prices { get; }

    internal DateOnly Date => Prices.BusinessDate;

    internal List<FrozenAccount> Accounts { get; } = [];

    /// <summary>The model in force at the cycle.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="FormatException">Its parameters are malformed.</exception>
    internal RiskModel Model => field ??= _parameters.Length > 0 ? RiskModel.Parse(_parameters) : throw new ArgumentException("the risk model was not set");

    /// <summary>True once the histories of all the model's factors have come to the date.</summary>
    internal bool HasHistories()
    {
        if (_parameters.Length == 0)
        {
            return false;
        }

        foreach (var factor in Model.Factors.Keys)
        {
            if (_directory.Risk.PricesOf(factor) is not [.., var last] || last.Date < Date)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The margin routine at the cycle's prices, with the histories as they are now up to the date.</summary>
    /// <exception cref="ArgumentException">The model was not set, or its histories do not suffice.</exception>
    /// <exception cref="FormatException">The model's parameters are malformed.</exception>
    internal MarginCalculator Calculator => _calculator ??= _calculators.Of(
        Prices.Cycle, _at, _directory.Risk.Version, _parameters, _buffer, () => MarginCalculator.Create(_directory, Book(), Marks(), _at, _calculators.Gains));

    /// <summary>What lots have gained when the cycle has settled; to be asked before the next one settles.</summary>
    /// <exception cref="ArgumentException">A contract has no settlement price.</exception>
    /// <exception cref="OverflowException">An amount does not fit in 128 bits.</exception>
    internal List<(Currency Currency, ExactAmount Gain)> GainsOf(IReadOnlyList<FrozenLots> lots) => FrozenPortfolio.GainsOf(lots, Prices, _directory);

    private RiskBook Book()
    {
        List<FactorHistory> histories = [];
        foreach (var factor in _directory.Risk.Factors)
        {
            var prices = _directory.Risk.PricesOf(factor);
            while (prices is [.., var last] && last.Date > Date)
            {
                prices = prices[..^1];
            }

            histories.Add(new FactorHistory(factor, prices.ToArray()));
        }

        return RiskBook.Restore(_parameters, _directory.Risk.Version, histories, _buffer);
    }

    private Dictionary<InstrumentId, long> Marks()
    {
        var marks = Prices.Sorted().ToDictionary(p => p.Instrument.Id, p => p.PriceUnits);
        foreach (var listed in _directory.SortedInstruments())
        {
            if (_survey.TryGet(listed.Instrument.Id, Prices.Cycle, out var units))
            {
                marks.Add(listed.Instrument.Id, units);
            }
        }

        return marks;
    }
}
