using ClearingActors.Contracts.Collateral.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Margin = ClearingActors.Domain.Margin;

namespace ClearingActors.Node.Services;

/// <summary>Securities and coins as collateral, their prices, and exchange rates.</summary>
internal sealed class CollateralService(ClearingEngine engine, NodeSettings settings, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Collateral");

    private static ServiceDescriptor Descriptor => CollateralReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<DefineAssetRequest, DefineAssetResponse>(Descriptor, "DefineAsset"), DefineAssetAsync)
        .Unary(GrpcMethod.Of<SetPricesRequest, SetPricesResponse>(Descriptor, "SetPrices"), SetPricesAsync)
        .Unary(GrpcMethod.Of<MoveAssetRequest, MoveAssetResponse>(Descriptor, "MoveAsset"), MoveAssetAsync)
        .Unary(GrpcMethod.Of<GetAssetsRequest, GetAssetsResponse>(Descriptor, "GetAssets"), GetAssetsAsync);

    private async ValueTask<DefineAssetResponse> DefineAssetAsync(DefineAssetRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator);
        var given = request.Asset ?? throw Refusals.BadInput("asset", "missing", "an asset is required");
        var wrong = CollateralAsset.TryCreate(
            Fields.Id<AssetId>("asset.asset", given.Asset_, AssetId.TryParse),
            Fields.Currency("asset.currency", given.Currency, settings.Currencies),
            given.QuantityDigits,
            given.Issuer,
            given.PricedBy.Length == 0 ? default : Fields.Id<InstrumentId>("asset.priced_by", given.PricedBy, InstrumentId.TryParse),
            given.PriceFactor is null ? 1 : WireDecimal.Read("asset.price_factor", given.PriceFactor),
            out var asset);
        if (wrong is not null)
        {
            throw new RpcException(StatusCode.InvalidArgument, wrong);
        }

        await Refusals.RunAsync(() => engine.DefineCollateralAssetAsync(principal.Name, asset!, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} listed {Asset} of {Issuer} as collateral", principal.Name, given.Asset_, given.Issuer);
        return new DefineAssetResponse();
    }

    private async ValueTask<SetPricesResponse> SetPricesAsync(SetPricesRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator);
        List<Margin.AssetPrice> prices = [];
        for (var i = 0; i < request.Prices.Count; i++)
        {
            prices.Add(new(Fields.Id<AssetId>($"prices[{i}].asset", request.Prices[i].Asset, AssetId.TryParse), WireDecimal.Read($"prices[{i}].price", request.Prices[i].Price)));
        }

        List<Margin.ExchangeRate> rates = [];
        for (var i = 0; i < request.Rates.Count; i++)
        {
            var rate = request.Rates[i];
            rates.Add(new(
                Fields.Currency($"rates[{i}].base", rate.Base, settings.Currencies).Code,
                Fields.Currency($"rates[{i}].quote", rate.Quote, settings.Currencies).Code,
                WireDecimal.Read($"rates[{i}].rate", rate.Rate)));
        }

        await Refusals.RunAsync(() => engine.SetCollateralPricesAsync(principal.Name, new Margin.CollateralPricesSet(prices, rates), context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set {Prices} prices and {Rates} exchange rates: {Reason}", principal.Name, prices.Count, rates.Count, request.Reason);
        return new SetPricesResponse();
    }

    private async ValueTask<MoveAssetResponse> MoveAssetAsync(MoveAssetRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator);
        var id = Fields.Id<RequestId>("request_id", request.RequestId, RequestId.TryParse);
        var account = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        var asset = await FindAsync(Fields.Id<AssetId>("asset", request.Asset, AssetId.TryParse)).ConfigureAwait(false);
        var quantity = WireDecimal.Read("quantity", request.Quantity);
        if (!asset.TryToUnits(quantity, out var units) || units == 0)
        {
            throw Refusals.BadInput("quantity", quantity, $"above zero to deposit or below to withdraw, with at most {asset.UnitDigits} decimal places and 18 digits of {asset.Id}");
        }

        var held = await Refusals.RunAsync(() => engine.MoveAssetAsync(principal.Name, account, id, asset.Id, units, context.CancellationToken)).ConfigureAwait(false);
        return new MoveAssetResponse { Balance = WireDecimal.Of(held, asset.UnitDigits) };
    }

    private async ValueTask<GetAssetsResponse> GetAssetsAsync(GetAssetsRequest request, ServerCallContext context)
    {
        Callers.Require(context, Roles.Readers | Roles.Member);
        var book = await engine.ReadCollateralAsync().ConfigureAwait(false);
        var response = new GetAssetsResponse();
        foreach (var asset in book.Assets)
        {
            response.Assets.Add(new Asset
            {
                Asset_ = asset.Id.Value,
                Currency = asset.Currency.Code,
                QuantityDigits = asset.UnitDigits,
                Issuer = asset.Issuer,
                PricedBy = asset.PricedBy.Value,
                PriceFactor = WireDecimal.Of(asset.PriceFactor),
            });
        }

        response.Prices.Add(book.Prices.Select(p => new AssetPrice { Asset = p.Asset.Value, Price = WireDecimal.Of(p.Price) }));
        response.Rates.Add(book.Rates.Select(r => new ExchangeRate { Base = r.Base, Quote = r.Quote, Rate = WireDecimal.Of(r.Rate) }));
        return response;
    }

    private async ValueTask<CollateralAsset> FindAsync(AssetId id) =>
        await engine.FindCollateralAssetAsync(id).ConfigureAwait(false) ?? throw new RpcException(StatusCode.FailedPrecondition, $"asset {id} is not listed; list it first");
}
