using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Node.Checkpoints;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Domain = ClearingActors.Domain;

namespace ClearingActors.Node.Services;

/// <summary>What operators call.</summary>
internal sealed class OperationsService(ClearingEngine engine, Instruments instruments, NodeObserver observer, CheckpointLoop? checkpoints, NodeSettings settings, ILoggerFactory loggers)
{
    private const int MaxAccounts = 10_000;

    /// <summary>Definitions that are under way together; the engine groups them in its turns.</summary>
    private const int AccountsAtOnce = 512;

    /// <summary>How long <c>CheckInvariants</c> waits for quiet.</summary>
    private static readonly TimeSpan QuietPatience = TimeSpan.FromSeconds(2);

    /// <summary>Checks of the invariants: each reads the books of all shards on their threads.</summary>
    private const int ChecksAtOnce = 1;

    private const int MostChecksWaiting = 16;
    private const int MostChecksOfOne = 4;

    private readonly Admission _checks = new(ChecksAtOnce, MostChecksWaiting, MostChecksOfOne, "checks of the invariants");
    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Operations");

    private static ServiceDescriptor Descriptor => OperationsReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc)
    {
        Map<DefineMemberRequest, DefineMemberResponse>(grpc, "DefineMember", DefineMemberAsync);
        Map<DefineAccountsRequest, DefineAccountsResponse>(grpc, "DefineAccounts", DefineAccountsAsync);
        Map<CloseAccountRequest, CloseAccountResponse>(grpc, "CloseAccount", async (r, p, c) =>
        {
            await engine.CloseAccountAsync(p.Name, Fields.Id<AccountId>("account", r.Account, AccountId.TryParse), c).ConfigureAwait(false);
            Log(p, "closed account", r.Account, r.Reason);
            return new();
        });
        Map<DefineInstrumentRequest, DefineInstrumentResponse>(grpc, "DefineInstrument", DefineInstrumentAsync);
        Map<DefineTradeSourceRequest, DefineTradeSourceResponse>(grpc, "DefineTradeSource", DefineTradeSourceAsync);
        Map<HaltInstrumentRequest, HaltInstrumentResponse>(grpc, "HaltInstrument", async (r, p, c) =>
        {
            await engine.SetHaltAsync(p.Name, Fields.Id<InstrumentId>("instrument", r.Instrument, InstrumentId.TryParse), true, c).ConfigureAwait(false);
            Log(p, "halted instrument", r.Instrument, r.Reason);
            return new();
        });
        Map<ResumeInstrumentRequest, ResumeInstrumentResponse>(grpc, "ResumeInstrument", async (r, p, c) =>
        {
            await engine.SetHaltAsync(p.Name, Fields.Id<InstrumentId>("instrument", r.Instrument, InstrumentId.TryParse), false, c).ConfigureAwait(false);
            Log(p, "resumed instrument", r.Instrument, r.Reason);
            return new();
        });
        Map<HaltHouseRequest, HaltHouseResponse>(grpc, "HaltHouse", async (r, p, c) =>
        {
            await engine.SetHaltAsync(p.Name, default, true, c).ConfigureAwait(false);
            Log(p, "halted", "the house", r.Reason);
            return new();
        });
        Map<ResumeHouseRequest, ResumeHouseResponse>(grpc, "ResumeHouse", async (r, p, c) =>
        {
            await engine.SetHaltAsync(p.Name, default, false, c).ConfigureAwait(false);
            Log(p, "resumed", "the house", r.Reason);
            return new();
        });
        Map<SuspendMemberRequest, SuspendMemberResponse>(grpc, "SuspendMember", async (r, p, c) =>
        {
            await engine.SetSuspensionAsync(p.Name, Fields.Id<MemberId>("member", r.Member, MemberId.TryParse), true, c).ConfigureAwait(false);
            Log(p, "suspended member", r.Member, r.Reason);
            return new();
        });
        Map<ReinstateMemberRequest, ReinstateMemberResponse>(grpc, "ReinstateMember", async (r, p, c) =>
        {
            await engine.SetSuspensionAsync(p.Name, Fields.Id<MemberId>("member", r.Member, MemberId.TryParse), false, c).ConfigureAwait(false);
            Log(p, "reinstated member", r.Member, r.Reason);
            return new();
        });
        Map<BookCollateralRequest, BookCollateralResponse>(grpc, "BookCollateral", BookCollateralAsync);
        Map<AdvanceBusinessTimeRequest, AdvanceBusinessTimeResponse>(grpc, "AdvanceBusinessTime", AdvanceBusinessTimeAsync);
        Map<RunSettlementCycleRequest, RunSettlementCycleResponse>(grpc, "RunSettlementCycle", RunSettlementCycleAsync);
        Map<RunFundingRequest, RunFundingResponse>(grpc, "RunFunding", async (r, p, c) =>
        {
            var perpetual = await InstrumentAsync("instrument", r.Instrument).ConfigureAwait(false);
            var funding = await engine.FundPerpetualAsync(p.Name, perpetual, r.IntervalEnd, c).ConfigureAwait(false);
            return new()
            {
                IntervalStart = funding.From,
                Premium = WireDecimal.OfRate(funding.Premium),
                Rate = WireDecimal.OfRate(funding.Rate),
                Mark = WireDecimal.Of(funding.MarkUnits, perpetual.PriceScale),
            };
        });
        Map<SetExpiryPriceRequest, SetExpiryPriceResponse>(grpc, "SetExpiryPrice", async (r, p, c) =>
        {
            var instrument = await InstrumentAsync("instrument", r.Instrument).ConfigureAwait(false);
            var priced = instrument.Option is { } option ? await InstrumentAsync("reference", option.Reference).ConfigureAwait(false) : instrument;
            var price = await engine.FixFinalPriceAsync(p.Name, instrument, r.Price is null ? null : UnitsOf(r.Price, priced), r.Reason, c).ConfigureAwait(false);
            Log(p, "fixed the final price of", r.Instrument, r.Reason);
            return new() { Price = WireDecimal.Of(price, priced.PriceScale) };
        });
        Map<SetPaymentTermsRequest, SetPaymentTermsResponse>(grpc, "SetPaymentTerms", SetPaymentTermsAsync);
        Map<DeclareUnpaidRequest, DeclareUnpaidResponse>(grpc, "DeclareUnpaid", async (r, p, c) =>
        {
            await engine.DeclareUnpaidAsync(p.Name, Fields.Id<AccountId>("account", r.Account, AccountId.TryParse), r.Cycle, r.Reason, c).ConfigureAwait(false);
            Log(p, "declared unpaid", $"{r.Account} for cycle {r.Cycle}", r.Reason);
            return new();
        });
        Map<ConfirmMarkRequest, ConfirmMarkResponse>(grpc, "ConfirmMark", async (r, p, c) =>
        {
            var instrument = await InstrumentAsync("instrument", r.Instrument).ConfigureAwait(false);
            var price = await engine.DecideHeldMarkAsync(p.Name, instrument, true, SeenOf(r.Price, instrument), c).ConfigureAwait(false);
            Log(p, "confirmed the held mark of", r.Instrument, r.Reason);
            return new() { Price = WireDecimal.Of(price, instrument.PriceScale) };
        });
        Map<DropMarkRequest, DropMarkResponse>(grpc, "DropMark", async (r, p, c) =>
        {
            var instrument = await InstrumentAsync("instrument", r.Instrument).ConfigureAwait(false);
            await engine.DecideHeldMarkAsync(p.Name, instrument, false, SeenOf(r.Price, instrument), c).ConfigureAwait(false);
            Log(p, "dropped the held mark of", r.Instrument, r.Reason);
            return new();
        });
        Map<ReleaseQuarantinedRequest, ReleaseQuarantinedResponse>(grpc, "ReleaseQuarantined", ReleaseQuarantinedAsync);
        Map<GetStatusRequest, GetStatusResponse>(grpc, "GetStatus", GetStatusAsync);
        Map<CheckInvariantsRequest, CheckInvariantsResponse>(grpc, "CheckInvariants", async (_, p, c) => await _checks.RunAsync(p, () => CheckInvariantsAsync(c), c).ConfigureAwait(false));
    }

    private static Roles RolesOf(string method) => method switch
    {
        "GetStatus" or "CheckInvariants" => Roles.Readers,
        "ConfirmMark" or "DropMark" or "HaltInstrument" or "ResumeInstrument" => Roles.Operator | Roles.RiskManager,
        _ => Roles.Operator,
    };

    private static void Map<TRequest, TResponse>(GrpcServiceBuilder grpc, string name, Func<TRequest, Principal, CancellationToken, Task<TResponse>> handler)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        grpc.Unary(GrpcMethod.Of<TRequest, TResponse>(Descriptor, name), (request, context) =>
        {
            var principal = Callers.Require(context, RolesOf(name));
            return Refusals.RunAsync(() => handler(request, principal, context.CancellationToken));
        });

    private async Task<DefineMemberResponse> DefineMemberAsync(DefineMemberRequest request, Principal principal, CancellationToken cancellation)
    {
        await engine.DefineMemberAsync(principal.Name, Fields.Id<MemberId>("member", request.Member, MemberId.TryParse), cancellation).ConfigureAwait(false);
        return new DefineMemberResponse();
    }

    private async Task<DefineAccountsResponse> DefineAccountsAsync(DefineAccountsRequest request, Principal principal, CancellationToken cancellation)
    {
        if (request.Accounts.Count > MaxAccounts)
        {
            throw Refusals.BadInput("accounts", request.Accounts.Count, $"a request has at most {MaxAccounts}; none was defined");
        }

        // All are read before any is defined, so that bad input changes nothing.
        var accounts = request.Accounts.Select((account, i) => ReadAccount(account, $"accounts[{i}]")).ToList();
        foreach (var chunk in accounts.Chunk(AccountsAtOnce))
        {
            await Task.WhenAll(chunk.Select(a => engine.DefineAccountAsync(principal.Name, a.Id, a.Member, a.Segregation, a.Limit.Currency, a.Limit.MinorUnits, cancellation))).ConfigureAwait(false);
        }

        return new DefineAccountsResponse { Defined = accounts.Count };
    }

    private (AccountId Id, MemberId Member, Segregation Segregation, Money Limit) ReadAccount(AccountDefinition account, string path)
    {
        var segregation = (Segregation)account.Segregation;
        if (segregation is < Segregation.House or > Segregation.ClientIndividual)
        {
            throw Refusals.BadInput($"{path}.segregation", account.Segregation, "1 (house) to 4 (client individual) is required");
        }

        var currency = Fields.Currency($"{path}.currency", account.Currency, settings.Currencies);
        return (
            Fields.Id<AccountId>($"{path}.account", account.Account, AccountId.TryParse),
            Fields.Id<MemberId>($"{path}.member", account.Member, MemberId.TryParse),
            segregation,
            account.IntradayLimit is null ? Money.Zero(currency) : Fields.Amount($"{path}.intraday_limit", account.IntradayLimit, currency));
    }

    private async Task<DefineInstrumentResponse> DefineInstrumentAsync(DefineInstrumentRequest request, Principal principal, CancellationToken cancellation)
    {
        var instrument = InstrumentRequests.Read(request, settings.Currencies);
        await engine.DefineInstrumentAsync(principal.Name, instrument, cancellation).ConfigureAwait(false);
        return new DefineInstrumentResponse();
    }

    private async Task<DefineTradeSourceResponse> DefineTradeSourceAsync(DefineTradeSourceRequest request, Principal principal, CancellationToken cancellation)
    {
        if (request.Lanes is < 1 or > Domain.House.HouseDirectory.MaxLanes)
        {
            throw Refusals.BadInput("lanes", request.Lanes, $"1 to {Domain.House.HouseDirectory.MaxLanes} are allowed");
        }

        await engine.DefineTradeSourceAsync(principal.Name, Fields.Id<SourceId>("source", request.Source, SourceId.TryParse), request.Lanes, cancellation).ConfigureAwait(false);
        return new DefineTradeSourceResponse();
    }

    private async Task<BookCollateralResponse> BookCollateralAsync(BookCollateralRequest request, Principal principal, CancellationToken cancellation)
    {
        var id = Fields.Id<RequestId>("request_id", request.RequestId, RequestId.TryParse);
        var account = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        var amount = Fields.Amount("amount", request.Amount, Fields.Currency("currency", request.Currency, settings.Currencies));
        if (amount.MinorUnits == 0)
        {
            throw Refusals.BadInput("amount", 0, "above zero to deposit or below to withdraw");
        }

        return new BookCollateralResponse { Balance = WireDecimal.Of(await engine.BookCollateralAsync(principal.Name, account, id, amount, cancellation).ConfigureAwait(false)) };
    }

    private async Task<AdvanceBusinessTimeResponse> AdvanceBusinessTimeAsync(AdvanceBusinessTimeRequest request, Principal principal, CancellationToken cancellation)
    {
        if (settings.BusinessClock != BusinessClockMode.Manual)
        {
            throw new RpcException(StatusCode.FailedPrecondition, "the node moves business time itself; set businessClock to \"manual\" to move it by hand");
        }

        if (request.Instant <= 0)
        {
            throw Refusals.BadInput("instant", request.Instant, "UTC nanoseconds after 1970 are required");
        }

        await engine.AdvanceBusinessTimeAsync(principal.Name, request.Instant, cancellation).ConfigureAwait(false);
        return new AdvanceBusinessTimeResponse { Instant = request.Instant };
    }

    private async Task<RunSettlementCycleResponse> RunSettlementCycleAsync(RunSettlementCycleRequest request, Principal principal, CancellationToken cancellation)
    {
        var next = Fields.Date("next_business_date", request.NextBusinessDate);
        List<PricePoint> prices = [];
        for (var i = 0; i < request.Prices.Count; i++)
        {
            var instrument = await InstrumentAsync($"prices[{i}].instrument", request.Prices[i].Instrument).ConfigureAwait(false);
            var price = WireDecimal.Read($"prices[{i}].price", request.Prices[i].Price);
            prices.Add(instrument.TryToMarkUnits(price, out var units)
                ? new PricePoint(instrument.Id, units)
                : throw Refusals.BadInput($"prices[{i}].price", price, $"at most {instrument.PriceScale} decimal places are allowed in {instrument.Id}"));
        }

        var result = await engine.RunSettlementCycleAsync(principal.Name, next, prices, cancellation).ConfigureAwait(false);
        _logger.LogInformation("Cycle {Cycle} of {Date} is settled and closed by {Principal}", result.Cycle, result.BusinessDate, principal.Name);
        var response = new RunSettlementCycleResponse { Cycle = result.Cycle, BusinessDate = Dates.ToInt(result.BusinessDate) };
        foreach (var flow in result.Currencies)
        {
            response.Currencies.Add(new SettledCurrency
            {
                Currency = flow.Currency.Code,
                Type = flow.Type.ToString(),
                Paid = WireDecimal.Of(new Money(flow.Paid, flow.Currency)),
                Received = WireDecimal.Of(new Money(flow.Received, flow.Currency)),
                Rounding = WireDecimal.Of(new Money(flow.Rounding, flow.Currency)),
                Sum = WireDecimal.Of(new Money(checked(flow.Received - flow.Paid + flow.Rounding), flow.Currency)),
            });
        }

        return response;
    }

    private async Task<SetPaymentTermsResponse> SetPaymentTermsAsync(SetPaymentTermsRequest request, Principal principal, CancellationToken cancellation)
    {
        List<Domain.Settlement.LiquiditySource> sources = [];
        for (var i = 0; i < request.Sources.Count; i++)
        {
            var source = request.Sources[i];
            var currency = Fields.Currency($"sources[{i}].currency", source.Currency, settings.Currencies);
            sources.Add(new Domain.Settlement.LiquiditySource(source.Name, Fields.Amount($"sources[{i}].limit", source.Limit, currency)));
        }

        await engine.SetPaymentTermsAsync(principal.Name, new Domain.Settlement.PaymentTerms(request.MinutesToPay, sources), cancellation).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set the payment terms: {Minutes} minutes, {Sources} sources of liquidity", principal.Name, request.MinutesToPay, sources.Count);
        return new SetPaymentTermsResponse();
    }

    private static Claim ClaimOf(Domain.Settlement.ClaimOpened opened)
    {
        var missed = opened.Missed;
        var claim = new Claim
        {
            Number = opened.Number,
            Account = missed.Account.Value,
            Member = missed.Member.Value,
            Cycle = missed.Cycle,
            Currency = missed.Missing.Currency.Code,
            Amount = WireDecimal.Of(missed.Missing),
            Uncovered = WireDecimal.Of(opened.Uncovered),
            At = missed.At,
            DecidedBy = missed.DecidedBy,
            Reason = missed.Reason,
        };
        claim.Draws.Add(opened.Draws.Select(d => new LiquidityDraw { Source = d.Source, Amount = WireDecimal.Of(d.Amount) }));
        return claim;
    }

    private async Task<ReleaseQuarantinedResponse> ReleaseQuarantinedAsync(ReleaseQuarantinedRequest request, Principal principal, CancellationToken cancellation)
    {
        var kind = ActorKinds.Parse(request.ActorKind);
        if (kind == 0)
        {
            throw Refusals.BadInput("actor_kind", request.ActorKind, "one of directory, registry, source, account, market, settlement is required");
        }

        if (kind == ActorKinds.Directory && (!int.TryParse(request.ActorId, out var shard) || shard < 0 || shard >= engine.Identity.ShardCount))
        {
            throw Refusals.BadInput("actor_id", request.ActorId, $"a directory is named by its shard, 0 to {engine.Identity.ShardCount - 1}");
        }

        if (request.ActorId.Length is 0 or > 80)
        {
            throw Refusals.BadInput("actor_id", request.ActorId, "1 to 80 characters are required");
        }

        var messages = await engine.ReleaseQuarantinedAsync(principal.Name, kind, request.ActorId, cancellation).ConfigureAwait(false);
        observer.Released(kind, request.ActorId);
        _logger.LogWarning("{Principal} released actor {Kind}/{Id}: {Messages} messages were run", principal.Name, request.ActorKind, request.ActorId, messages);
        return new ReleaseQuarantinedResponse { Messages = messages };
    }

    private async Task<GetStatusResponse> GetStatusAsync(GetStatusRequest request, Principal principal, CancellationToken cancellation)
    {
        var settlement = await engine.GetSettlementAsync(principal.Name, cancellation).ConfigureAwait(false);
        var counters = engine.Counters;
        var status = new GetStatusResponse
        {
            JournalId = engine.Identity.Id.ToString("D"),
            Generation = engine.Identity.Generation,
            FeatureLevel = engine.Identity.FeatureLevel,
            BusinessTime = settlement.BusinessTime,
            BusinessDate = Dates.ToInt(settlement.BusinessDate),
            Cycle = settlement.OpenCycle,
            CycleStage = settlement.Blocked.Length == 0 ? settlement.Stage.ToString() : $"{settlement.Stage} (blocked: {settlement.Blocked})",
            DiskFull = engine.Runtime.DiskFull,
            TradesNovated = counters.Novated,
            Checkpoint = checkpoints?.Last?.Checkpoint.Number ?? 0,
            CheckpointTime = checkpoints?.Last?.Checkpoint.Time ?? 0,
            CheckpointFailure = checkpoints?.Failure ?? "",
        };
        foreach (var (reason, count) in counters.Rejected)
        {
            status.TradesRejected += count;
            status.RejectedByReason.Add(reason.ToString(), count);
        }

        foreach (var (reason, count) in counters.Refused)
        {
            status.RefusedByReason.Add(reason.ToString(), count);
        }

        foreach (var shard in await engine.Runtime.StatusAsync().ConfigureAwait(false))
        {
            status.Shards.Add(new ShardStatus
            {
                Shard = shard.Shard,
                Epoch = shard.Epoch,
                Position = shard.Position,
                DurablePosition = shard.DurablePosition,
                QueuedCommands = shard.QueuedCommands,
                QueuedMessages = shard.QueuedPackets,
                Outbox = shard.Outbox,
                Quarantined = shard.Quarantined,
            });
        }

        foreach (var (instrument, held) in await engine.HeldMarksAsync().ConfigureAwait(false))
        {
            status.HeldMarks.Add(new HeldMark
            {
                Instrument = instrument.Id.Value,
                Price = WireDecimal.Of(held.PriceUnits, instrument.PriceScale),
                Source = held.Source.Value,
                Time = held.Time,
            });
        }

        status.Claims.Add(settlement.Claims.Select(ClaimOf));
        foreach (var (instrument, reason) in await engine.OverdueAsync().ConfigureAwait(false))
        {
            status.Overdue.Add(instrument.Value, reason);
        }

        status.Quarantined.Add(observer.Quarantined.Select(q => q.Key).Order(StringComparer.Ordinal));
        return status;
    }

    private async Task<CheckInvariantsResponse> CheckInvariantsAsync(CancellationToken cancellation)
    {
        var quiet = await IsQuietAsync(cancellation).ConfigureAwait(false);
        var books = await engine.ReadBooksAsync().ConfigureAwait(false);
        var response = new CheckInvariantsResponse
        {
            Quiet = quiet && books.OpenReservations == 0 && books.Unbooked == 0,
            MatchedBook = books.MatchedBook,
            CashConserved = books.CashConserved,
            AssetsConserved = books.AssetsConserved,
        };
        foreach (var (instrument, (sum, lots, accounts)) in books.Positions)
        {
            response.Instruments.Add(new InstrumentBook { Instrument = instrument.Value, Sum = checked((long)sum), OpenInterest = checked((long)lots), Accounts = accounts });
        }

        foreach (var (currency, sum) in books.Cash)
        {
            response.Cash.Add(new CurrencySum { Currency = currency.Code, Sum = WireDecimal.Of(new Money(checked((long)sum), currency)) });
        }

        return response;
    }

    private async Task<bool> IsQuietAsync(CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(QuietPatience);
        try
        {
            await engine.QuiesceAsync(deadline.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Trades keep coming: the answer says so.
            return false;
        }
    }

    private static long UnitsOf(Contracts.Common.V1.Decimal price, Instrument instrument) =>
        instrument.TryToPriceUnits(WireDecimal.Read("price", price), out var units)
            ? units
            : throw Refusals.BadInput("price", $"{price.Mantissa} x 10^{price.Exponent}", $"a multiple of {instrument.ToPrice(instrument.TickUnits)} is required");

    private static long? SeenOf(Contracts.Common.V1.Decimal? price, Instrument instrument) =>
        price is null ? null
        : instrument.TryToMarkUnits(WireDecimal.Read("price", price), out var units) ? units
        : throw Refusals.BadInput("price", $"{price.Mantissa} x 10^{price.Exponent}", $"at most {instrument.PriceScale} decimal places are allowed in {instrument.Id}");

    private async Task<Instrument> InstrumentAsync(string field, string text)
    {
        var id = Fields.Id<InstrumentId>(field, text, InstrumentId.TryParse);
        return await instruments.FindAsync(id).ConfigureAwait(false) ?? throw new RefusedException($"{field}: instrument {id} is not defined");
    }

    private void Log(Principal principal, string what, string subject, string reason) =>
        _logger.LogInformation("{Principal} {What} {Subject}: {Reason}", principal.Name, what, subject, reason);
}
