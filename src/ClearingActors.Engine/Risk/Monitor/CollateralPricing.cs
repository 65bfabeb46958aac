using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>
/// What counts as collateral and at what prices, for the accounts of a shard (rulebook 8.7, 8.9): made anew only when the risk model, an operator's price or a mark that
/// prices an asset or a currency has changed. On the shard's thread.
/// </summary>
internal sealed class CollateralPricing(EngineScope scope)
{
    private readonly List<(InstrumentId Instrument, long? Units)> _used = [];
    private HouseDirectory? _directory;
    private MarkTable? _marks;
    private long _riskVersion;
    private long _bookVersion;
    private bool _hasUnmarked;

    /// <summary>Grows when terms or prices have changed.</summary>
    internal long Version { get; private set; }

    internal HouseDirectory Directory => scope.Directory;

    /// <summary>The routine with the terms and prices of the last <see cref="Refresh"/>; it has no marks of positions.</summary>
    internal AccountCoverage Coverage { get; private set; } = new(CollateralTerms.None, CollateralPrices.None, new Dictionary<InstrumentId, long>());

    /// <summary>Looks for newer terms and prices. Allocates nothing if there are none.</summary>
    internal void Refresh()
    {
        var directory = scope.Directory;
        var marks = scope.Marks;
        if (!ReferenceEquals(directory, _directory) || _riskVersion != directory.Risk.Version || _bookVersion != directory.Collateral.Version)
        {
            (_directory, _riskVersion, _bookVersion) = (directory, directory.Risk.Version, directory.Collateral.Version);
            Make(directory, marks);
        }
        else if ((_hasUnmarked || !ReferenceEquals(marks, _marks)) && IsMoved(directory, marks))
        {
            Make(directory, marks);
        }

        _marks = marks;
    }

    private bool IsMoved(HouseDirectory directory, MarkTable marks)
    {
        foreach (var (instrument, units) in _used)
        {
            if (UnitsOf(instrument, directory, marks) != units)
            {
                return true;
            }
        }

        return false;
    }

    private void Make(HouseDirectory directory, MarkTable marks)
    {
        CollateralTerms terms;
        try
        {
            terms = scope.CollateralTerms();
        }
        catch (FormatException)
        {
            // By a model that cannot be read nothing else counts, and a debt in another currency cannot be converted.
            terms = CollateralTerms.None;
        }

        _used.Clear();
        _hasUnmarked = false;
        List<PricePoint> prices = [];
        foreach (var instrument in directory.Collateral.Assets.Where(a => !a.PricedBy.IsNone).Select(a => a.PricedBy).Concat(terms.RateMarks.Values).Distinct())
        {
            var units = UnitsOf(instrument, directory, marks);
            _used.Add((instrument, units));
            _hasUnmarked |= !marks.TryGet(instrument, out _);
            if (units is { } known)
            {
                prices.Add(new PricePoint(instrument, known));
            }
        }

        Coverage = new AccountCoverage(terms, AccountCoverage.PricesOf(directory, terms, prices), new Dictionary<InstrumentId, long>());
        Version++;
    }

    /// <summary>The newest mark, else the last settlement price, which may change without a mark.</summary>
    private static long? UnitsOf(InstrumentId instrument, HouseDirectory directory, MarkTable marks) =>
        marks.TryGet(instrument, out var mark) ? mark.PriceUnits
        : directory.TryGetInstrument(instrument, out var listed) && listed.LastSettlementCycle > 0 ? listed.LastSettlementUnits
        : null;
}
