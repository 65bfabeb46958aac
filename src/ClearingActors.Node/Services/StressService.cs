using System.Numerics;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Risk.Scenarios;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;
using MemberAmount = ClearingActors.Contracts.Stress.V1.MemberAmount;

namespace ClearingActors.Node.Services;

/// <summary>What operators and auditors ask of stress runs and the default fund, and members of their contribution.</summary>
internal sealed class StressService(ClearingEngine engine, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("ClearingActors.Node.Stress");

    private static ServiceDescriptor Descriptor => StressReflection.Descriptor.Services[0];

    internal void MapTo(GrpcServiceBuilder grpc) => grpc
        .Unary(GrpcMethod.Of<SetScenariosRequest, SetScenariosResponse>(Descriptor, "SetScenarios"), SetScenariosAsync)
        .Unary(GrpcMethod.Of<RunStressRequest, RunStressResponse>(Descriptor, "RunStress"), RunStressAsync)
        .Unary(GrpcMethod.Of<RunReverseStressRequest, RunReverseStressResponse>(Descriptor, "RunReverseStress"), RunReverseStressAsync)
        .Unary(GrpcMethod.Of<GetStressRunsRequest, GetStressRunsResponse>(Descriptor, "GetStressRuns"), GetStressRunsAsync)
        .Unary(GrpcMethod.Of<SetFundTermsRequest, SetFundTermsResponse>(Descriptor, "SetFundTerms"), SetFundTermsAsync)
        .Unary(GrpcMethod.Of<SizeDefaultFundRequest, SizeDefaultFundResponse>(Descriptor, "SizeDefaultFund"), SizeDefaultFundAsync)
        .Unary(GrpcMethod.Of<GetDefaultFundRequest, GetDefaultFundResponse>(Descriptor, "GetDefaultFund"), GetDefaultFundAsync)
        .Unary(GrpcMethod.Of<PropagateFailureRequest, PropagateFailureResponse>(Descriptor, "PropagateFailure"), PropagateFailureAsync)
        .Unary(GrpcMethod.Of<GearingStressRequest, GearingStressResponse>(Descriptor, "GearingStress"), GearingStressAsync)
        .Unary(GrpcMethod.Of<GetContributionRequest, GetContributionResponse>(Descriptor, "GetContribution"), GetContributionAsync);

    private async ValueTask<SetScenariosResponse> SetScenariosAsync(SetScenariosRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        await Refusals.RunAsync(() => engine.SetScenariosAsync(principal.Name, request.Scenarios, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set the stress scenarios: {Reason}", principal.Name, request.Reason);
        return new SetScenariosResponse();
    }

    private async ValueTask<SetFundTermsResponse> SetFundTermsAsync(SetFundTermsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        await Refusals.RunAsync(() => engine.SetFundTermsAsync(principal.Name, request.Terms, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("{Principal} set the default fund's terms: {Reason}", principal.Name, request.Reason);
        return new SetFundTermsResponse();
    }

    private async ValueTask<RunStressResponse> RunStressAsync(RunStressRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        var run = await Refusals.RunAsync(() => engine.RunStressAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        _logger.LogInformation("Stress run {Run} by {Principal}: {Scenarios} scenarios", run.Inputs.Run, principal.Name, run.Outcome!.Scenarios.Count);
        return new RunStressResponse { Run = RunOf(run) };
    }

    private async ValueTask<GetStressRunsResponse> GetStressRunsAsync(GetStressRunsRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        var view = await Refusals.RunAsync(() => engine.GetStressRunsAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        var response = new GetStressRunsResponse { Scenarios = view.Scenarios, Terms = view.Terms };
        response.Runs.Add(view.Runs.Select(RunOf));
        return response;
    }

    private async ValueTask<RunReverseStressResponse> RunReverseStressAsync(RunReverseStressRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager | Roles.Auditor);
        var kind = request.Kind switch
        {
            RunReverseStressRequest.Types.Kind.Relative => ChangeKind.Relative,
            RunReverseStressRequest.Types.Kind.Absolute => ChangeKind.Absolute,
            _ => throw Refusals.BadInput("kind", request.Kind, "1 (relative) or 2 (absolute) is required"),
        };
        var view = await Refusals.RunAsync(() => engine.RunReverseStressAsync(principal.Name, request.Factor, kind, request.Furthest, request.Steps, request.Tolerance, context.CancellationToken)).ConfigureAwait(false);
        var currency = await CurrencyAsync(principal, context).ConfigureAwait(false);
        var response = new RunReverseStressResponse { Run = view.Run, Found = view.Result.Found, Shock = view.Result.Shock, Evaluations = view.Result.Evaluations, Currency = currency.Code };
        if (view.Outcome is not null)
        {
            response.Result = ResultOf(view.Outcome, currency);
        }

        return response;
    }

    private async ValueTask<SizeDefaultFundResponse> SizeDefaultFundAsync(SizeDefaultFundRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager);
        var view = await Refusals.RunAsync(() => engine.SizeDefaultFundAsync(principal.Name, request.DryRun, context.CancellationToken)).ConfigureAwait(false);
        if (!request.DryRun)
        {
            _logger.LogInformation("{Principal} sized the default fund to {Fund}, call {Call}", principal.Name, new Money(view.Sized.Fund, view.Sized.Currency), view.Sized.Call);
        }

        var response = new SizeDefaultFundResponse { Size = SizeOf(view.Sized) };
        response.Demands.Add(view.Demands.Select(d => new ScenarioDemand
        {
            Scenario = d.Scenario,
            Largest = Amount(d.Largest, view.Sized.Currency),
            SecondAndThird = Amount(d.SecondAndThird, view.Sized.Currency),
            CoverTwo = Amount(d.CoverTwo, view.Sized.Currency),
        }));
        return response;
    }

    private async ValueTask<GetDefaultFundResponse> GetDefaultFundAsync(GetDefaultFundRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers);
        var fund = await Refusals.RunAsync(() => engine.GetDefaultFundAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        var response = new GetDefaultFundResponse { Terms = fund.Terms };
        if (fund.Sized is { } sized)
        {
            response.Size = SizeOf(sized);
            response.Held = Amount(fund.Held.Aggregate(BigInteger.Zero, (sum, h) => sum + h.CashMinor), sized.Currency);
            response.Contributions.Add(sized.Contributions.Select(c => ContributionOf(sized, fund, c)));
        }

        return response;
    }

    private async ValueTask<PropagateFailureResponse> PropagateFailureAsync(PropagateFailureRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager | Roles.Auditor);
        if (request.SearchUpTo is < 0 or > 10)
        {
            throw Refusals.BadInput("search_up_to", request.SearchUpTo, "0 to 10 is allowed");
        }

        var view = await Refusals.RunAsync(() => engine.PropagateFailureAsync(principal.Name, request.Scenario, [.. request.FirstFailures], request.SearchUpTo, context.CancellationToken)).ConfigureAwait(false);
        var currency = await CurrencyAsync(principal, context).ConfigureAwait(false);
        var response = new PropagateFailureResponse
        {
            Run = view.Run,
            Currency = currency.Code,
            Rounds = view.Result.Rounds,
            Loss = Amount(view.Result.Loss, currency),
            ResourcesLeft = Amount(view.Result.ResourcesLeft, currency),
            Unallocated = Amount(view.Result.Unallocated, currency),
            SearchedSize = view.Smallest?.SearchedSize ?? 0,
        };
        response.Failed.Add(view.Result.Failed.Select(RoundOf));
        response.SmallestSet.Add(view.Smallest?.Members ?? []);
        return response;
    }

    private async ValueTask<GearingStressResponse> GearingStressAsync(GearingStressRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Operator | Roles.RiskManager | Roles.Auditor);
        var view = await Refusals.RunAsync(() => engine.StressGearingAsync(principal.Name, request.Scenario, request.Count, context.CancellationToken)).ConfigureAwait(false);
        var currency = await CurrencyAsync(principal, context).ConfigureAwait(false);
        var response = new GearingStressResponse { Run = view.Run, Currency = currency.Code };
        foreach (var account in view.Accounts)
        {
            var geared = new Contracts.Stress.V1.GearedAccount
            {
                Account = account.Account.Value,
                Member = account.Member.Value,
                Loss = Amount(account.Loss, currency),
                Collateral = Amount(account.Collateral, currency),
                Equity = Amount(account.Equity, currency),
            };
            if (account.Gearing is { } gearing)
            {
                geared.Gearing = WireDecimal.Of(decimal.ToInt64(gearing * 10_000m), 4);
            }

            response.Accounts.Add(geared);
        }

        return response;
    }

    private async ValueTask<GetContributionResponse> GetContributionAsync(GetContributionRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, Roles.Readers | Roles.Member);
        var member = Fields.Id<MemberId>("member", request.Member, MemberId.TryParse);
        if (!principal.MayRead(member))
        {
            throw new RpcException(StatusCode.PermissionDenied, $"{principal.Name} may not read the contribution of {member}");
        }

        var fund = await Refusals.RunAsync(() => engine.GetDefaultFundAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        return fund.Sized is { } sized && sized.Contributions.FirstOrDefault(c => c.Member == member) is { Member.IsNone: false } contribution
            ? new GetContributionResponse { Contribution = ContributionOf(sized, fund, contribution) }
            : throw new RpcException(StatusCode.NotFound, $"no contribution has been called from member {member}");
    }

    /// <summary>The currency that all amounts of stress and fund are in.</summary>
    private async ValueTask<Currency> CurrencyAsync(Principal principal, ServerCallContext context) =>
        ClearingEngine.CurrencyOfFund((await Refusals.RunAsync(() => engine.GetDefaultFundAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false)).Terms);

    private static StressRun RunOf(StressRunView view)
    {
        var inputs = view.Inputs;
        var run = new StressRun
        {
            Run = inputs.Run,
            At = inputs.At,
            By = inputs.By,
            Cycle = inputs.Cycle,
            BusinessDate = Dates.ToInt(inputs.Date),
            ScenarioVersion = inputs.Scenarios,
            TermsVersion = inputs.Terms,
            ModelVersion = inputs.Model,
            Currency = inputs.Currency.Code,
            Failure = view.Outcome?.Failure ?? "",
            UnderWay = view.Outcome is null,
        };
        run.Scenarios.Add((view.Outcome?.Scenarios ?? []).Select(s => ResultOf(s, inputs.Currency)));
        return run;
    }

    private static ScenarioResult ResultOf(Engine.Messages.ScenarioOutcome outcome, Currency currency)
    {
        var result = new ScenarioResult { Scenario = outcome.Scenario, ResourcesLeft = Amount(outcome.ResourcesLeft, currency), Unallocated = Amount(outcome.Unallocated, currency) };
        result.UncoveredLosses.Add(outcome.UncoveredLosses.Select(u => new MemberAmount { Member = u.Member.Value, Amount = Amount(u.Minor, currency) }));
        result.Failed.Add(outcome.Failed.Select(RoundOf));
        result.Liquidity.Add(outcome.Liquidity.Select(NeedOf));
        return result;
    }

    private static LiquidityNeed NeedOf(Engine.Messages.LiquidityNeed need)
    {
        var needed = new LiquidityNeed
        {
            Currency = need.Currency.Code,
            Payments = Amount(need.Payments, need.Currency),
            Cash = Amount(need.Cash, need.Currency),
            Fund = Amount(need.Fund, need.Currency),
            Shortfall = Amount(need.Shortfall, need.Currency),
        };
        needed.Members.Add(need.Members);
        return needed;
    }

    private static FailedRound RoundOf(IReadOnlyList<string> members)
    {
        var round = new FailedRound();
        round.Members.Add(members);
        return round;
    }

    private static FundSize SizeOf(FundSized sized)
    {
        var size = new FundSize
        {
            Call = sized.Call,
            Run = sized.Run,
            At = sized.At,
            Deadline = sized.Deadline,
            Currency = sized.Currency.Code,
            CoverTwo = Amount(sized.CoverTwo, sized.Currency),
            Scenario = sized.Scenario,
            Fund = Amount(sized.Fund, sized.Currency),
        };
        size.Contributions.Add(sized.Contributions.Select(c => new MemberAmount { Member = c.Member.Value, Amount = Amount(c.Minor, sized.Currency) }));
        return size;
    }

    private static Contribution ContributionOf(FundSized sized, FundView fund, in Domain.DefaultFund.MemberAmount required)
    {
        var member = required.Member;
        var held = fund.Held.FirstOrDefault(h => h.Member == member);
        var due = Math.Max(0, required.Minor - held.CashMinor);

        // The account may not have heard of the newest sizing yet.
        var status = held.Call == sized.Call ? held.Status : due == 0 ? ContributionStatus.Met : ContributionStatus.Due;
        return new Contribution
        {
            Member = member.Value,
            Account = FundAccounts.Of(member).Value,
            Currency = sized.Currency.Code,
            Required = Amount(required.Minor, sized.Currency),
            Held = Amount(held.CashMinor, sized.Currency),
            Due = Amount(due, sized.Currency),
            Deadline = sized.Deadline,
            Status = (Contribution.Types.Status)status,
        };
    }

    private static Decimal Amount(BigInteger minor, Currency currency) => WireDecimal.Of(new Money(checked((long)minor), currency));
}
