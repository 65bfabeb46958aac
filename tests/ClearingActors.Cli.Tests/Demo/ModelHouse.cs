using ClearingActors.Cli.Demo;
using ClearingActors.Cli.Tests.Client;
using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;
using ClearingActors.Grpc;
using AnswerStatus = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Cli.Tests.Demo;

/// <summary>What the model may do wrong, so that a check that does not see it fails a test.</summary>
public enum ModelFault
{
    None,
    SellerLegMissing,
    BuyerLegTwice,
    LegNobodyWasToldOf,
    LegOfAnotherQuantity,
    BookNotMatched,
    CentLost,
    SettlementSumNotZero,
    RepeatAnsweredOtherwise,
    NovatedWithoutAnyLeg,
    ReplayDiffers,
    RunRecomputedOtherwise,
    NeverQuiet,
    EventsStop,
    DepositsDoNotMeetCalls,
    RequirementOfAnAccountLost,
}

/// <summary>
/// A clearing house in a few lines, behind a real gRPC server: enough of the rulebook to hold the demo against. One lock, no journal, no risk but cash per lot and a
/// tenth of the notional as margin.
/// </summary>
internal sealed partial class ModelHouse : IDemoNode
{
    private readonly Lock _lock = new();
    private readonly ModelFault _fault;
    private readonly Dictionary<string, Account> _accounts = [];
    private readonly Dictionary<(string, string), (TradeReport Report, TradeAnswer Answer)> _trades = [];
    private readonly Dictionary<RejectReason, long> _rejected = [];
    private readonly HashSet<string> _sources = [];
    private readonly Dictionary<string, DefineInstrumentRequest> _instruments = [];
    private readonly Dictionary<string, decimal> _settled = [];
    private readonly Dictionary<string, (long Time, decimal Price)> _marks = [];
    private long _cycle = 1;
    private int _businessDate;
    private long _businessTime;
    private long _novated;
    private ScriptedServer? _server;

    private ModelHouse(ModelFault fault, DateOnly first)
    {
        _fault = fault;
        _businessDate = (first.Year * 10_000) + (first.Month * 100) + first.Day;
    }

    public Uri GrpcAddress => _server!.Address;

    public Uri? WebAddress => null;

    public IReadOnlyList<string> WebUsers => [];

    public string WebPassword => "";

    public string OperatorToken => "operator";

    public string SecondOperatorToken => "second";

    internal long NovatedBefore { get; init; }

    internal bool Stopped { get; private set; }

    internal HashSet<string> TokensSeen { get; } = [];

    /// <summary>What the model itself objects to, such as a trade from the future.</summary>
    internal System.Collections.Concurrent.ConcurrentQueue<Exception> Objections { get; } = [];

    public string TokenOfMember(string member) => $"member-{member}";

    public string TokenOfMarkSource(string source) => $"marks-{source}";

    public Task<bool> ReplayEqualsLiveAsync(CancellationToken cancellationToken) => Task.FromResult(_fault != ModelFault.ReplayDiffers);

    public Task<LiveBacktestResult> BacktestAccountsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new LiveBacktestResult { Accounts = [], Skips = [], Flat = 1, Unstarted = 2, Closes = 3, FirstDate = new DateOnly(2020, 3, 12), LastDate = new DateOnly(2020, 3, 16) });

    public Task<DemoAudit> AuditAsync(CancellationToken cancellationToken) => Task.FromResult(new DemoAudit(1, 1, 1, 0, ""));

    public Task<RecomputedRuns> RecomputeRunsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_fault == ModelFault.RunRecomputedOtherwise ? new RecomputedRuns(3, 90, 1, "run 2, account M01-HOUSE: a cent more") : new RecomputedRuns(3, 90, 0, ""));

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Stopped = true;
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    internal static async Task<ModelHouse> StartAsync(DateOnly first, ModelFault fault = ModelFault.None, long novatedBefore = 0)
    {
        var house = new ModelHouse(fault, first) { NovatedBefore = novatedBefore };
        house._server = await ScriptedServer.StartAsync(house.Map);
        return house;
    }

    private void Map(GrpcServiceBuilder services)
    {
        services.Options.UnhandledException = (e, _) => Objections.Enqueue(e);
        services.Options.Interceptor = context =>
        {
            lock (_lock)
            {
                TokensSeen.Add(context.RequestHeaders.Get("authorization") ?? "none");
            }

            return default;
        };
        services
            .Duplex(ClearingMethods.SubmitTrades, async (reader, writer, _) =>
            {
                await foreach (var request in reader.ReadAllAsync())
                {
                    // Backwards, as answers come in any order.
                    await writer.WriteAsync(Reports.Response(request.Trades.Select(Locked<TradeReport, TradeAnswer>(Submit)).Reverse()));
                }
            })
            .Unary(ClearingMethods.GetAccount, Call<GetAccountRequest, GetAccountResponse>(r => new GetAccountResponse { Account = r.Account, AsOf = _accounts[r.Account].AsOf }))
            .ServerStreaming(ClearingMethods.WatchAccount, WatchAsync)
            .ClientStreaming(ClearingMethods.PublishMarks, PublishAsync)
            .Unary(ClearingMethods.GetStatus, Call<GetStatusRequest, GetStatusResponse>(_ => new GetStatusResponse
            {
                TradesNovated = _novated + NovatedBefore,
                BusinessTime = _businessTime,
                BusinessDate = _businessDate,
            }))
            .Unary(ClearingMethods.AdvanceBusinessTime, Call<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(Advance))
            .Unary(ClearingMethods.DefineInstrument, Call<DefineInstrumentRequest, DefineInstrumentResponse>(r =>
            {
                _instruments.Add(r.Instrument, r);
                return new DefineInstrumentResponse();
            }))
            .Unary(ClearingMethods.DefineMember, Call<DefineMemberRequest, DefineMemberResponse>(_ => new DefineMemberResponse()))
            .Unary(ClearingMethods.DefineTradeSource, Call<DefineTradeSourceRequest, DefineTradeSourceResponse>(r =>
            {
                _sources.Add(r.Source);
                return new DefineTradeSourceResponse();
            }))
            .Unary(ClearingMethods.DefineAccounts, Call<DefineAccountsRequest, DefineAccountsResponse>(r =>
            {
                foreach (var account in r.Accounts)
                {
                    _accounts.Add(account.Account, new Account(account));
                }

                return new DefineAccountsResponse { Defined = r.Accounts.Count };
            }))
            .Unary(ClearingMethods.BookCollateral, Call<BookCollateralRequest, BookCollateralResponse>(r =>
            {
                _accounts[r.Account].Cash += ExactDecimal.FromWire(r.Amount);
                _accounts[r.Account].Deposited += ExactDecimal.FromWire(r.Amount);
                Credit(_accounts[r.Account], ExactDecimal.FromWire(r.Amount));
                return new BookCollateralResponse();
            }))
            .Unary(ClearingMethods.RunSettlementCycle, Call<RunSettlementCycleRequest, RunSettlementCycleResponse>(Settle))
            .Unary(ClearingMethods.CheckInvariants, Call<CheckInvariantsRequest, CheckInvariantsResponse>(_ => Check()));
        MapMargin(services);
    }

    private Func<TRequest, ServerCallContext, ValueTask<TResponse>> Call<TRequest, TResponse>(Func<TRequest, TResponse> handler)
    {
        var locked = Locked(handler);
        return (request, _) => new ValueTask<TResponse>(locked(request));
    }

    private Func<TRequest, TResponse> Locked<TRequest, TResponse>(Func<TRequest, TResponse> handler) => request =>
    {
        lock (_lock)
        {
            return handler(request);
        }
    };

    private AdvanceBusinessTimeResponse Advance(AdvanceBusinessTimeRequest request)
    {
        request.Instant.ShouldBeGreaterThanOrEqualTo(_businessTime);
        _businessTime = request.Instant;
        MissDue();
        return new AdvanceBusinessTimeResponse { Instant = _businessTime };
    }

    private TradeAnswer Submit(TradeReport report)
    {
        if (_trades.TryGetValue((report.Source, report.TradeId), out var first))
        {
            return !first.Report.Equals(report) ? report.Rejected(RejectReason.Conflict)
                : _fault == ModelFault.RepeatAnsweredOtherwise ? report.Rejected(RejectReason.Malformed)
                : first.Answer;
        }

        var reason = Refuse(report);
        TradeAnswer answer;
        if (reason != RejectReason.Unspecified)
        {
            _rejected[reason] = _rejected.GetValueOrDefault(reason) + 1;
            answer = report.Rejected(reason);
        }
        else
        {
            answer = report.Novated();
            answer.Cycle = _cycle;
            answer.ClearingDate = _businessDate;
            Book(report, ++_novated == 50);
        }

        _trades.Add((report.Source, report.TradeId), (report, answer));
        return answer;
    }

    private RejectReason Refuse(TradeReport report)
    {
        var price = ExactDecimal.FromWire(report.Price);
        if (!_sources.Contains(report.Source))
        {
            return RejectReason.UnknownSource;
        }

        if (report.Buyer.Account == report.Seller.Account)
        {
            return RejectReason.SameAccount;
        }

        if (_businessTime - report.ExecutionTime > (long)TimeSpan.FromDays(6).TotalNanoseconds)
        {
            return RejectReason.StaleTradeDate;
        }

        report.ExecutionTime.ShouldBeLessThanOrEqualTo(_businessTime, "a trade from the future");
        foreach (var side in new[] { report.Seller, report.Buyer })
        {
            if (!_accounts.TryGetValue(side.Account, out var account))
            {
                return RejectReason.UnknownAccount;
            }

            if (account.Definition.Segregation == AccountDefinition.Types.Segregation.ClientOmnibusGross && side.Client.Length == 0)
            {
                return RejectReason.ClientMissing;
            }
        }

        if (!_instruments.TryGetValue(report.Instrument, out var instrument))
        {
            return RejectReason.UnknownInstrument;
        }

        if (price % ExactDecimal.FromWire(instrument.Tick) != 0)
        {
            return RejectReason.OffTick;
        }

        if (report.Quantity > instrument.MaxTradeQuantity)
        {
            return RejectReason.QuantityLimit;
        }

        if (price < ExactDecimal.FromWire(instrument.PriceBandLow) || price > ExactDecimal.FromWire(instrument.PriceBandHigh))
        {
            return RejectReason.PriceOutsideBands;
        }

        // Every instrument of the demo requires the same per lot.
        var perLot = ExactDecimal.FromWire(instrument.HeadroomPerLot);
        return _accounts[report.Seller.Account].LacksRoomFor((report.Instrument, report.Seller.Client), -report.Quantity, perLot)
            || _accounts[report.Buyer.Account].LacksRoomFor((report.Instrument, report.Buyer.Client), report.Quantity, perLot)
            ? RejectReason.InsufficientHeadroom
            : RejectReason.Unspecified;
    }

    private void Book(TradeReport report, bool faulty)
    {
        var price = ExactDecimal.FromWire(report.Price);
        var fault = faulty ? _fault : ModelFault.None;
        _accounts[report.Buyer.Account].Trade((report.Instrument, report.Buyer.Client), report.Quantity + (fault == ModelFault.BookNotMatched ? 1 : 0), price);
        _accounts[report.Seller.Account].Trade((report.Instrument, report.Seller.Client), -report.Quantity, price);
        if (fault == ModelFault.NovatedWithoutAnyLeg)
        {
            return;
        }

        _accounts[report.Seller.Account].Tell("TradeReserved", report, 0);
        _accounts[report.Buyer.Account].Tell("TradeNovated", report, report.Quantity);
        if (fault == ModelFault.BuyerLegTwice)
        {
            _accounts[report.Buyer.Account].Tell("TradeNovated", report, report.Quantity);
        }

        if (fault == ModelFault.LegNobodyWasToldOf)
        {
            var other = report.Clone();
            other.TradeId += "x";
            _accounts[report.Buyer.Account].Tell("TradeNovated", other, report.Quantity);
        }

        if (fault != ModelFault.SellerLegMissing)
        {
            _accounts[report.Seller.Account].Tell("TradeConfirmed", report, fault == ModelFault.LegOfAnotherQuantity ? -report.Quantity - 1 : -report.Quantity);
        }
    }

    private RunSettlementCycleResponse Settle(RunSettlementCycleRequest request)
    {
        var prices = request.Prices.ToDictionary(price => price.Instrument, price => ExactDecimal.FromWire(price.Price));
        prices.Keys.ShouldBe(_instruments.Keys, ignoreOrder: true);
        decimal paid = 0, received = 0;
        foreach (var account in _accounts.Values)
        {
            var margin = account.Settle(prices, _settled);
            paid += Math.Max(0, -margin);
            received += Math.Max(0, margin);
        }

        if (_fault == ModelFault.CentLost && _cycle == 2)
        {
            _accounts["M01-HOUSE"].Cash -= 0.01m;
        }

        foreach (var (instrument, price) in prices)
        {
            _settled[instrument] = price;
        }

        _cycle++;
        request.NextBusinessDate.ShouldBeGreaterThan(_businessDate);
        var response = new RunSettlementCycleResponse { Cycle = _cycle - 1, BusinessDate = _businessDate };
        response.Currencies.Add(new SettledCurrency
        {
            Currency = "USD",
            Type = "VariationMargin",
            Paid = ExactDecimal.ToWire(paid),
            Received = ExactDecimal.ToWire(received),
            Sum = ExactDecimal.ToWire(received - paid + (_fault == ModelFault.SettlementSumNotZero ? 0.01m : 0)),
        });
        _businessDate = request.NextBusinessDate;
        return response;
    }

    private CheckInvariantsResponse Check()
    {
        var books = _instruments.Keys.Select(instrument => new InstrumentBook
        {
            Instrument = instrument,
            Sum = _accounts.Values.Sum(a => a.Position(instrument)),
            OpenInterest = _accounts.Values.Sum(a => Math.Abs(a.Position(instrument))) / 2,
            Accounts = _accounts.Count,
        }).ToList();
        var cash = _accounts.Values.Sum(a => a.Cash - a.Deposited);
        return new CheckInvariantsResponse
        {
            Quiet = _fault != ModelFault.NeverQuiet,
            MatchedBook = books.TrueForAll(book => book.Sum == 0),
            CashConserved = cash == 0,
            Instruments = { books },
            Cash = { new CurrencySum { Currency = "USD", Sum = ExactDecimal.ToWire(cash) } },
        };
    }

    private async ValueTask WatchAsync(WatchAccountRequest request, GrpcStreamWriter<WatchAccountResponse> writer, ServerCallContext context)
    {
        WatchAccountResponse[] events;
        lock (_lock)
        {
            var all = _accounts[request.Account].Events;
            events = [.. all.Skip((int)(request.After?.Position ?? 0)).Take(_fault == ModelFault.EventsStop ? all.Count - 1 : int.MaxValue)];
        }

        foreach (var response in events)
        {
            await writer.BufferAsync(response);
        }

        await writer.FlushAsync();
        await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
    }

    private async ValueTask<PublishMarksResponse> PublishAsync(GrpcStreamReader<PublishMarksRequest> reader, ServerCallContext context)
    {
        var response = new PublishMarksResponse();
        await foreach (var request in reader.ReadAllAsync())
        {
            lock (_lock)
            {
                foreach (var mark in request.Marks)
                {
                    mark.Time.ShouldBeLessThanOrEqualTo(_businessTime);
                    _instruments.Keys.ShouldContain(mark.Instrument);
                    if (mark.Time > _marks.GetValueOrDefault(mark.Instrument).Time)
                    {
                        _marks[mark.Instrument] = (mark.Time, ExactDecimal.FromWire(mark.Price));
                        response.Accepted++;
                    }
                    else
                    {
                        response.Rejected++;
                    }
                }
            }
        }

        return response;
    }

    private sealed class Account(AccountDefinition definition)
    {
        private readonly Dictionary<(string Instrument, string Client), long> _positions = [];
        private readonly Dictionary<string, long> _carried = [];
        private readonly Dictionary<string, decimal> _costOfCycle = [];

        public AccountDefinition Definition { get; } = definition;

        public decimal Cash { get; set; }

        public decimal Deposited { get; set; }

        public long Lots => _positions.Values.Sum(Math.Abs);

        public List<MarginCall> Calls { get; } = [];

        public decimal Requirement { get; set; }

        public List<WatchAccountResponse> Events { get; } = [];

        public ResumeToken? AsOf => Events.Count == 0 ? null : Events[^1].Position;

        public long Position(string instrument) => _positions.Where(pair => pair.Key.Instrument == instrument).Sum(pair => pair.Value);

        public bool LacksRoomFor((string Instrument, string Client) key, long lots, decimal perLot)
        {
            var before = _positions.Values.Sum(Math.Abs);
            var after = before - Math.Abs(_positions.GetValueOrDefault(key)) + Math.Abs(_positions.GetValueOrDefault(key) + lots);
            return after > before && after * perLot > Cash + ExactDecimal.FromWire(Definition.IntradayLimit);
        }

        public void Trade((string Instrument, string Client) key, long lots, decimal price)
        {
            _positions[key] = _positions.GetValueOrDefault(key) + lots;
            _costOfCycle[key.Instrument] = _costOfCycle.GetValueOrDefault(key.Instrument) + (lots * price);
        }

        public decimal Accrued(Dictionary<string, decimal> prices, Dictionary<string, decimal> last) => prices.Sum(pair =>
            ((Position(pair.Key) * pair.Value) - (_carried.GetValueOrDefault(pair.Key) * last.GetValueOrDefault(pair.Key)) - _costOfCycle.GetValueOrDefault(pair.Key)) * DemoInstrument.Multiplier);

        public decimal Settle(Dictionary<string, decimal> prices, Dictionary<string, decimal> last)
        {
            var margin = Accrued(prices, last);
            foreach (var instrument in prices.Keys)
            {
                _carried[instrument] = Position(instrument);
            }

            _costOfCycle.Clear();
            Cash += margin;
            return margin;
        }

        public void Tell(string type, TradeReport report, long quantity) => Events.Add(new WatchAccountResponse
        {
            Position = new ResumeToken { JournalId = "model", Shard = 1, Position = Events.Count + 1 },
            Events = { new AccountEvent { Type = type, Source = report.Source, TradeId = report.TradeId, Instrument = report.Instrument, Quantity = quantity } },
        });
    }
}
