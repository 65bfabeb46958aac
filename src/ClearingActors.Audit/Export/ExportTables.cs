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

    internal static readonly ExportTable Assets = new(
        "assets", "One half of a double entry in a security or coin. An account's holding is the sum of its rows.",
        [
            new("recorded_at", Time), new("business_time", Time), new("value_date", Date), new("account", Text), new("counter_account", Text), new("asset", Text), new("unit_digits", Integer),
            new("quantity", Minor), new("reference", Text), new("turn", Text),
        ])
    {
        Indices = ["account", "asset"],
        References = [new("account", "accounts")],
    };

    internal static readonly ExportTable MarginCalls = new(
        "margin_calls", "A margin call, with the figures of the run that it came of. Its outcome is met, missed, withdrawn, or open at the cut.",
        [
            new("account", Text), new("member", Text), new("number", Integer), new("run", Integer), new("currency", Text), new("digits", Integer), new("requirement", Minor), new("collateral", Minor),
            new("amount", Minor), new("credited", Minor), new("missing", Minor), new("issued_at", Time), new("deadline", Time), new("outcome", Text), new("reason", Text), new("ended_at", Time),
            new("ended_recorded_at", Time), new("issued_turn", Text), new("ended_turn", Text),
        ])
    {
        Key = ["account", "number"],
        References = [new("account", "accounts")],
    };

    internal static readonly ExportTable Assessments = new(
        "assessments", "What a margin run told an account; the parts of the requirement as a JSON object.",
        [
            new("run", Integer), new("account", Text), new("member", Text), new("at", Time), new("currency", Text), new("digits", Integer), new("requirement", Minor), new("collateral", Minor),
            new("net_option_value", Minor), new("premium_receivable", Minor), new("premium_payable", Minor), new("accrued_variation_margin", Minor), new("unpaid", Minor),
            new("gearing_exceeded", Flag), new("parts", Text), new("turn", Text),
        ])
    {
        Key = ["run", "account"],
        Indices = ["account"],
        References = [new("account", "accounts")],
        IsOptional = true,
    };

    internal static readonly ExportTable SettlementPrices = new(
        "settlement_prices", "The price at which a cycle settled an instrument.",
        [new("cycle", Integer), new("business_date", Date), new("instrument", Text), new("price", ColumnKind.Decimal), new("expiring", Flag), new("fixed_at", Time), new("recorded_at", Time), new("turn", Text)])
    {
        Key = ["cycle", "instrument"],
        References = [new("instrument", "instruments")],
    };

    internal static readonly ExportTable Marks = new(
        "marks", "An accepted mark.",
        [
            new("underlying", Text), new("instrument", Text), new("number", Integer), new("price", ColumnKind.Decimal), new("time", Time), new("source", Text), new("confirmed_by", Text),
            new("recorded_at", Time), new("turn", Text),
        ])
    {
        Key = ["underlying", "number"],
        Indices = ["instrument"],
        References = [new("instrument", "instruments")],
        IsOptional = true,
    };

    internal static readonly ExportTable Decisions = new(
        "decisions", "A command by which somebody changed something, other than a trade or a mark. Where two must agree, principal is the second and proposed_by the first. The detail is the events as JSON, or their hash where they are long.",
        [
            new("recorded_at", Time), new("business_time", Time), new("principal", Text), new("proposed_by", Text), new("what", Text), new("actor_kind", Text), new("actor", Text), new("reason", Text),
            new("detail", Text), new("turn", Text),
        ])
    {
        Indices = ["principal", "what"],
    };

    internal static readonly ExportTable Defaults = new(
        "defaults", "A default, as it is at the cut. The loss is what the layers had to bear.",
        [
            new("number", Integer), new("member", Text), new("stage", Text), new("cause", Text), new("detail", Text), new("triggered_by", Text), new("triggered_at", Time), new("declared_at", Time),
            new("currency", Text), new("digits", Integer), new("loss", Minor), new("unallocated", Minor), new("recovered", Minor), new("wind_down", Flag),
        ])
    {
        Key = ["number"],
    };

    internal static readonly ExportTable DefaultStages = new(
        "default_stages", "A stage that a default entered, or what changed of its deadline, its next step or what keeps it from going on.",
        [new("default_number", Integer), new("stage", Text), new("at", Time), new("deadline", Time), new("next", Text), new("blocked", Text), new("recorded_at", Time), new("turn", Text)])
    {
        Indices = ["default_number"],
        References = [new("default_number", "defaults")],
    };

    internal static readonly ExportTable DefaultAccounts = new(
        "default_accounts", "An account of a defaulter, as it is at the cut; its loss in the currency of the default fund.",
        [
            new("default_number", Integer), new("account", Text), new("segregation", Text), new("stage", Text), new("default_account", Text), new("ported_to", Text), new("currency", Text),
            new("digits", Integer), new("loss", Minor), new("own_used", Minor), new("shortfall", Minor), new("from_house", Minor),
        ])
    {
        Key = ["default_number", "account"],
        References = [new("default_number", "defaults"), new("account", "accounts")],
    };

    internal static readonly ExportTable DefaultLayers = new(
        "default_layers", "What a layer of the waterfall gave for a loss (allocation), what a recovery tool took (recovery_tool), or what was paid back to a layer (repayment).",
        [
            new("default_number", Integer), new("step", Text), new("layer", Text), new("currency", Text), new("digits", Integer), new("available", Minor), new("used", Minor), new("recorded_at", Time),
            new("turn", Text),
        ])
    {
        Indices = ["default_number"],
        References = [new("default_number", "defaults")],
    };

    internal static readonly ExportTable DefaultShares = new(
        "default_shares", "The part of a layer that a member bore or got back; of recovery tools, an account's.",
        [new("default_number", Integer), new("step", Text), new("layer", Text), new("who", Text), new("currency", Text), new("digits", Integer), new("amount", Minor), new("turn", Text)])
    {
        Indices = ["default_number", "who"],
        References = [new("default_number", "defaults")],
    };

    private static readonly (ExportTable Table, Func<HouseReplay, RowWriter, ExportPart> Part)[] Known =
    [
        (Instruments, (house, rows) => new InstrumentPart(house, rows)),
        (Accounts, (house, rows) => new AccountPart(house, rows)),
        (Trades, (_, rows) => new TradePart(rows)),
        (Positions, (house, rows) => new PositionPart(house, rows)),
        (CashFlows, (_, rows) => new CashPart(rows)),
        (Assets, (_, rows) => new AssetPart(rows)),
        (MarginCalls, (house, rows) => new MarginCallPart(house, rows)),
        (Assessments, (house, rows) => new AssessmentPart(house, rows)),
        (SettlementPrices, (house, rows) => new SettlementPricePart(house, rows)),
        (Marks, (house, rows) => new MarkPart(house, rows)),
        (Decisions, (_, rows) => new DecisionPart(rows)),
        (Defaults, (house, rows) => new DefaultPart(house, rows)),
        (DefaultStages, (_, rows) => new DefaultStagePart(rows)),
        (DefaultAccounts, (house, rows) => new DefaultAccountPart(house, rows)),
        (DefaultLayers, (_, rows) => new DefaultLayerPart(rows, shares: false)),
        (DefaultShares, (_, rows) => new DefaultLayerPart(rows, shares: true)),
    ];

    /// <summary>All tables.</summary>
    internal static IReadOnlyList<ExportTable> All { get; } = [.. Known.Select(k => k.Table)];

    /// <summary>What fills the tables.</summary>
    internal static IReadOnlyList<ExportPart> PartsOf(HouseReplay house, IReadOnlyList<RowWriter> rows) => [.. rows.Select(r => Known.Single(k => k.Table == r.Table).Part(house, r))];
}
