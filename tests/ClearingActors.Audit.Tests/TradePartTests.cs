using ClearingActors.Audit.Export;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Journal;
using Google.Protobuf;

namespace ClearingActors.Audit.Tests;

/// <summary>Reports are followed by the messages that carry them, whatever comes between.</summary>
public sealed class TradePartTests
{
    private const int Source = 0;
    private const int Seller = 1;
    private const int Buyer = 2;
    private readonly Rows _rows = new();
    private readonly TradePart _part;
    private long _time;

    public TradePartTests() => _part = new TradePart(new RowWriter(ExportTables.Trades, [_rows]));

    [Fact]
    public void A_trade_that_waited_with_a_quarantined_account_is_one_row_when_it_is_released()
    {
        var reserve = new Sent { ToShard = Seller, Sequence = 7, Body = new MessageBody { ReserveTrade = new ReserveTrade { Report = Report("t1") } } };
        Turn(Source, [], new Step { ActorKind = ActorKinds.TradeSource, ActorKey = "X/0", Events = { new Event { TradeReceived = new TradeReceived { TradeId = "t1" } } }, Sent = { reserve } });
        Turn(Seller, [(Source, 7)], new Step { ActorKind = ActorKinds.Account, ActorKey = "S", CauseShardPlusOne = 1, CauseSequence = 7, QuarantinedBecause = "a fault", Parked = { new Parked { FromShard = Source, Sequence = 7 } } });
        Turn(Seller, []);
        _rows.Written.ShouldBeEmpty();

        var decided = new Sent { ToShard = Source, Sequence = 1, Body = new MessageBody { TradeDecided = new TradeDecided { TradeId = "t1", Outcome = new TradeOutcome { Kind = 2, Reason = 4 } } } };
        Turn(
            Seller,
            [],
            new Step { ActorKind = ActorKinds.Account, ActorKey = "S", Principal = "operator:a", Released = true },
            new Step { ActorKind = ActorKinds.Account, ActorKey = "S", CauseShardPlusOne = 1, CauseSequence = 7, Sent = { decided } });
        Turn(Source, [(Seller, 1)], new Step { ActorKind = ActorKinds.TradeSource, ActorKey = "X/0", CauseShardPlusOne = 2, CauseSequence = 1, Events = { new Event { TradeAnswered = new TradeAnswered { TradeId = "t1", Outcome = decided.Body.TradeDecided.Outcome } } } });
        _part.End();
        _rows.Written.ShouldBe(["X t1 trade rejected instrument_halted 0:1 1:0 0:5"]);
    }

    [Fact]
    public void A_message_that_changed_nothing_is_taken_as_consumed_and_what_has_no_answer_at_the_cut_is_under_way()
    {
        Turn(
            Source,
            [],
            Received("t1", 1),
            Received("t2", 2));
        Turn(Seller, [(Source, 2)], new Step
        {
            ActorKind = ActorKinds.Account,
            ActorKey = "S",
            CauseShardPlusOne = 1,
            CauseSequence = 2,
            Events = { new Event { TradeReserved = new TradeLegEvent { TradeId = "t2" } } },
            Sent = { new Sent { ToShard = Buyer, Sequence = 1, Body = new MessageBody { NovateTrade = new NovateTrade { Report = Report("t2") } } } },
        });
        _part.End();
        _rows.Written.ShouldBe(["X t1 trade under_way  0:1 1:0 ", "X t2 trade under_way  0:1 1:1 "], "t1 was consumed without a step, t2 was reserved");
    }

    [Fact]
    public void A_message_of_no_known_report_is_no_export_but_an_error() => Should.Throw<InvalidDataException>(() => Turn(
        Seller,
        [],
        new Step { ActorKind = ActorKinds.Account, ActorKey = "S", Sent = { new Sent { ToShard = Buyer, ToKey = "B", Sequence = 1, Body = new MessageBody { NovateTrade = new NovateTrade() } } } })).Message.ShouldContain("turn 1:1 sends NovateTrade to B");

    private static TradeReport Report(string id) => new() { Source = "X", TradeId = id, Kind = 1, Instrument = "ES", BuyerAccount = "B", SellerAccount = "S", Quantity = 1, PriceMantissa = 500025, PriceScale = 2 };

    private static Step Received(string id, ulong sequence) => new()
    {
        ActorKind = ActorKinds.TradeSource,
        ActorKey = "X/0",
        Events = { new Event { TradeReceived = new TradeReceived { TradeId = id } } },
        Sent = { new Sent { ToShard = Seller, Sequence = sequence, Body = new MessageBody { ReserveTrade = new ReserveTrade { Report = Report(id) } } } },
    };

    private void Turn(int shard, (int From, ulong Sequence)[] consumed, params Step[] steps)
    {
        var content = new Turn { Steps = { steps }, Consumed = { consumed.Select(c => new Consumed { FromShard = (uint)c.From, Sequence = c.Sequence }) } };
        var turn = new ExportTurn(new JournalRow(shard, ++_time, 1, _time, content.ToByteArray(), default));
        foreach (var step in turn.Content.Steps)
        {
            _part.Step(turn, step);
        }

        _part.TurnEnded(turn);
    }

    /// <summary>Keeps who, what, and the turns of source, seller and answer; a seller's turn as shard and whether it reserved.</summary>
    private sealed class Rows : ITableFormat
    {
        internal List<string> Written { get; } = [];

        public void Write(ExportTable table, ReadOnlySpan<ExportValue> row)
        {
            var cells = new Dictionary<string, string>(StringComparer.Ordinal);
            for (var i = 0; i < row.Length; i++)
            {
                cells.Add(table.Columns[i].Name, row[i].ToText());
            }

            Written.Add($"{cells["source"]} {cells["trade_id"]} {cells["request"]} {cells["outcome"]} {cells["reason"]} {cells["received_turn"]} 1:{(cells["seller_turn"].Length > 0 ? 1 : 0)} {cells["answered_turn"]}");
        }

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }
}
