using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using Google.Protobuf.Reflection;

namespace ClearingActors.Node.Services;

/// <summary>What people who watch the house see of its markets.</summary>
internal sealed class MarketReads(ClearingEngine engine, Instruments instruments, TimeProvider time)
{
    private static ServiceDescriptor Descriptor => MarketsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetMarketsRequest, GetMarketsResponse>(Descriptor, "GetMarkets"), GetMarketsAsync)
        .Unary(GrpcMethod.Of<GetMarkHistoryRequest, GetMarkHistoryResponse>(Descriptor, "GetMarkHistory"), GetMarkHistoryAsync);

    private async ValueTask<GetMarketsResponse> GetMarketsAsync(GetMarketsRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        var view = await Refusals.RunAsync(engine.ReadMarketsAsync).ConfigureAwait(false);
        var (interest, interestError) = await OptionalRead.TryAsync(() => ReadOpenInterestAsync(context.CancellationToken), time).ConfigureAwait(false);
        var scales = view.Instruments.ToDictionary(m => m.Listed.Instrument.Id.Value, m => m.Listed.Instrument.PriceScale, StringComparer.Ordinal);
        var response = new GetMarketsResponse { BusinessTime = view.BusinessTime, HouseHalted = view.Halted, OpenInterestAt = interest?.At ?? 0, OpenInterestError = interestError ?? "" };
        foreach (var row in view.Instruments)
        {
            var market = MarketOf(row, view.BusinessTime);
            if (row.Listed.Expiry != ExpiryStage.None)
            {
                market.FinalPrice = WireDecimal.Of(row.Listed.FinalUnits, row.Listed.Instrument.Option is { } option ? scales[option.Reference] : market.PriceScale);
            }

            if (interest?.Open.Instruments.TryGetValue(row.Listed.Instrument.Id, out var held) is true)
            {
                (market.OpenInterest, market.Holders) = (checked((long)held.Lots), held.Accounts);
            }

            response.Markets.Add(market);
        }

        return response;
    }

    private async Task<OpenInterestRead> ReadOpenInterestAsync(CancellationToken cancellation)
    {
        var (open, at) = await engine.ReadOpenInterestAsync(cancellation).ConfigureAwait(false);
        return new OpenInterestRead(open, at);
    }

    private async ValueTask<GetMarkHistoryResponse> GetMarkHistoryAsync(GetMarkHistoryRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers);
        var id = Fields.Id<InstrumentId>("instrument", request.Instrument, InstrumentId.TryParse);
        if (request.Limit is < 0 or > MarkPath.MostPoints)
        {
            throw Refusals.BadInput("limit", request.Limit, $"1 to {MarkPath.MostPoints}, or 0 for {MarkPath.MostPoints}, is allowed");
        }

        var limit = request.Limit == 0 ? MarkPath.MostPoints : request.Limit;
        var instrument = await Refusals.RunAsync(async () => await instruments.FindAsync(id).ConfigureAwait(false)).ConfigureAwait(false)
            ?? throw new RpcException(StatusCode.NotFound, $"instrument {id} is not defined");
        var path = engine.ReadMarkPath(id);
        var response = new GetMarkHistoryResponse { Instrument = id.Value, PriceScale = instrument.PriceScale, Older = path.Dropped || path.Points.Count > limit };
        foreach (var point in path.Points.Skip(path.Points.Count - limit))
        {
            response.Times.Add(point.Time);
            response.Prices.Add(point.PriceUnits);
        }

        response.Begins = response.Times.FirstOrDefault();
        try
        {
            if (await Refusals.RunAsync(() => engine.ReadDailyPricesAsync(id, limit)).ConfigureAwait(false) is { } daily)
            {
                response.Factor = daily.Factor;
                response.Daily.Add(daily.Prices.Select(p => new DailyPrice { Date = Dates.ToInt(p.Date), Price = p.Price }));
                response.NoDaily = daily.Prices.Count == 0 ? $"the history of risk factor {daily.Factor} is empty" : "";
            }
            else
            {
                response.NoDaily = "the settlement prices of this instrument are put behind the history of no risk factor";
            }
        }
        catch (FormatException e)
        {
            response.NoDaily = e.Message;
        }

        return response;
    }

    private static Market MarketOf(MarketRow row, long businessTime)
    {
        var listed = row.Listed;
        var instrument = listed.Instrument;
        var market = new Market
        {
            Instrument = instrument.Id.Value,
            Underlying = instrument.Underlying.Value,
            ProductGroup = instrument.Definition.ProductGroup,
            Kind = (Market.Types.Kind)instrument.Kind,
            Currency = instrument.Currency.Code,
            CurrencyDigits = instrument.Currency.Digits,
            PriceScale = instrument.PriceScale,
            Expiry = instrument.Definition.Expiry ?? 0,
            ExpiryStage = (Market.Types.Expiry)listed.Expiry,
            Halted = listed.Halted,
            MarkStaleness = instrument.MarkStalenessNs,
            MarkJumpBasisPoints = instrument.MarkJumpBps,
            NextFunding = row.NextFunding ?? 0,
            Overdue = row.Overdue,
            Unread = row.Unread,
        };
        if (row.Newest is { } mark)
        {
            market.Newest = new NewestMark
            {
                Price = WireDecimal.Of(mark.PriceUnits, instrument.PriceScale),
                Number = mark.Number,
                Source = row.Source.Value,
                Time = mark.Time,
                Age = Math.Max(0, businessTime - mark.Time),
                Stale = row.IsStaleAt(businessTime),
            };
        }

        if (row.Held is { } held)
        {
            market.Held = new WaitingMark { Price = WireDecimal.Of(held.PriceUnits, instrument.PriceScale), Source = held.Source.Value, Time = held.Time };
            if (row.HeldJumpBps is { } jump)
            {
                market.Held.JumpBasisPoints = decimal.ToInt64(decimal.Clamp(jump, long.MinValue, long.MaxValue));
            }
        }

        if (listed.LastSettlementCycle > 0)
        {
            market.SettlementCycle = listed.LastSettlementCycle;
            market.SettlementPrice = WireDecimal.Of(listed.LastSettlementUnits, instrument.PriceScale);
        }

        return market;
    }

    private sealed record OpenInterestRead(OpenInterest Open, long At);
}
