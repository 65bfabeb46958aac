using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Services;

/// <summary>Reads DefineInstrumentRequest. What the domain refuses is told in the request's own field names.</summary>
internal static class InstrumentRequests
{
    /// <exception cref="RpcException">INVALID_ARGUMENT with everything that is wrong.</exception>
    internal static Instrument Read(DefineInstrumentRequest request, IReadOnlyDictionary<string, int> currencies)
    {
        var currency = Fields.Currency("currency", request.Currency, currencies);
        if (request.CurrencyDigits != currency.Digits)
        {
            throw Refusals.BadInput("currency_digits", request.CurrencyDigits, $"{currency.Code} is configured with {currency.Digits}");
        }

        if (request.DailyCutOffSeconds is < 0 or >= 86_400)
        {
            throw Refusals.BadInput("daily_cut_off_seconds", request.DailyCutOffSeconds, "0 to 86399 is allowed");
        }

        List<DateOnly> holidays = [];
        for (var i = 0; i < request.Holidays.Count; i++)
        {
            holidays.Add(Fields.Date($"holidays[{i}]", request.Holidays[i]));
        }

        var definition = new InstrumentDefinition
        {
            Id = request.Instrument,
            Kind = request.Kind == DefineInstrumentRequest.Types.Kind.Unspecified ? InstrumentKind.Future : (InstrumentKind)request.Kind,
            Underlying = request.Underlying,
            ProductGroup = request.ProductGroup,
            Currency = currency,
            Multiplier = WireDecimal.Read("multiplier", request.Multiplier),
            PriceScale = request.PriceScale,
            Tick = WireDecimal.Read("tick", request.Tick),
            PriceLow = WireDecimal.Read("price_band_low", request.PriceBandLow),
            PriceHigh = WireDecimal.Read("price_band_high", request.PriceBandHigh),
            TradeBandBps = request.TradeBandBasisPoints == 0 ? null : request.TradeBandBasisPoints,
            // The domain always has a bound; its widest is a hundredfold move, which stands for none.
            MarkJumpBps = request.MarkJumpBasisPoints == 0 ? InstrumentDefinition.MaxBandBps : request.MarkJumpBasisPoints,
            MarkStalenessNs = request.MarkStaleness,
            AllowsNegativePrices = request.AllowsNegativePrices,
            Expiry = request.Expiry == 0 ? null : request.Expiry,
            MaxTradeQuantity = request.MaxTradeQuantity,
            HeadroomPerLot = WireDecimal.ReadOrZero("headroom_per_lot", request.HeadroomPerLot),
            Calendar = new ClearingCalendar(request.Zone, TimeOnly.MinValue.Add(TimeSpan.FromSeconds(request.DailyCutOffSeconds)), holidays, request.TradesWeekends),
            Option = request.Option is { } option ? Read(option) : null,
            Perpetual = request.Perpetual is { } perpetual ? Read(perpetual) : null,
            ExpiryWindowNs = request.ExpiryWindow == 0 ? InstrumentDefinition.DefaultExpiryWindowNs : request.ExpiryWindow,
            ExpiryMarks = request.ExpiryMarks == 0 ? InstrumentDefinition.DefaultExpiryMarks : request.ExpiryMarks,
        };
        var errors = definition.Validate(out var instrument);
        return instrument ?? throw new RpcException(
            StatusCode.InvalidArgument, string.Join("; ", errors.Select(e => $"{FieldOf(e.Field)} is \"{e.Value}\": {e.Allowed}")));
    }

    private static Domain.Instruments.OptionTerms Read(Contracts.Operations.V1.OptionTerms option) => new(
        (OptionType)option.Type,
        WireDecimal.Read("option.strike", option.Strike),
        (ExerciseStyle)option.Style,
        (PremiumStyle)option.PremiumStyle,
        option.Reference,
        option.ExerciseCutOff,
        WireDecimal.ReadOrZero("option.automatic_threshold", option.AutomaticThreshold));

    private static Domain.Instruments.PerpetualTerms Read(Contracts.Operations.V1.PerpetualTerms perpetual) => new(
        perpetual.Inverse,
        WireDecimal.ReadOrZero("perpetual.face_value", perpetual.FaceValue),
        perpetual.Index,
        perpetual.FundingIntervalHours,
        WireDecimal.ReadOrZero("perpetual.interest", perpetual.Interest),
        WireDecimal.Read("perpetual.cap", perpetual.Cap));

    private static string FieldOf(string property) => property switch
    {
        nameof(InstrumentDefinition.Id) => "instrument",
        nameof(InstrumentDefinition.Underlying) => "underlying",
        nameof(InstrumentDefinition.ProductGroup) => "product_group",
        nameof(InstrumentDefinition.Currency) => "currency",
        nameof(InstrumentDefinition.Multiplier) => "multiplier",
        nameof(InstrumentDefinition.PriceScale) => "price_scale",
        nameof(InstrumentDefinition.Tick) => "tick",
        nameof(InstrumentDefinition.PriceLow) => "price_band_low",
        nameof(InstrumentDefinition.PriceHigh) => "price_band_high",
        nameof(InstrumentDefinition.TradeBandBps) => "trade_band_basis_points",
        nameof(InstrumentDefinition.MarkJumpBps) => "mark_jump_basis_points",
        nameof(InstrumentDefinition.MarkStalenessNs) => "mark_staleness",
        nameof(InstrumentDefinition.Expiry) => "expiry",
        nameof(InstrumentDefinition.MaxTradeQuantity) => "max_trade_quantity",
        nameof(InstrumentDefinition.HeadroomPerLot) => "headroom_per_lot",
        nameof(InstrumentDefinition.Kind) => "kind",
        nameof(InstrumentDefinition.AllowsNegativePrices) => "allows_negative_prices",
        nameof(InstrumentDefinition.Option) => "option",
        nameof(InstrumentDefinition.Perpetual) => "perpetual",
        nameof(InstrumentDefinition.ExpiryWindowNs) => "expiry_window",
        nameof(InstrumentDefinition.ExpiryMarks) => "expiry_marks",
        "Option.Type" => "option.type",
        "Option.Strike" => "option.strike",
        "Option.Style" => "option.style",
        "Option.PremiumStyle" => "option.premium_style",
        "Option.Reference" => "option.reference",
        "Option.ExerciseCutOff" => "option.exercise_cut_off",
        "Option.AutomaticThreshold" => "option.automatic_threshold",
        "Perpetual.FaceValue" => "perpetual.face_value",
        "Perpetual.Index" => "perpetual.index",
        "Perpetual.FundingIntervalHours" => "perpetual.funding_interval_hours",
        "Perpetual.Interest" => "perpetual.interest",
        "Perpetual.Cap" => "perpetual.cap",
        "Calendar.Zone" => "zone",
        "Calendar.Holidays" => "holidays",
        _ => property,
    };
}
