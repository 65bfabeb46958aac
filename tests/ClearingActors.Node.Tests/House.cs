using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Node.Tests;

/// <summary>A small clearing house as the tests define it over gRPC, and trades that it takes.</summary>
internal static class House
{
    internal const string Operator = "token-of-operator-1";
    internal const string Auditor = "token-of-auditor-01";
    internal const string Alpha = "token-of-member-alpha";
    internal const string Bravo = "token-of-member-bravo";
    internal const string Venue = "token-of-venue-xeur";
    internal const string Feed1 = "token-of-feed-one-1";
    internal const string Feed2 = "token-of-feed-two-2";

    /// <summary>Friday 2026-11-20, noon, UTC nanoseconds.</summary>
    internal const long Noon = 1_795_176_000_000_000_000;

    internal const int Today = 20261120;
    internal const int Monday = 20261123;

    internal static IReadOnlyList<PrincipalSettings> Principals { get; } =
    [
        new() { Name = "operator:ops1", Token = Operator, Roles = Roles.Operator },
        new() { Name = "auditor:aud1", Token = Auditor, Roles = Roles.Auditor },
        new() { Name = "member:ALPHA", Token = Alpha, Roles = Roles.Member, Sources = ["ALPHA"], Members = ["ALPHA"] },
        new() { Name = "member:BRAVO", Token = Bravo, Roles = Roles.Member, Sources = ["BRAVO"], Members = ["BRAVO"] },
        new() { Name = "venue:XEUR", Token = Venue, Roles = Roles.Venue, Sources = ["XEUR", "GHOST"] },
        new() { Name = "marketdata:SRC1", Token = Feed1, Roles = Roles.MarketData, MarkSources = ["SRC1"] },
        new() { Name = "marketdata:SRC2", Token = Feed2, Roles = Roles.MarketData, MarkSources = ["SRC2"] },
    ];

    internal static Decimal Number(decimal value)
    {
        var scale = value.Scale;
        return new Decimal { Mantissa = (long)(value * (decimal)Math.Pow(10, scale)), Exponent = -scale };
    }

    internal static decimal Value(Decimal number) => number.Mantissa * (decimal)Math.Pow(10, number.Exponent);

    internal static TradeReport Trade(string id, long quantity = 1, decimal price = 5000, string seller = "A-HOUSE", string buyer = "B-HOUSE", string instrument = "ES") => new()
    {
        Source = "XEUR",
        TradeId = id,
        Instrument = instrument,
        Buyer = new Side { Account = buyer },
        Seller = new Side { Account = seller },
        Quantity = quantity,
        Price = Number(price),
        ExecutionTime = Noon,
    };

    internal static DefineInstrumentRequest Instrument(string id = "ES") => new()
    {
        Instrument = id,
        Underlying = "SPX",
        ProductGroup = "EQUITY",
        Currency = "USD",
        CurrencyDigits = 2,
        Multiplier = Number(50),
        PriceScale = 2,
        Tick = Number(0.25m),
        PriceBandLow = Number(1000),
        PriceBandHigh = Number(9000),
        TradeBandBasisPoints = 1000,
        MarkJumpBasisPoints = 500,
        MarkStaleness = 3_600_000_000_000,
        MaxTradeQuantity = 100_000,
        HeadroomPerLot = Number(100),
        Zone = "America/Chicago",
        DailyCutOffSeconds = 15 * 3600,
    };

    /// <summary>Defines members, accounts with cash, an instrument and a source, and opens the first cycle.</summary>
    internal static async Task DefineAsync(GrpcChannel op)
    {
        await op.OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = Noon });
        foreach (var member in (string[])["ALPHA", "BRAVO"])
        {
            await op.OperateAsync<DefineMemberRequest, DefineMemberResponse>(new() { Member = member });
        }

        await op.OperateAsync<DefineInstrumentRequest, DefineInstrumentResponse>(Instrument());
        await op.OperateAsync<DefineTradeSourceRequest, DefineTradeSourceResponse>(new() { Source = "XEUR", Lanes = 4 });
        var accounts = new DefineAccountsRequest();
        accounts.Accounts.Add(Account("A-HOUSE", "ALPHA", AccountDefinition.Types.Segregation.House));
        accounts.Accounts.Add(Account("A-POOR", "ALPHA", AccountDefinition.Types.Segregation.ClientIndividual));
        accounts.Accounts.Add(Account("A-GROSS", "ALPHA", AccountDefinition.Types.Segregation.ClientOmnibusGross));
        accounts.Accounts.Add(Account("B-HOUSE", "BRAVO", AccountDefinition.Types.Segregation.House));
        (await op.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(accounts)).Defined.ShouldBe(4);
        foreach (var account in (string[])["A-HOUSE", "A-GROSS", "B-HOUSE"])
        {
            await op.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "cash-1", Account = account, Currency = "USD", Amount = Number(100_000_000) });
        }
    }

    internal static AccountDefinition Account(string account, string member, AccountDefinition.Types.Segregation segregation) =>
        new() { Account = account, Member = member, Segregation = segregation, Currency = "USD" };
}
