namespace ClearingActors.Risk.Scenarios;

/// <summary>Brings histories to the same dates (rulebook 8.1): a missing date is an error or is held, never dropped in silence.</summary>
internal static class AlignedDates
{
    /// <summary>The histories from the latest first date to <paramref name="asOf"/>, in the order given, all with the same dates.</summary>
    /// <exception cref="ArgumentException">No history, a date missing and not held, or <paramref name="asOf"/> in none of them.</exception>
    public static IReadOnlyList<PriceSeries> Of(IReadOnlyList<PriceSeries> histories, DateOnly asOf, MissingDates rule)
    {
        if (histories.Count == 0)
        {
            throw new ArgumentException("scenarios need one history at least", nameof(histories));
        }

        var first = histories.Max(h => h.FirstDate);
        var dates = new SortedSet<DateOnly>();
        foreach (var history in histories)
        {
            for (var i = 0; i < history.Count; i++)
            {
                if (history[i].Date >= first && history[i].Date <= asOf)
                {
                    dates.Add(history[i].Date);
                }
            }
        }

        if (!dates.Contains(asOf))
        {
            // Throws, and names the neighbours of the date.
            histories[0].IndexOf(asOf);
            throw new ArgumentException($"{asOf:yyyy-MM-dd} is before {first:yyyy-MM-dd}, the first date that every factor has", nameof(asOf));
        }

        return [.. histories.Select(history => Align(history, dates, rule))];
    }

    private static PriceSeries Align(PriceSeries history, SortedSet<DateOnly> dates, MissingDates rule)
    {
        var prices = new List<DatedPrice>(dates.Count);
        var place = -1;
        foreach (var date in dates)
        {
            while (place + 1 < history.Count && history[place + 1].Date <= date)
            {
                place++;
            }

            if (history[place].Date != date && rule == MissingDates.Refuse)
            {
                throw new ArgumentException($"{history.Factor} has no price on {date:yyyy-MM-dd}, another factor has one; complete the history or choose {nameof(MissingDates)}.{nameof(MissingDates.HoldLast)}", nameof(history));
            }

            prices.Add(new DatedPrice(date, history[place].Price));
        }

        return new PriceSeries(history.Factor, prices);
    }
}
