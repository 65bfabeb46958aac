using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>Which settlement prices go behind which histories (rulebook 8.1).</summary>
internal static class HistoryFeeds
{
    /// <summary>
    /// One price for each factor that the model feeds from an instrument of the cycle. A factor whose history reaches the date already is left as it is: what an operator
    /// set is replaced by nothing, and no date comes twice. So is one that is full, and a new one where there are as many as may be.
    /// </summary>
    /// <param name="model">Says which instrument feeds which factor.</param>
    /// <param name="directory">The instruments and the histories so far.</param>
    /// <param name="date">Of the prices.</param>
    /// <param name="prices">The cycle's settlement prices.</param>
    internal static List<FactorPricesSet> Of(RiskModel model, HouseDirectory directory, DateOnly date, IReadOnlyList<PricePoint> prices)
    {
        List<FactorPricesSet> changes = [];
        var room = RiskBook.MaxFactors - directory.Risk.FactorCount;
        foreach (var (factor, instrument) in model.Feeds)
        {
            foreach (var price in prices)
            {
                if (price.Instrument != instrument || !directory.TryGetInstrument(instrument, out var listed))
                {
                    continue;
                }

                var change = new FactorPricesSet(factor, [new FactorPrice(date, (double)listed.Instrument.ToPrice(price.Units))], Replaces: false);
                var begins = directory.Risk.PricesOf(factor).IsEmpty;
                if (directory.Risk.Refuse(change) is null && (!begins || room > 0))
                {
                    // Each change is refused by the book as it is now, and they come together.
                    room -= begins ? 1 : 0;
                    changes.Add(change);
                }
            }
        }

        return changes;
    }
}
