using static ClearingActors.Audit.Export.ColumnKind;

namespace ClearingActors.Audit.Export;

/// <summary>The tables that there are. Turns are named <c>shard:position</c>; times named <c>recorded_at</c> are the journal's, all others business time.</summary>
internal static class ExportTables
{
    internal static readonly ExportTable Instruments = new(
        "instruments", "An instrument, as last defined.",
        [new("instrument", Text), new("kind", Text), new("underlying", Text), new("currency", Text), new("digits", Integer), new("multiplier", ColumnKind.Decimal), new("price_scale", Integer), new("tick", ColumnKind.Decimal), new("expiry", Time)])
    {
        Key = ["instrument"],
    };

    internal static readonly ExportTable Accounts = new(
        "accounts", "An account, as it is at the cut.",
        [new("account", Text), new("member", Text), new("segregation", Text), new("currency", Text), new("digits", Integer), new("status", Text), new("first_cycle", Integer)])
    {
        Key = ["account"],
    };

    internal static readonly ExportTable Trades = new(
        "trades", "A report of a trade or of its cancellation, with its answer; under_way where the cut comes before the answer. The seller's position changes with its confirmed_turn, the buyer's with its buyer_turn.",
        [
            new("source", Text), new("trade_id", Text), new("request", Text), new("outcome", Text), new("reason", Text), new("kind", Text), new("instrument", Text),
            new("buyer_account", Text), new("buyer_client", Text), new("buyer_effect", Text), new("seller_account", Text), new("seller_client", Text), new("seller_effect", Text),
            new("quantity", Integer), new("price", ColumnKind.Decimal), new("guaranteed", Flag), new("execution_time", Time), new("trade_date", Date), new("cycle", Integer),
            new("received_recorded_at", Time), new("answered_recorded_at", Time),
            new("received_turn", Text), new("seller_turn", Text), new("buyer_turn", Text), new("confirmed_turn", Text), new("answered_turn", Text),
        ])
    {
        Indices = ["trade_id", "buyer_account", "seller_account", "instrument"],
    };

    internal static readonly ExportTable Positions = new(
        "positions", "What an account held after the last settlement of a date. The value is quantity x price x multiplier, for inverse contracts quantity x face value / price.",
        [
            new("business_date", Date), new("cycle", Integer), new("account", Text), new("member", Text), new("client", Text), new("instrument", Text), new("quantity", Integer),
            new("settlement_price", ColumnKind.Decimal), new("currency", Text), new("value", ColumnKind.Decimal), new("turn", Text),
        ])
    {
        Key = ["business_date", "account", "client", "instrument"],
        Indices = ["account", "instrument"],
        References = [new("account", "accounts"), new("instrument", "instruments")],
    };

    internal static readonly ExportTable CashFlows = new(
        "cash_flows", "One half of a double entry in cash. An account's balance is the sum of its rows.",
        [
            new("recorded_at", Time), new("business_time", Time), new("value_date", Date), new("account", Text), new("counter_account", Text), new("currency", Text), new("digits", Integer),
            new("amount", Minor), new("reason", Text), new("cycle", Integer), new("reference", Text), new("turn", Text),
        ])
    {
        Indices = ["account", "cycle", "reference"],
        References = [new("account", "accounts")],
    };

    /// <summary>All tables, those first that others refer to.</summary>
    internal static IReadOnlyList<ExportTable> All { get; } = [Instruments, Accounts, Trades, Positions, CashFlows];

    /// <summary>What fills the tables.</summary>
    internal static IReadOnlyList<ExportPart> PartsOf(HouseReplay house, IReadOnlyList<RowWriter> rows)
    {
        List<ExportPart> parts = [];
        foreach (var table in rows)
        {
            parts.Add(table.Table.Name switch
            {
                "instruments" => new InstrumentPart(house, table),
                "accounts" => new AccountPart(house, table),
                "trades" => new TradePart(table),
                "positions" => new PositionPart(house, table),
                "cash_flows" => new CashPart(table),
                _ => throw new ArgumentException($"nothing fills {table.Table.Name}", nameof(rows)),
            });
        }

        return parts;
    }
}
