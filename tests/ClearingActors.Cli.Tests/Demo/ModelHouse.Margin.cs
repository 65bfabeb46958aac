using ClearingActors.Cli.Demo;
using ClearingActors.Client;
using ClearingActors.Contracts.Margin.V1;
using ClearingActors.Engine;
using ClearingActors.Grpc;
using CallStatus = ClearingActors.Contracts.Margin.V1.MarginCall.Types.Status;

namespace ClearingActors.Cli.Tests.Demo;

/// <summary>The model's margin: a tenth of the notional, calls that are due after 16 hours, deposits that meet the oldest first.</summary>
internal sealed partial class ModelHouse
{
    private readonly List<MarginRun> _runs = [];

    /// <summary>The factors' prices by date, yyyymmdd.</summary>
    internal Dictionary<string, List<(int Date, double Price)>> Factors { get; } = [];

    /// <summary>The first deposit of each account.</summary>
    internal Dictionary<string, decimal> Openings { get; } = [];

    /// <summary>Calls that were met, with the member and the instant of business time.</summary>
    internal List<(string Member, MarginCall Call, long At)> CallsPaid { get; } = [];

    private decimal MarginPerLot => _marks[DemoInstrument.Symbol].Price * DemoInstrument.Multiplier / 10;

    private void MapMargin(GrpcServiceBuilder services)
    {
        services
            .Unary(Method<SetRiskModelRequest, SetRiskModelResponse>("SetRiskModel"), Call<SetRiskModelRequest, SetRiskModelResponse>(r =>
                new SetRiskModelResponse { Version = ClearingEngine.VersionOfRiskModel(r.Parameters) }))
            .Unary(Method<SetFactorPricesRequest, SetFactorPricesResponse>("SetFactorPrices"), Call<SetFactorPricesRequest, SetFactorPricesResponse>(r =>
            {
                r.Prices.Count.ShouldBeInRange(1, 4096);
                r.Replaces.ShouldBe(Factors.TryAdd(r.Factor, []));
                var known = Factors[r.Factor];
                foreach (var price in r.Prices)
                {
                    price.Date.ShouldBeGreaterThan(known.Count == 0 ? 0 : known[^1].Date);
                    known.Add((price.Date, price.Price));
                }

                return new SetFactorPricesResponse();
            }))
            .Unary(Method<SimulateMarginRequest, SimulateMarginResponse>("SimulateMargin"), Call<SimulateMarginRequest, SimulateMarginResponse>(r => new SimulateMarginResponse
            {
                Coverage = new Coverage { Requirement = ExactDecimal.ToWire(r.Trades.Sum(trade => Math.Abs(trade.Lots)) * MarginPerLot) },
            }))
            .Unary(Method<RunMarginRequest, RunMarginResponse>("RunMargin"), Call<RunMarginRequest, RunMarginResponse>(_ => new RunMarginResponse { Run = RunMargin() }))
            .Unary(Method<GetMarginRunsRequest, GetMarginRunsResponse>("GetMarginRuns"), Call<GetMarginRunsRequest, GetMarginRunsResponse>(_ => new GetMarginRunsResponse { Last = _runs[^1] }))
            .Unary(Method<GetMarginRequest, GetMarginResponse>("GetMargin"), Call<GetMarginRequest, GetMarginResponse>(r =>
            {
                var account = _accounts[r.Account];
                var response = new GetMarginResponse { Account = r.Account, Official = new OfficialMargin { Coverage = new Coverage { Requirement = ExactDecimal.ToWire(account.Requirement) } } };
                response.Calls.AddRange(account.Calls.Select(call => call.Clone()));
                return response;
            }));

        static GrpcMethod<TRequest, TResponse> Method<TRequest, TResponse>(string name)
            where TRequest : Google.Protobuf.IMessage<TRequest>
            where TResponse : Google.Protobuf.IMessage<TResponse> => GrpcMethod.Of<TRequest, TResponse>(MarginReflection.Descriptor.Services[0], name);
    }

    private MarginRun RunMargin()
    {
        Factors.Values.Select(prices => prices[^1].Date).Distinct().ShouldHaveSingleItem("histories must end on one date");
        var prices = _marks.ToDictionary(pair => pair.Key, pair => pair.Value.Price);
        var run = new MarginRun { Run = _runs.Count + 1, At = _businessTime };
        decimal requirement = 0, called = 0;
        var calls = 0;
        foreach (var (id, account) in _accounts)
        {
            account.Requirement = account.Lots * MarginPerLot;
            requirement += _fault == ModelFault.RequirementOfAnAccountLost && id == "M02-NET" ? 0 : account.Requirement;
            var excess = account.Cash + Math.Min(0, account.Accrued(prices, _settled)) - account.Requirement;
            var missing = -excess - account.Calls.Where(call => call.Status == CallStatus.Issued).Sum(call => ExactDecimal.FromWire(call.Remaining));
            if (missing > 0)
            {
                var amount = decimal.Ceiling(missing);
                account.Calls.Add(new MarginCall
                {
                    Number = account.Calls.Count + 1,
                    Run = run.Run,
                    Amount = ExactDecimal.ToWire(amount),
                    Remaining = ExactDecimal.ToWire(amount),
                    IssuedAt = _businessTime,
                    Deadline = _businessTime + (long)TimeSpan.FromHours(16).TotalNanoseconds,
                    Status = CallStatus.Issued,
                });
                called += amount;
                calls++;
            }
        }

        run.Totals.Add(new MarginTotal { Currency = "USD", Accounts = _accounts.Count, Requirement = ExactDecimal.ToWire(requirement), Calls = calls, Called = ExactDecimal.ToWire(called) });
        _runs.Add(run);
        return run;
    }

    private void Credit(Account account, decimal amount)
    {
        Openings.TryAdd(account.Definition.Account, amount);
        foreach (var call in account.Calls.Where(call => call.Status == CallStatus.Issued && _fault != ModelFault.DepositsDoNotMeetCalls))
        {
            var credit = Math.Min(amount, ExactDecimal.FromWire(call.Remaining));
            amount -= credit;
            call.Remaining = ExactDecimal.ToWire(ExactDecimal.FromWire(call.Remaining) - credit);
            if (call.Remaining.Mantissa == 0)
            {
                call.Status = CallStatus.Met;
                CallsPaid.Add((account.Definition.Member, call, _businessTime));
            }
        }
    }

    private void MissDue()
    {
        foreach (var call in _accounts.Values.SelectMany(account => account.Calls).Where(call => call.Status == CallStatus.Issued && call.Deadline <= _businessTime))
        {
            call.Status = CallStatus.Missed;
        }
    }
}
