using System.Globalization;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Backtests;
using ClearingActors.Engine.Wire;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;
using ClearingActors.Risk.Backtests;
using BacktestResult = ClearingActors.Contracts.Stress.V1.BacktestResult;

namespace ClearingActors.Node.Backtests;

/// <summary>The house's back-tests for people who watch it.</summary>
internal sealed class BacktestCalls(ClearingEngine engine, BacktestRuns runs)
{
    private const int MostAccounts = 1_000;
    private const int UsualAccounts = 100;
    private const int ShownSkips = 10;

    internal void MapTo(GrpcServiceBuilder grpc) =>
        grpc.Unary(GrpcMethod.Of<GetBacktestRequest, GetBacktestResponse>(StressReflection.Descriptor.Services[0], "GetBacktest"), GetBacktestAsync);

    private async ValueTask<GetBacktestResponse> GetBacktestAsync(GetBacktestRequest request, ServerCallContext context)
    {
        var principal = Callers.Require(context, request.Start ? Roles.Operator | Roles.RiskManager | Roles.Auditor : Roles.Readers);
        if (request.Limit is < 0 or > MostAccounts)
        {
            throw Refusals.BadInput("limit", request.Limit, $"1 to {MostAccounts}, or 0 for {UsualAccounts}, is allowed");
        }

        MemberId? member = request.Member.Length == 0 ? null : Fields.Id<MemberId>("member", request.Member, MemberId.TryParse);
        var settlement = await Refusals.RunAsync(() => engine.GetSettlementAsync(principal.Name, context.CancellationToken)).ConfigureAwait(false);
        var standing = runs.Ask(settlement.BusinessDate, request.Start, principal.Name);
        return new GetBacktestResponse
        {
            State = standing.StartedAt is not null ? GetBacktestResponse.Types.State.Running
                : standing.Failure.Length > 0 ? GetBacktestResponse.Types.State.Failed : GetBacktestResponse.Types.State.Unspecified,
            Progress = standing.Progress,
            StartedAt = standing.StartedAt ?? 0,
            Failure = standing.Failure,
            Result = standing.Last is { } last ? ResultOf(last, member, request.Limit == 0 ? UsualAccounts : request.Limit) : null,
            Outdated = standing.Outdated,
        };
    }

    private static BacktestResult ResultOf(FinishedBacktest finished, MemberId? member, int limit)
    {
        var found = finished.Result;
        List<AccountBacktest> asked = [.. found.Accounts.Where(a => member is null || a.Member == member)];
        var result = new BacktestResult
        {
            BusinessDate = Dates.ToInt(finished.Date),
            EndedAt = finished.EndedAt,
            Closes = found.Closes,
            FirstDate = Dates.ToInt(found.FirstDate),
            LastDate = Dates.ToInt(found.LastDate),
            Total = CountOf(found.Accounts),
            More = Math.Max(0, asked.Count - limit),
            Unstarted = found.Unstarted,
            Flat = found.Flat,
            Skipped = found.Skipped,
        };
        result.Members.Add(found.Accounts.GroupBy(a => a.Member).OrderBy(g => g.Key).Select(g => new BacktestMember { Member = g.Key.Value, Count = CountOf(g) }));
        result.Accounts.Add(asked.Take(limit).Select(AccountOf));
        result.Skips.Add(found.Skips.Take(ShownSkips).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Account}: {s.Count} from {s.First:yyyy-MM-dd} on: {s.Reason}")));
        return result;
    }

    private static BacktestCount CountOf(IEnumerable<AccountBacktest> accounts)
    {
        var count = new BacktestCount();
        foreach (var account in accounts)
        {
            count.Periods += account.Periods;
            count.Exceptions += account.Exceptions;
            switch (LightOf(account))
            {
                case BacktestLight.Green: count.Green++; break;
                case BacktestLight.Yellow: count.Yellow++; break;
                case BacktestLight.Red: count.Red++; break;
                case BacktestLight.TooFew: count.TooFew++; break;
                default: break;
            }
        }

        return count;
    }

    private static BacktestLight LightOf(AccountBacktest account) => account.TooFew ? BacktestLight.TooFew : account.Zone switch
    {
        TrafficLightZone.Green => BacktestLight.Green,
        TrafficLightZone.Yellow => BacktestLight.Yellow,
        TrafficLightZone.Red => BacktestLight.Red,
        _ => BacktestLight.Unspecified,
    };

    private static BacktestAccount AccountOf(AccountBacktest account)
    {
        var told = new BacktestAccount
        {
            Account = account.Account.Value,
            Member = account.Member.Value,
            Currency = account.Currency.Code,
            Confidence = account.Confidence,
            MarginDays = account.MarginDays,
            Periods = account.Periods,
            Exceptions = account.Exceptions,
            Light = LightOf(account),
            TailProbability = account.TailProbability,
        };
        if (account.Kupiec is { } kupiec)
        {
            told.KupiecP = kupiec.PValue;
        }

        if (account.Independence is { } independence)
        {
            told.IndependenceP = independence.PValue;
        }

        if (account.Worst is { } worst)
        {
            (told.WorstFrom, told.WorstTo, told.WorstMargin, told.WorstLoss) = (Dates.ToInt(worst.From), Dates.ToInt(worst.To), worst.Margin, worst.Loss);
        }

        return told;
    }
}
