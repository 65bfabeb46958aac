using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Risk.Monitor;

namespace ClearingActors.Engine;

/// <summary>The clearing house as actors: what the runtime runs.</summary>
internal sealed class EngineProgram : IShardProgram
{
    private readonly AddressBook _book;
    private readonly MarkBoard _board;
    private readonly TradeIdLimits _limits;
    private readonly HouseCounters _counters;
    private readonly RiskPricer _pricer;
    private readonly IMarginRunObserver? _runs;
    private readonly Defaults.BidSealer? _sealer;

    /// <param name="book">The addresses.</param>
    /// <param name="board">The newest marks.</param>
    /// <param name="limits">How many trade ids a source may have.</param>
    /// <param name="counters">Counts what the house does.</param>
    /// <param name="runs">Is told of margin runs in a replay; null where nobody asks.</param>
    /// <param name="sealer">Seals bids; null where none are taken.</param>
    internal EngineProgram(AddressBook book, MarkBoard board, TradeIdLimits limits, HouseCounters counters, IMarginRunObserver? runs = null, Defaults.BidSealer? sealer = null)
    {
        _sealer = sealer;
        _runs = runs;
        _book = book;
        _board = board;
        _limits = limits;
        _counters = counters;
        _pricer = new RiskPricer(board);
    }

    /// <summary>Is told of cycles in a replay; null where nobody asks.</summary>
    internal ICycleObserver? Cycles { get; init; }

    /// <summary>See <see cref="EngineScope.ShardsAtOnce"/>.</summary>
    internal int ShardsAtOnce { get; init; } = 1;

    public int SchemaVersion => 1;

    /// <summary>A shard has its directory even when the first thing that it is asked changes nothing, as a margin run may be, and leaves nothing to replay.</summary>
    public int ShardActorKind => ActorKinds.Directory;

    public ShardScope CreateScope(int shard) => new EngineScope(shard, _book, _board, _pricer, _limits, _counters) { Runs = _runs, Cycles = Cycles, Sealer = _sealer, ShardsAtOnce = Math.Min(ShardsAtOnce, _book.ShardCount) };

    public Actor Create(ActorAddress address, ShardScope scope)
    {
        var engine = (EngineScope)scope;
        return address.Kind switch
        {
            ActorKinds.Account => new AccountActor(engine, address.Key) { Address = address },
            ActorKinds.TradeSource => new TradeSourceActor(engine, address.Key) { Address = address },
            ActorKinds.Directory => new DirectoryActor(engine) { Address = address },
            ActorKinds.Registry => new RegistryActor(engine) { Address = address },
            ActorKinds.Market => new MarketActor(engine, address.Key) { Address = address },
            ActorKinds.Settlement => new SettlementActor(engine) { Address = address },
            ActorKinds.Stress => new StressActor(engine) { Address = address },
            ActorKinds.Default => new DefaultActor(engine) { Address = address },
            ActorKinds.Actions => new ActionsActor { Address = address },
            ActorKinds.Margin => new MarginActor(engine) { Address = address },
            _ => throw new InvalidDataException($"actor kind {address.Kind} is unknown to this program"),
        };
    }

    public Message ReadMessage(ActorAddress to, int type, ReadOnlySpan<byte> body) => type switch
    {
        MessageTypes.ReserveTrade => ReserveTrade.Read(to, body),
        MessageTypes.NovateTrade or MessageTypes.ReverseTrade => NovateTrade.Read(to, type, body),
        MessageTypes.ConfirmTrade or MessageTypes.ReleaseTrade or MessageTypes.ConfirmReversal => SellerReservation.Read(to, type, body),
        MessageTypes.TradeDecided or MessageTypes.CancelDecided => TradeDecided.Read(to, type, body),
        MessageTypes.ReserveReversal => ReserveReversal.Read(to, body),
        MessageTypes.ChangeDirectory => ChangeDirectory.Read(to, body),
        MessageTypes.DirectoryChanged => DirectoryChanged.Read(to, body),
        MessageTypes.OpenCycle => OpenCycle.Read(to, body),
        MessageTypes.ReportCut or MessageTypes.ReportComputed or MessageTypes.ReportBooked => ShardReport.Read(to, type, body),
        MessageTypes.ComputeCycle => ComputeCycle.Read(to, body),
        MessageTypes.BookCycle => BookCycle.Read(to, body),
        MessageTypes.BookCash => BookCash.Read(to, body),
        MessageTypes.BookAsset => BookAsset.Read(to, body),
        MessageTypes.QueueFunding => QueueFunding.Read(to, body),
        MessageTypes.SetExpiryPrice => SetExpiryPrice.Read(to, body),
        MessageTypes.GatherExercise => GatherExercise.Read(to, body),
        MessageTypes.ReportExercise => ReportExercise.Read(to, body),
        MessageTypes.ReportUnpaid => ReportUnpaid.Read(to, body),
        MessageTypes.ReportBlocked => ReportBlocked.Read(to, body),
        MessageTypes.AssessMargin => AssessMargin.Read(to, body),
        MessageTypes.ReportAssessed => ReportAssessed.Read(to, body),
        MessageTypes.MeasureMargin => MeasureMargin.Read(to, body),
        MessageTypes.ReportMeasured => ReportMeasured.Read(to, body),
        MessageTypes.TellLiquidity => TellLiquidity.Read(to, body),
        MessageTypes.ReportMissedCall => ReportMissedCall.Read(to, body),
        MessageTypes.ExtendHistories => ExtendHistories.Read(to, body),
        MessageTypes.ScheduleRuns => ScheduleRuns.Read(to, body),
        MessageTypes.GatherPositions => GatherPositions.Read(to, body),
        MessageTypes.ReportPositions => ReportPositions.Read(to, body),
        MessageTypes.CallContribution => CallContribution.Read(to, body),
        MessageTypes.ReportFundCash => ReportFundCash.Read(to, body),
        MessageTypes.BookDefaultEntry => BookDefaultEntry.Read(to, body),
        MessageTypes.BookDefaultAsset => BookDefaultAsset.Read(to, body),
        _ when DefaultMessage.Knows(type) => DefaultMessage.Read(to, type, body),
        _ => throw new InvalidDataException($"message type {type} is unknown to this program"),
    };
}
