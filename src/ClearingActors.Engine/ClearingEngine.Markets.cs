using System.Runtime.InteropServices;
using ClearingActors.Actors;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Market;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk;

namespace ClearingActors.Engine;

/// <summary>What people see of the markets. Each read takes a shard's time for some microseconds.</summary>
public sealed partial class ClearingEngine
{
    /// <summary>Accounts that are looked at in one piece; between two pieces the shard does its work.</summary>
    private const int AccountsPerPiece = 256;

    private readonly OpenInterestReads _openInterest;
    private volatile FactorFeeds? _feeds;

    /// <summary>Every instrument with its newest and held mark; what is held by a market whose shard is not owned just now is told as unread.</summary>
    /// <exception cref="CommandFailedException">The shard of the settlement is not owned just now.</exception>
    public async Task<MarketsView> ReadMarketsAsync()
    {
        var (time, halted, listed) = await _runtime.InspectAsync(SettlementAddress.Shard, static (_, scope) =>
        {
            var directory = ((EngineScope)scope).Directory;
            return (directory.BusinessTime, directory.Halted, directory.SortedInstruments());
        }).ConfigureAwait(false);
        var found = new MarketFindings();
        foreach (var shard in listed.Select(l => MarketAddress(l.Instrument.Underlying).Shard).Distinct())
        {
            try
            {
                var (marks, late) = await _runtime.InspectAsync(shard, static (actors, _) =>
                {
                    List<InstrumentMarks> marks = [];
                    List<KeyValuePair<InstrumentId, string>> late = [];
                    foreach (var market in actors.OfType<MarketActor>())
                    {
                        marks.AddRange(market.Held);
                        late.AddRange(market.Overdue);
                    }

                    return (marks, late);
                }).ConfigureAwait(false);
                marks.ForEach(m => found.Held[m.Instrument] = m.Held);
                late.ForEach(o => found.Overdue[o.Key] = o.Value);
            }
            catch (CommandFailedException e)
            {
                // The other markets must be seen all the same.
                found.Unread[shard] = e.Message;
            }
        }

        return new MarketsView(time, halted, [.. listed.Select(l => RowOf(l, time, found))]);
    }

    /// <summary>The instrument's accepted marks that the node has seen since it started, as far as they are kept.</summary>
    public MarkPath ReadMarkPath(InstrumentId instrument) => _board.PathOf(instrument);

    /// <summary>The daily prices that the instrument's settlement prices are put behind (rulebook 8.1), newest last; null without such a factor.</summary>
    /// <param name="instrument">The instrument.</param>
    /// <param name="most">The newest so many.</param>
    /// <exception cref="FormatException">The risk model's parameters are malformed.</exception>
    public async Task<DailyPrices?> ReadDailyPricesAsync(InstrumentId instrument, int most)
    {
        var (version, parameters) = await _runtime.InspectAsync(
            SettlementAddress.Shard, static (_, scope) => (((EngineScope)scope).Directory.Risk.Version, ((EngineScope)scope).Directory.Risk.Parameters)).ConfigureAwait(false);
        if (parameters.Length == 0)
        {
            return null;
        }

        // Parsed here and once, not by a worker at every look.
        var feeds = _feeds;
        if (feeds is null || feeds.Version != version)
        {
            _feeds = feeds = new FactorFeeds(version, RiskModel.Parse(parameters).Feeds.GroupBy(f => f.Value, f => f.Key).ToDictionary(g => g.Key, g => g.First()));
        }

        return feeds.Factors.TryGetValue(instrument, out var factor)
            ? await _runtime.InspectAsync(SettlementAddress.Shard, (_, scope) =>
            {
                var prices = ((EngineScope)scope).Directory.Risk.PricesOf(factor);
                return new DailyPrices(factor, [.. prices[Math.Max(0, prices.Length - most)..]], prices.Length > most);
            }).ConfigureAwait(false)
            : null;
    }

    /// <summary>Lots held and holders per instrument over all accounts, and when their reading began, UTC ns. They are read once a second at most, however many ask.</summary>
    public Task<(OpenInterest Open, long At)> ReadOpenInterestAsync(CancellationToken cancellation = default) => _openInterest.ReadAsync(cancellation);

    private async Task<OpenInterest> CountOpenInterestAsync()
    {
        var open = new OpenInterest();
        for (var shard = 0; shard < _book.ShardCount; shard++)
        {
            var from = 0;
            for (var more = true; more; from += AccountsPerPiece)
            {
                var first = from;
                (var piece, more) = await _runtime.InspectAsync(shard, (_, scope) =>
                {
                    var accounts = CollectionsMarshal.AsSpan(((EngineScope)scope).Accounts);
                    var to = Math.Min(accounts.Length, first + AccountsPerPiece);
                    return (first < to ? OpenInterest.Of(accounts[first..to]) : null, to < accounts.Length);
                }).ConfigureAwait(false);
                if (piece is not null)
                {
                    open.Add(piece);
                }
            }
        }

        return open;
    }

    private ActorAddress MarketAddress(UnderlyingId underlying) => _book.Of(ActorKinds.Market, underlying.Value);

    private MarketRow RowOf(in ListedInstrument listed, long businessTime, MarketFindings found)
    {
        var instrument = listed.Instrument;
        return new MarketRow
        {
            Listed = listed,
            Newest = _board.TryGet(instrument.Id, out var mark, out var source) ? mark : null,
            Source = source,
            Held = found.Held.TryGetValue(instrument.Id, out var waiting) ? waiting : null,
            NextFunding = instrument.Perpetual is { } perpetual && listed.Expiry == ExpiryStage.None ? MarketClock.LastFunding(perpetual, businessTime) + perpetual.IntervalNs : null,
            Overdue = found.Overdue.GetValueOrDefault(instrument.Id, ""),
            Unread = found.Unread.GetValueOrDefault(MarketAddress(instrument.Underlying).Shard, ""),
        };
    }

    /// <summary>What the shards of the markets told, and by shard why some did not.</summary>
    private sealed class MarketFindings
    {
        internal Dictionary<InstrumentId, HeldMark> Held { get; } = [];

        internal Dictionary<InstrumentId, string> Overdue { get; } = [];

        internal Dictionary<int, string> Unread { get; } = [];
    }

    private sealed record FactorFeeds(long Version, IReadOnlyDictionary<InstrumentId, string> Factors);
}

/// <summary>The markets as they stand.</summary>
/// <param name="BusinessTime">UTC ns.</param>
/// <param name="Halted">True while the whole house is halted.</param>
/// <param name="Instruments">By id, ordinal.</param>
public sealed record MarketsView(long BusinessTime, bool Halted, IReadOnlyList<MarketRow> Instruments);

/// <summary>An instrument as people watch it.</summary>
public sealed record MarketRow
{
    public required ListedInstrument Listed { get; init; }

    /// <summary>The newest durable mark; null before the first.</summary>
    public required Mark? Newest { get; init; }

    /// <summary>Whose the newest mark is; none before the first.</summary>
    public required MarkSourceId Source { get; init; }

    /// <summary>The mark that waits to be confirmed; null if none does.</summary>
    public required HeldMark? Held { get; init; }

    /// <summary>When the interval ends that is funded next, UTC ns; null if it is no perpetual or has a final price.</summary>
    public required long? NextFunding { get; init; }

    /// <summary>Why a funding or final price that is due could not be started; empty if none is.</summary>
    public required string Overdue { get; init; }

    /// <summary>Why what is held or overdue could not be read just now; empty if it could.</summary>
    public required string Unread { get; init; }

    /// <summary>True if the newest mark is older than the instrument allows (rulebook 5).</summary>
    public bool IsStaleAt(long businessTime) => Newest is { } mark && mark.Time < businessTime - Listed.Instrument.MarkStalenessNs;

    /// <summary>How far the held mark is from the newest, in basis points of the latter, towards zero; null if either is missing or the newest is zero.</summary>
    public decimal? HeldJumpBps => Newest is { PriceUnits: not 0 } mark && Held is { } held
        ? decimal.Truncate(((decimal)held.PriceUnits - mark.PriceUnits) / Math.Abs((decimal)mark.PriceUnits) * 10_000m)
        : null;
}

/// <summary>Daily prices of a risk factor.</summary>
/// <param name="Factor">Its id.</param>
/// <param name="Prices">By ascending date.</param>
/// <param name="HasOlder">True if there are older ones.</param>
public sealed record DailyPrices(string Factor, IReadOnlyList<FactorPrice> Prices, bool HasOlder);
