using System.Diagnostics;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Action = ClearingActors.Contracts.Defaults.V1.Action;
using Segregation = ClearingActors.Contracts.Operations.V1.AccountDefinition.Types.Segregation;

namespace ClearingActors.Node.Tests;

/// <summary>A house of four members, of which BRAVO can fail: it holds 1,000 lots in its house account, and a client of its holds 10.</summary>
internal sealed class DefaultHouse : IAsyncDisposable
{
    internal const string Operator2 = "token-of-operator-2";
    internal const string Charlie = "token-of-member-charlie";
    internal const string Delta = "token-of-member-delta";
    internal const string OperatorAndMember = "token-of-operator-and-member";
    internal const string FirstLot = "D1.1.1";
    internal const long Minute = 60_000_000_000;
    internal const int Tuesday = 20261124;

    internal const string Terms = """
        {
          "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 30,
          "auction": { "minutes": 20, "rounds": 2, "reserveMultiple": 100 },
        }
        """;

    private const string Model = """
        {
          "factors": { "SPX": { "change": "relative", "feed": "ES" } },
          "groups": { "*": { "confidence": 0.9, "lookback": 3, "ewmaLambda": 0.9, "ewmaSeedReturns": 1, "mporDays": 2, "scaling": "none" } },
          "calls": { "USD": { "minimumTransfer": 100, "callUnit": 100, "minutesToMeet": 60 } }
        }
        """;

    private readonly string _folder = RunningNode.NewFolder();

    private readonly Func<NodeSettings, NodeSettings> _change;

    private DefaultHouse(Func<NodeSettings, NodeSettings> change) => _change = change;

    internal RunningNode Node { get; private set; } = null!;

    internal string KeyFile => Path.Combine(_folder, "clearing.journal.auction-key");

    /// <summary>All bytes of the journal, with what is in its WAL. By a process of its own: to open and close the file in this one would free SQLite's locks on it.</summary>
    internal async Task<byte[]> JournalBytesAsync()
    {
        using var cat = Process.Start(new ProcessStartInfo("/bin/cat", ["clearing.journal", "clearing.journal-wal"]) { WorkingDirectory = _folder, RedirectStandardOutput = true })!;
        using var copy = new MemoryStream();
        await cat.StandardOutput.BaseStream.CopyToAsync(copy, TestContext.Current.CancellationToken).Within();
        await cat.WaitForExitAsync(TestContext.Current.CancellationToken).Within();
        cat.ExitCode.ShouldBe(0);
        return copy.ToArray();
    }

    /// <summary>Starts it, with settings that are changed before if asked for.</summary>
    internal static async Task<DefaultHouse> StartAsync(Func<NodeSettings, NodeSettings>? change = null)
    {
        var house = new DefaultHouse(change ?? (s => s));
        await house.StartNodeAsync(define: true);
        await house.SetUpAsync();
        return house;
    }

    /// <summary>Ends the node as a crash does and starts another on its journal.</summary>
    internal async Task RestartAsync(System.Action? between = null)
    {
        await Node.DisposeAsync();
        between?.Invoke();
        await StartNodeAsync(define: false);
    }

    internal Task<TResponse> AskAsync<TRequest, TResponse>(string token, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> => CallAsync<TRequest, TResponse>(DefaultsReflection.Descriptor, token, request);

    internal async Task<Default> ManageAsync<TRequest>(string token, TRequest request)
        where TRequest : IMessage<TRequest> => (await AskAsync<TRequest, DefaultResponse>(token, request)).Default;

    internal Task<Default> DecideAsync(string token, Action action) => ManageAsync(token, new DecideDefaultRequest { Number = 1, Action = action, Reason = "as seen" });

    internal async Task<Default> GetAsync() => (await AskAsync<GetDefaultsRequest, GetDefaultsResponse>(House.Auditor, new())).Defaults.ShouldHaveSingleItem();

    internal Task<GetAuctionsResponse> AuctionsAsync(string token, string member) => AskAsync<GetAuctionsRequest, GetAuctionsResponse>(token, new() { Member = member });

    internal Task<PlaceBidResponse> BidAsync(string token, PlaceBidRequest bid) => AskAsync<PlaceBidRequest, PlaceBidResponse>(token, bid);

    internal static PlaceBidRequest Bid(string member, long amount) => new() { Member = member, Number = 1, Lot = FirstLot, Account = $"{member[0]}-HOUSE", Amount = amount, Currency = "USD", Units = 1 };

    /// <summary>A refusal with its status; what it says must hold the text.</summary>
    internal async Task ShouldRefuseAsync<TRequest, TResponse>(string token, TRequest request, StatusCode status, string says)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse>
    {
        var end = await Should.ThrowAsync<RpcException>(() => AskAsync<TRequest, TResponse>(token, request));
        end.StatusCode.ShouldBe(status, end.Message);
        end.Status.Detail.ShouldContain(says);
    }

    internal Task ShouldRefuseAsync<TRequest>(string token, TRequest request, string says)
        where TRequest : IMessage<TRequest> => ShouldRefuseAsync<TRequest, DefaultResponse>(token, request, StatusCode.FailedPrecondition, says);

    internal async Task<Default> UntilAsync(Func<Default, bool> condition, string what)
    {
        Default d = null!;
        await Patience.UntilAsync(async () => condition(d = await GetAsync()), $"{what}; the default is {d}");
        return d;
    }

    /// <summary>BRAVO is triggered and declared; its house account's positions are on offer.</summary>
    internal async Task<Default> DeclareAsync()
    {
        await ManageAsync(House.Operator, new TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" });
        await DecideAsync(House.Operator, Action.Declare);
        await DecideAsync(Operator2, Action.Declare);
        return await UntilAsync(d => d.Auctions.Count == 1, "the auction is open");
    }

    internal Task AdvanceAsync(long minutes) =>
        Node.As(House.Operator).OperateAsync<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(new() { Instant = House.Noon + (minutes * Minute) });

    internal Task SettleAsync(decimal price = 5000) => Node.As(House.Operator).OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(
        new() { NextBusinessDate = Tuesday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(price) } } });

    internal async Task<long> PositionAsync(string account) =>
        (await Node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within()).Positions.Sum(p => p.Quantity);

    internal async Task<decimal> CashAsync(string account) =>
        (await Node.As(House.Auditor).UnaryAsync(Methods.GetAccount, new GetAccountRequest { Account = account }).Within()).Cash.Sum(c => House.Value(c.Amount));

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartNodeAsync(bool define) => Node = await RunningNode.StartAsync(
        s => _change(s with
        {
            Principals =
            [
                .. s.Principals,
                new() { Name = "operator:ops2", Token = Operator2, Roles = Roles.Operator },
                new() { Name = "member:CHARLIE", Token = Charlie, Roles = Roles.Member, Members = ["CHARLIE"] },
                new() { Name = "member:DELTA", Token = Delta, Roles = Roles.Member, Members = ["DELTA"] },
                new() { Name = "both:DELTA", Token = OperatorAndMember, Roles = Roles.Operator | Roles.Member, Members = ["DELTA"] },
            ],
        }),
        _folder,
        define);

    private async Task SetUpAsync()
    {
        var op = Node.As(House.Operator);
        foreach (var member in (string[])["CHARLIE", "DELTA"])
        {
            await op.OperateAsync<DefineMemberRequest, DefineMemberResponse>(new() { Member = member });
        }

        var accounts = new DefineAccountsRequest();
        accounts.Accounts.Add(House.Account("B-NET", "BRAVO", Segregation.ClientOmnibusNet));
        accounts.Accounts.Add(House.Account("C-HOUSE", "CHARLIE", Segregation.House));
        accounts.Accounts.Add(House.Account("C-OLD", "CHARLIE", Segregation.House));
        accounts.Accounts.Add(House.Account("D-HOUSE", "DELTA", Segregation.House));
        await op.OperateAsync<DefineAccountsRequest, DefineAccountsResponse>(accounts);
        await op.OperateAsync<CloseAccountRequest, CloseAccountResponse>(new() { Account = "C-OLD" });
        foreach (var account in (string[])["B-NET", "C-HOUSE", "D-HOUSE"])
        {
            await op.OperateAsync<BookCollateralRequest, BookCollateralResponse>(new() { RequestId = "cash-1", Account = account, Currency = "USD", Amount = House.Number(100_000_000) });
        }

        await CallAsync<SetRiskModelRequest, SetRiskModelResponse>(MarginReflection.Descriptor, House.Operator, new() { Parameters = Model, Reason = "test" });
        var prices = new SetFactorPricesRequest { Factor = "SPX", Replaces = true, Reason = "test" };
        prices.Prices.Add(new double[] { 5000, 5010, 4990, 5005, 5000 }.Select((p, i) => new FactorPrice { Date = 20261115 + i, Price = p }));
        await CallAsync<SetFactorPricesRequest, SetFactorPricesResponse>(MarginReflection.Descriptor, House.Operator, prices);
        using var venue = new TradeConversation(Node.As(House.Venue));
        await venue.AskOneAsync(House.Trade("t1", 1_000));
        await venue.AskOneAsync(House.Trade("t2", 10, buyer: "B-NET"));
        await op.OperateAsync<RunSettlementCycleRequest, RunSettlementCycleResponse>(
            new() { NextBusinessDate = House.Monday, Prices = { new SettlementPrice { Instrument = "ES", Price = House.Number(5000) } } });
        await AskAsync<SetDefaultTermsRequest, SetDefaultTermsResponse>(House.Operator, new() { Terms = Terms, Reason = "test" });
    }

    private Task<TResponse> CallAsync<TRequest, TResponse>(FileDescriptor file, string token, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        Node.As(token).UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(file.Services[0], typeof(TRequest).Name[..^"Request".Length]), request).Within();
}
