using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Watch;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Margin = ClearingActors.Domain.Margin;
using MarginTotal = ClearingActors.Engine.Messages.MarginTotal;

namespace ClearingActors.Node.Services;

/// <summary>What members, operators and auditors ask of margin.</summary>
internal sealed class MarginService(ClearingEngine engine, MarginWatches watches, NodeDrain drain, ILoggerFactory loggers)
{
    private const int MaxHypothetical = 1_000;
    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Margin");

    private static ServiceDescriptor Descriptor => MarginReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<GetMarginRequest, GetMarginResponse>(Descriptor, "GetMargin"), GetMarginAsync)
        .ServerStreaming(GrpcMethod.Of<WatchMarginRequest, WatchMarginResponse>(Descriptor, "WatchMargin"), WatchMarginAsync)
        .Unary(GrpcMethod.Of<SimulateMarginRequest, SimulateMarginResponse>(Descriptor, "SimulateMargin"), SimulateMarginAsync)
        .Unary(GrpcMethod.Of<SetRiskModelRequest, SetRiskModelResponse>(Descriptor, "SetRiskModel"), SetRiskModelAsync)
        .Unary(GrpcMethod.Of<DecideBufferRequest, DecideBufferResponse>(Descriptor, "DecideBuffer"), DecideBufferAsync)
        .Unary(GrpcMethod.Of<SetFactorPricesRequest, SetFactorPricesResponse>(Descriptor, "SetFactorPrices"), SetFactorPricesAsync)
        .Unary(GrpcMethod.Of<RunMarginRequest, RunMarginResponse>(Descriptor, "RunMargin"), RunMarginAsync)
        .Unary(GrpcMethod.Of<GetMarginRunsRequest, GetMarginRunsResponse>(Descriptor, "GetMarginRuns"), GetMarginRunsAsync)
        .Unary(GrpcMethod.Of<WithdrawMarginCallRequest, WithdrawMarginCallResponse>(Descriptor, "WithdrawMarginCall"), WithdrawMarginCallAsync);

    private async ValueTask<GetMarginResponse> GetMarginAsync(GetMarginRequest request, ServerCallContext context)
    {
        var (account, view) = await ReadAsync(request.Account, [], context).ConfigureAwait(false);
        return ResponseOf(account, view);
    }

    private async ValueTask WatchMarginAsync(WatchMarginRequest request, GrpcStreamWriter<WatchMarginResponse> responses, ServerCallContext context)
    {
        var (account, _) = await ReadAsync(request.Account, [], context).ConfigureAwait(false);
        using var entered = drain.Enter();
        await watches.RunAsync(
            account,
            async () => new WatchMarginResponse { Margin = ResponseOf(account, (await ReadAsync(request.Account, [], context).ConfigureAwait(false)).View) },
            responses,
            context.CancellationToken,
            drain.Stopping).ConfigureAwait(false);
    }

    internal static GetMarginResponse ResponseOf(AccountId account, MarginView view)
    {
        var response = new GetMarginResponse { Account = account.Value, Currency = view.Currency.Code, Stale = view.Stale };
        if (view.Official.Last is { } last)
        {
            response.Official = new OfficialMargin { Run = last.Run, At = last.At, Coverage = CoverageOf(last.Coverage, view.Currency), GearingExceeded = last.GearingExceeded };
            response.Official.Parts.Add(PartsOf(last.Parts, view.Currency));
        }

        if (view.Indicative is { } indicative)
        {
            response.Indicative = CoverageOf(indicative, view.Currency);
            response.IndicativeParts.Add(PartsOf(view.Parts, view.Currency));
        }

        response.Collateral.Add(view.Collateral.Select(line => LineOf(line, view.Currency)));
        foreach (var lag in view.Lags)
        {
            response.Marks.Add(new MarginMark { Underlying = lag.Underlying.Value, Mark = lag.Mark, Lag = lag.Lag });
        }

        foreach (var call in view.Official.Calls)
        {
            response.Calls.Add(new MarginCall
            {
                Number = call.Number,
                Run = call.Run,
                Amount = Amount(call.AmountMinor, view.Currency),
                Remaining = Amount(call.RemainingMinor, view.Currency),
                IssuedAt = call.IssuedAt,
                Deadline = call.Deadline,
                Status = (MarginCall.Types.Status)call.Status,
            });
        }

        return response;
    }

    private async ValueTask<SimulateMarginResponse> SimulateMarginAsync(SimulateMarginRequest request, ServerCallContext context)
    {
        if (request.Trades.Count > MaxHypothetical)
        {
            throw Refusals.BadInput("trades", request.Trades.Count, $"at most {MaxHypothetical} are allowed");
        }

        List<Engine.Commands.HypotheticalTrade> trades = [];
        for (var i = 0; i < request.Trades.Count; i++)
        {
            var trade = request.Trades[i];
            if (trade.Lots is 0 or < -InstrumentDefinition.MaxQuantityLimit or > InstrumentDefinition.MaxQuantityLimit)
            {
                throw Refusals.BadInput($"trades[{i}].lots", trade.Lots, $"1 to {InstrumentDefinition.MaxQuantityLimit} lots, bought above zero or sold below, are allowed");
            }

            var client = trade.Client.Length == 0 ? ClientId.None : Fields.Id<ClientId>($"trades[{i}].client", trade.Client, ClientId.TryParse);
            trades.Add(new(Fields.Id<InstrumentId>($"trades[{i}].instrument", trade.Instrument, InstrumentId.TryParse), client, trade.Lots));
        }

        var (account, view) = await ReadAsync(request.Account, trades, context).ConfigureAwait(false);
        if (view.Indicative is not { } coverage)
        {
            throw new RpcException(StatusCode.FailedPrecondition, $"the margin of {account} with these trades cannot be computed: {view.Stale}");
        }

        var response = new SimulateMarginResponse { Currency = view.Currency.Code, Coverage = CoverageOf(coverage, view.Currency) };
        response.Parts.Add(PartsOf(view.Parts, view.Currency));
        return response;
    }

    private async ValueTask<SetRiskModelResponse> SetRiskModelAsync(SetRiskModelRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        string version;
        try
        {
            version = ClearingEngine.VersionOfRiskModel(request.Parameters);
        }
        catch (FormatException e)
        {
            throw new RpcException(StatusCode.InvalidArgument, $"parameters: {e.Message}; nothing was changed", e);
        }

        await Refusals.RunAsync(() => engine.SetRiskModelAsync(principal.Name, request.Parameters, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set the risk model, version {Version}: {Reason}", principal.Name, version, request.Reason);
        return new SetRiskModelResponse { Version = version };
    }

    private async ValueTask<DecideBufferResponse> DecideBufferAsync(DecideBufferRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        await Refusals.RunAsync(() => engine.DecideBufferAsync(principal.Name, request.Released, request.Reason, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} had the 25 % buffer released: {Released}: {Reason}", principal.Name, request.Released, request.Reason);
        return new DecideBufferResponse();
    }

    private async ValueTask<SetFactorPricesResponse> SetFactorPricesAsync(SetFactorPricesRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        List<Margin.FactorPrice> prices = new(request.Prices.Count);
        for (var i = 0; i < request.Prices.Count; i++)
        {
            prices.Add(new(Fields.Date($"prices[{i}].date", request.Prices[i].Date), request.Prices[i].Price));
        }

        await Refusals.RunAsync(() => engine.SetFactorPricesAsync(principal.Name, new Margin.FactorPricesSet(request.Factor, prices, request.Replaces), context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set {Count} prices of factor {Factor}, replacing what was there: {Replaces}: {Reason}", principal.Name, prices.Count, request.Factor, request.Replaces, request.Reason);
        return new SetFactorPricesResponse();
    }

    private async ValueTask<RunMarginResponse> RunMarginAsync(RunMarginRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        var result = await Refusals.RunAsync(() => engine.RunMarginAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("Margin run {Run} by {Principal}: {Calls} calls", result.Inputs.Run, principal.Name, result.Totals.Sum(t => t.Calls));
        return new RunMarginResponse { Run = RunOf(result) };
    }

    private async ValueTask<GetMarginRunsResponse> GetMarginRunsAsync(GetMarginRunsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        var view = await Refusals.RunAsync(() => engine.GetMarginRunsAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        var response = new GetMarginRunsResponse { ShardsMissing = view.ShardsMissing, Failure = view.Failure };
        if (view.Last is { } last)
        {
            response.Last = RunOf(last);
        }

        foreach (var run in view.Recent)
        {
            response.Recent.Add(new RunSummary { Run = run.Run, At = run.At, Cause = (RunCause)run.Cause, By = run.By, Failure = run.Failure });
        }

        foreach (var missed in view.Missed)
        {
            response.Missed.Add(new MissedCall
            {
                Account = missed.Account.Value,
                Member = missed.Member.Value,
                Call = missed.Call,
                Currency = missed.Missing.Currency.Code,
                Missing = WireDecimal.Of(missed.Missing),
                At = missed.At,
            });
        }

        return response;
    }

    private async ValueTask<WithdrawMarginCallResponse> WithdrawMarginCallAsync(WithdrawMarginCallRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        var account = Fields.Id<AccountId>("account", request.Account, AccountId.TryParse);
        await Refusals.RunAsync(() => engine.WithdrawMarginCallAsync(principal.Name, account, request.Call, request.Reason, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} withdrew margin call {Call} of {Account}: {Reason}", principal.Name, request.Call, request.Account, request.Reason);
        return new WithdrawMarginCallResponse();
    }

    private async ValueTask<(AccountId Account, MarginView View)> ReadAsync(string text, IReadOnlyList<Engine.Commands.HypotheticalTrade> trades, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers | Roles.Member);
        var id = Fields.Id<AccountId>("account", text, AccountId.TryParse);
        var account = await Refusals.RunAsync(() => engine.GetAccountAsync(principal.Name, id, context.CancellationToken)).ConfigureAwait(false);
        if (account is not null && principal.MayRead(account.Account.Member))
        {
            var view = await Refusals.RunAsync(() => engine.GetMarginAsync(principal.Name, id, trades, context.CancellationToken)).ConfigureAwait(false);
            return (id, view ?? throw new RpcException(StatusCode.NotFound, $"account {id} is not defined"));
        }

        // A member must not learn which accounts others have.
        throw principal.ReadsEveryAccount
            ? new RpcException(StatusCode.NotFound, $"account {id} is not defined")
            : new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not read account {id}");
    }

    private static Contracts.Common.V1.Decimal Amount(long minor, Currency currency) => WireDecimal.Of(new Money(minor, currency));

    private static Contracts.Common.V1.Decimal Amount(Int128 minor, Currency currency) => Amount(checked((long)minor), currency);

    private static Coverage CoverageOf(in Margin.Coverage coverage, Currency currency) => new()
    {
        Requirement = Amount(coverage.Requirement, currency),
        Collateral = Amount(coverage.Collateral, currency),
        NetOptionValue = Amount(coverage.NetOptionValue, currency),
        PremiumReceivable = Amount(coverage.PremiumReceivable, currency),
        PremiumPayable = Amount(coverage.PremiumPayable, currency),
        AccruedVariationMargin = Amount(coverage.AccruedVariationMargin, currency),
        Unpaid = Amount(coverage.Unpaid, currency),
        Excess = Amount(coverage.Excess, currency),
    };

    private static CollateralLine LineOf(in Margin.CollateralLine line, Currency currency)
    {
        var told = new CollateralLine
        {
            Name = line.Name,
            IsCash = line.Asset is null,
            Currency = line.Currency.Code,
            Quantity = WireDecimal.Of(line.Units, line.Asset?.UnitDigits ?? line.Currency.Digits),
            Haircut = WireDecimal.Of(line.Haircut),
            Value = Amount(line.ValueMinor, currency),
            Cut = Amount(line.CutMinor, currency),
            Counted = Amount(line.CountedMinor, currency),
            Why = line.Why,
        };
        if (line.Asset is not null && line.Price is { } price)
        {
            told.Price = WireDecimal.Of(price);
        }

        return told;
    }

    private static IEnumerable<RequirementPart> PartsOf(IReadOnlyList<Margin.RequirementPart> parts, Currency currency) =>
        parts.Select(part => new RequirementPart { Name = part.Name, Amount = Amount(part.AmountMinor, currency) });

    private static MarginRun RunOf(MarginRunResult result)
    {
        var inputs = result.Inputs;
        var run = new MarginRun { Run = inputs.Run, At = inputs.At, ScenarioSet = inputs.ScenarioSet, ModelVersion = inputs.ModelVersion, Marks = inputs.Marks.Count, Cause = (RunCause)inputs.Cause, By = inputs.By };
        foreach (MarginTotal total in result.Totals)
        {
            run.Totals.Add(new Contracts.Margin.V1.MarginTotal
            {
                Currency = total.Currency.Code,
                Accounts = total.Accounts,
                Requirement = Amount(total.Requirement, total.Currency),
                Shortfall = Amount(total.Shortfall, total.Currency),
                Calls = total.Calls,
                Called = Amount(total.Called, total.Currency),
            });
        }

        return run;
    }
}
