using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>An account in a scenario; money in minor units of the fund's currency.</summary>
/// <param name="Account">As it was frozen.</param>
/// <param name="Figures">Loss, requirement and what the collateral is worth.</param>
/// <param name="Gearing">At shocked prices.</param>
/// <param name="Variation">Variation margin by currency, in that currency, rounded down: above zero what the account receives.</param>
internal readonly record struct LiveStressedAccount(FrozenAccount Account, StressedAccount Figures, StressedGearing Gearing, IReadOnlyList<Money> Variation);

/// <summary>
/// The live house in stress scenarios (rulebook 10): its accounts as a cycle left them, revalued lot by lot. An account's loss is the sum, in order of instruments, of lots x
/// loss per lot, and is rounded up once; everything behind that is exact. The same inputs give the same bits.
/// </summary>
internal sealed class LiveStress
{
    /// <summary>The groups whose failure a scenario begins with.</summary>
    internal const int Failures = 2;

    private readonly IReadOnlyList<FrozenAccount> _accounts;
    private readonly IReadOnlyList<MemberId> _members;
    private readonly IReadOnlyDictionary<MemberId, FundCashReported> _held;
    private readonly FundTerms _terms;
    private readonly InstrumentVectors _vectors;
    private readonly StressedCollateral _collateral;
    private readonly TenorNodes _nodes;
    private readonly HouseDirectory _directory;

    /// <param name="accounts">In any order.</param>
    /// <param name="held">What members have paid into the fund.</param>
    /// <param name="terms">The fund's.</param>
    /// <param name="calculator">How instruments and collateral are revalued, at the run's prices.</param>
    /// <param name="directory">Instruments and members.</param>
    /// <exception cref="ArgumentException">See <see cref="StressedCollateral"/>.</exception>
    internal LiveStress(IEnumerable<FrozenAccount> accounts, IReadOnlyDictionary<MemberId, FundCashReported> held, FundTerms terms, MarginCalculator calculator, HouseDirectory directory)
    {
        _accounts = [.. accounts.Where(a => a.Member != CcpAccounts.Member).OrderBy(a => a.Account)];
        _members = MembersOf(directory);
        _held = held;
        _terms = terms;
        _vectors = calculator.Vectors;
        _collateral = new StressedCollateral(_accounts, calculator, directory, terms.Currency);
        _nodes = calculator.Nodes;
        _directory = directory;
    }

    /// <summary>Every member but the clearing house itself, by id.</summary>
    internal static IReadOnlyList<MemberId> MembersOf(HouseDirectory directory) => [.. directory.SortedMembers().Select(m => m.Member).Where(m => m != CcpAccounts.Member)];

    /// <summary>Every account in a scenario, by id.</summary>
    /// <exception cref="ArgumentException">An instrument cannot be revalued, or the scenario says nothing of a factor.</exception>
    internal IEnumerable<LiveStressedAccount> Accounts(StressScenario scenario)
    {
        Dictionary<InstrumentId, LotInScenario> perLot = [];
        var collateralOf = _collateral.In(scenario);
        foreach (var account in _accounts)
        {
            double loss = 0, notional = 0;
            List<(Currency Currency, double Loss)> paid = [];
            foreach (var lots in account.Lots)
            {
                if (!perLot.TryGetValue(lots.Instrument, out var lot))
                {
                    perLot.Add(lots.Instrument, lot = PerLot(lots.Instrument, scenario));
                }

                loss += lots.Units * lot.Loss;
                notional += Math.Abs((double)lots.Units) * lot.Notional;
                if (lot.PaysVariation)
                {
                    var at = paid.FindIndex(p => p.Currency == lot.Currency);
                    if (at < 0)
                    {
                        paid.Add((lot.Currency, lots.Units * lot.OwnLoss));
                    }
                    else
                    {
                        paid[at] = (lot.Currency, paid[at].Loss + (lots.Units * lot.OwnLoss));
                    }
                }
            }

            var collateral = ValueOf(new Money(collateralOf(account), account.Currency), scenario);
            var figures = new StressedAccount(Up(loss), RequirementOf(account), collateral);
            yield return new LiveStressedAccount(account, figures, GearingStress.Of(Up(notional), figures.RevaluedCollateral, figures.StressLoss), [.. paid.Select(p => -RequirementMoney.Of(p.Loss, p.Currency))]);
        }
    }

    /// <summary>One scenario: the members' uncovered losses, and what the failure of the two largest groups sets off.</summary>
    /// <exception cref="ArgumentException">See <see cref="Accounts"/>; or an account's member is not defined.</exception>
    internal ScenarioOutcome Run(StressScenario scenario)
    {
        var members = NoAccounts();
        foreach (var account in Accounts(scenario))
        {
            members.Add(account);
        }

        return OutcomeOf(scenario, members);
    }

    /// <summary>To add a scenario's accounts to.</summary>
    internal StressedMembers NoAccounts() => new(_members);

    /// <summary>What a scenario comes to.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="members">With all of its <see cref="Accounts"/>.</param>
    /// <exception cref="OverflowException">An amount does not fit in 64 bits.</exception>
    internal ScenarioOutcome OutcomeOf(StressScenario scenario, StressedMembers members)
    {
        var uncovered = members.Uncovered();
        var result = FailurePropagation.Run(Propagating(uncovered), Layers, Largest(uncovered));
        return new ScenarioOutcome(
            scenario.Id, [.. uncovered.Select(u => new MemberAmount(MemberId.Parse(u.Key), checked((long)u.Value)))], result.Failed, result.ResourcesLeft, result.Unallocated)
        {
            Liquidity = members.Liquidity.Needs(Largest, FundCash),
        };
    }

    /// <summary>Requirements of the members' accounts now, minor units, by member id.</summary>
    internal IReadOnlyList<MemberAmount> Margins()
    {
        var margins = _members.ToDictionary(m => m, _ => 0L);
        foreach (var account in _accounts)
        {
            margins[account.Member] = checked(margins.GetValueOrDefault(account.Member) + RequirementOf(account));
        }

        return [.. margins.OrderBy(m => m.Key).Select(m => new MemberAmount(m.Key, m.Value))];
    }

    /// <summary>The CCP's own capital.</summary>
    internal CcpLayers Layers => new(_terms.JuniorCapital, _terms.SeniorCapital);

    private Money FundCash => new(_held.Values.Aggregate(0L, (sum, held) => checked(sum + Math.Max(0, held.CashMinor))), _terms.Currency);

    /// <summary>The members as failure propagation sees them, with what they have paid in.</summary>
    internal IReadOnlyList<PropagationMember> Propagating(IReadOnlyDictionary<string, BigInteger> uncovered) =>
    [
        .. _members.Select(m =>
        {
            BigInteger contribution = Math.Max(0, _held.TryGetValue(m, out var cash) ? cash.CashMinor : 0);
            var capacity = _terms.Capacities.TryGetValue(m.Value, out var own) ? own : FundTerms.Multiple(contribution, _terms.CapacityMultiple);
            return new PropagationMember(m.Value, uncovered.GetValueOrDefault(m.Value), contribution, FundTerms.Multiple(contribution, _terms.AssessmentMultiple), capacity);
        }),
    ];

    private string[] Largest(SortedDictionary<string, BigInteger> uncovered) =>
    [
        .. uncovered.GroupBy(u => _terms.Affiliates.TryGetValue(u.Key, out var group) ? "group " + group : "member " + u.Key, StringComparer.Ordinal)
            .Select(g => (Ids: g.Select(u => u.Key).ToArray(), Loss: g.Aggregate(BigInteger.Zero, (sum, u) => sum + u.Value)))
            .Where(g => g.Loss.Sign > 0)
            .OrderByDescending(g => g.Loss).ThenBy(g => g.Ids[0], Utf8Ordinal.Order)
            .Take(Failures)
            .SelectMany(g => g.Ids),
    ];

    private LotInScenario PerLot(InstrumentId id, StressScenario scenario)
    {
        var instrument = _directory.TryGetInstrument(id, out var listed) ? listed.Instrument : throw new ArgumentException($"instrument {id} is not defined");
        var risk = _vectors.RiskOf(instrument);
        var rate = Rate(instrument.Currency, scenario);
        var move = _nodes.ShockOf(risk.Factor, instrument, scenario);

        // The instrument knows its factors without a node, so what the scenario has at its node stands under their names.
        List<FactorShocks> shocks = [new(risk.Factor, move.Kind, [move.Shock], null)];
        if (risk is OptionRisk { Terms.VolatilityFactor: { } volatility })
        {
            var own = _nodes.VolatilityShockOf(volatility, instrument, scenario);
            shocks.Add(new FactorShocks(volatility, own.Kind, [own.Shock], null));
        }

        var shocked = Math.Abs(Shock.Apply(risk.Price, move.Shock, move.Kind));

        // An inverse contract is worth its face, at the price, in its own currency.
        var notional = risk is InverseRisk ? (shocked > 0.0 ? risk.Multiplier / shocked : 0.0) : risk.Multiplier * shocked;
        var loss = -FullRevaluation.PerLot(risk, new ScenarioSet(shocks))[0];
        return new LotInScenario(loss * rate, notional * rate, loss, instrument.Currency, instrument.Option?.PremiumStyle != PremiumStyle.Equity);
    }

    /// <summary>Exact in the fund's own currency, else rounded up.</summary>
    private long RequirementOf(FrozenAccount account) => account.Currency == _terms.Currency
        ? account.RequirementMinor
        : Up((double)new Money(account.RequirementMinor, account.Currency).ToDecimal() * RateNow(account.Currency));

    private double RateNow(Currency currency) => currency == _terms.Currency ? 1.0 : _vectors.RateOf(currency, _terms.Currency);

    /// <summary>What a unit is worth in the fund's currency in the scenario.</summary>
    private double Rate(Currency currency, StressScenario scenario)
    {
        if (currency == _terms.Currency)
        {
            return 1.0;
        }

        var move = scenario.ShockOf(RiskFactorId.Currency(currency.Code));
        return Shock.Apply(RateNow(currency), move.Shock, move.Kind);
    }

    private long Up(double amount) => RequirementMoney.Of(amount, _terms.Currency).MinorUnits;

    /// <summary>Exact in the fund's own currency, else rounded down.</summary>
    private long ValueOf(Money cash, StressScenario scenario) => cash.Currency == _terms.Currency ? cash.MinorUnits : -Up(-((double)cash.ToDecimal() * Rate(cash.Currency, scenario)));

    /// <summary>One long lot in a scenario.</summary>
    /// <param name="Loss">In the fund's currency, at the scenario's rate.</param>
    /// <param name="Notional">In the fund's currency.</param>
    /// <param name="OwnLoss">In its own currency.</param>
    /// <param name="Currency">Its own.</param>
    /// <param name="PaysVariation">False for options whose premium is paid up front: what they lose is not paid in cash.</param>
    private readonly record struct LotInScenario(double Loss, double Notional, double OwnLoss, Currency Currency, bool PaysVariation);
}
