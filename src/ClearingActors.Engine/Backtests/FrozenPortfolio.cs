using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Backtests;

/// <summary>Lots of an instrument and the settlement price that they are frozen at.</summary>
/// <param name="Instrument">The contract.</param>
/// <param name="Lots">Signed, over all clients.</param>
/// <param name="PriceUnits">Price units.</param>
internal readonly record struct FrozenLots(Instrument Instrument, long Lots, long PriceUnits);

/// <summary>
/// What a portfolio that nobody touches gains by settlement prices (rulebook 9), exactly and by currency. Trades, premiums, funding and exercise before expiry are left out. What
/// expires meanwhile is worth its final price; an option then what it is in the money by.
/// </summary>
internal static class FrozenPortfolio
{
    /// <summary>The gain by currency, in order of first occurrence.</summary>
    /// <param name="lots">What was held.</param>
    /// <param name="prices">Of the later cycle.</param>
    /// <param name="directory">As it is after that cycle.</param>
    /// <exception cref="ArgumentException">A contract that has not expired has no settlement price.</exception>
    /// <exception cref="OverflowException">An amount does not fit in 128 bits.</exception>
    internal static List<(Currency Currency, ExactAmount Gain)> GainsOf(IReadOnlyList<FrozenLots> lots, SettlementPrices prices, HouseDirectory directory)
    {
        List<(Currency Currency, ExactAmount Gain)> gains = [];
        foreach (var frozen in lots)
        {
            var currency = frozen.Instrument.Currency;
            var gain = ValueOf(frozen, prices, directory) - frozen.Instrument.AmountOf(checked(frozen.Lots * frozen.Instrument.Valuation.OfTrade(frozen.PriceUnits)));
            var known = gains.FindIndex(g => g.Currency == currency);
            if (known < 0)
            {
                gains.Add((currency, gain));
            }
            else
            {
                gains[known] = (currency, gains[known].Gain + gain);
            }
        }

        return gains;
    }

    private static ExactAmount ValueOf(in FrozenLots frozen, SettlementPrices prices, HouseDirectory directory)
    {
        var instrument = frozen.Instrument;
        if (directory.TryGetInstrument(instrument.Id, out var listed) && listed.Expiry == ExpiryStage.Closed)
        {
            if (instrument.Option is null)
            {
                return instrument.AmountOf(checked(frozen.Lots * instrument.Valuation.OfTrade(listed.FinalUnits)));
            }

            var series = ExerciseSeries.Of(new SeriesTerms(instrument.Id, listed.FinalUnits, AtExpiry: true, Delivers: false), directory)!;
            return series.PayoffUnits > 0 ? series.CashOf(frozen.Lots) : ExactAmount.Zero;
        }

        return prices.TryGet(instrument.Id, out var price)
            ? instrument.AmountOf(checked(frozen.Lots * instrument.Valuation.OfTrade(price.PriceUnits)))
            : throw new ArgumentException($"{instrument.Id} has no settlement price on {prices.BusinessDate:yyyy-MM-dd}", nameof(prices));
    }
}
