using ClearingActors.Contracts.Collateral.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using Google.Protobuf;

namespace ClearingActors.Node.Tests;

/// <summary>Securities and coins over gRPC: who may do what, and what is refused.</summary>
public sealed class CollateralTests : IAsyncLifetime
{
    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task an_operator_lists_and_books_and_a_member_sees_its_own()
    {
        await DefineAsync("BOND", digits: 2);
        await DefineAsync("BOND", digits: 2);
        House.Value((await MoveAsync("m1", "BOND", 1.25m)).Balance).ShouldBe(1.25m);
        House.Value((await MoveAsync("m1", "BOND", 1.25m)).Balance).ShouldBe(1.25m);
        House.Value((await MoveAsync("m2", "BOND", -0.25m)).Balance).ShouldBe(1m);
        await CallAsync<SetPricesRequest, SetPricesResponse>(_operator, "SetPrices", new()
        {
            Prices = { new AssetPrice { Asset = "BOND", Price = House.Number(99.125m) } },
            Rates = { new ExchangeRate { Base = "EUR", Quote = "USD", Rate = House.Number(1.0875m) } },
            Reason = "close",
        });

        var listed = await CallAsync<GetAssetsRequest, GetAssetsResponse>(_node.As(House.Alpha), "GetAssets", new());
        var asset = listed.Assets.ShouldHaveSingleItem();
        (asset.Asset_, asset.Currency, asset.QuantityDigits, asset.Issuer, House.Value(asset.PriceFactor)).ShouldBe(("BOND", "USD", 2, "STATE", 10m));
        House.Value(listed.Prices.ShouldHaveSingleItem().Price).ShouldBe(99.125m);
        House.Value(listed.Rates.ShouldHaveSingleItem().Rate).ShouldBe(1.0875m);

        var account = await _node.As(House.Alpha).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = "A-HOUSE" }).Within();
        var held = account.Assets.ShouldHaveSingleItem();
        (held.Asset, House.Value(held.Quantity)).ShouldBe(("BOND", 1m));
        (await _operator.OperateAsync<CheckInvariantsRequest, CheckInvariantsResponse>(new())).AssetsConserved.ShouldBeTrue();
    }

    [Fact]
    public async Task what_is_unknown_or_does_not_fit_is_refused_with_the_value()
    {
        await DefineAsync("BOND", digits: 2);
        (await EndOf(() => MoveAsync("m1", "NONE", 1))).ShouldBe((StatusCode.FailedPrecondition, "asset NONE is not listed; list it first"));
        (await EndOf(() => MoveAsync("m1", "BOND", 1.001m))).Message.ShouldContain("quantity is \"1.001\": above zero to deposit or below to withdraw, with at most 2 decimal places");
        (await EndOf(() => MoveAsync("m1", "BOND", -1))).Message.ShouldContain("it holds 0");
        (await EndOf(() => DefineAsync("OTHER", currency: "XXX"))).Message.ShouldContain("asset.currency is \"XXX\": one of the configured currencies");
        (await EndOf(() => DefineAsync("OTHER", pricedBy: "NONE"))).Message.ShouldContain("priced by NONE, which is not defined");
        (await EndOf(() => DefineAsync("BOND", digits: 3))).Message.ShouldContain("has 2 digits of quantity");
        var rate = new SetPricesRequest { Rates = { new ExchangeRate { Base = "EUR", Quote = "USD", Rate = House.Number(-1) } } };
        (await EndOf(() => CallAsync<SetPricesRequest, SetPricesResponse>(_operator, "SetPrices", rate))).Message.ShouldContain("the exchange rate -1 of EUR in USD must be above 0");
    }

    [Fact]
    public async Task only_operators_list_price_and_book()
    {
        var alpha = _node.As(House.Alpha);
        (await EndOf(() => CallAsync<DefineAssetRequest, DefineAssetResponse>(alpha, "DefineAsset", new()))).Status.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf(() => CallAsync<SetPricesRequest, SetPricesResponse>(alpha, "SetPrices", new()))).Status.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf(() => CallAsync<MoveAssetRequest, MoveAssetResponse>(alpha, "MoveAsset", new()))).Status.ShouldBe(StatusCode.PermissionDenied);
        (await EndOf(() => CallAsync<GetAssetsRequest, GetAssetsResponse>(_node.As(House.Venue), "GetAssets", new()))).Status.ShouldBe(StatusCode.PermissionDenied);
    }

    private static Task<TResponse> CallAsync<TRequest, TResponse>(GrpcChannel channel, string method, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        channel.UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(CollateralReflection.Descriptor.Services[0], method), request).Within();

    private static async Task<(StatusCode Status, string Message)> EndOf(Func<Task> call)
    {
        var end = await Should.ThrowAsync<RpcException>(call);
        return (end.StatusCode, end.Message);
    }

    private Task DefineAsync(string asset, int digits = 0, string currency = "USD", string pricedBy = "") => CallAsync<DefineAssetRequest, DefineAssetResponse>(_operator, "DefineAsset", new()
    {
        Asset = new Asset { Asset_ = asset, Currency = currency, QuantityDigits = digits, Issuer = "STATE", PricedBy = pricedBy, PriceFactor = House.Number(10) },
    });

    private Task<MoveAssetResponse> MoveAsync(string request, string asset, decimal quantity) =>
        CallAsync<MoveAssetRequest, MoveAssetResponse>(_operator, "MoveAsset", new() { RequestId = request, Account = "A-HOUSE", Asset = asset, Quantity = House.Number(quantity) });
}
