using System.Numerics;
using ClearingActors.Domain;
using ClearingActors.Risk.DefaultFund;
using ClearingActors.Risk.Margin;
using ClearingActors.Risk.Scenarios;

namespace ClearingActors.Risk.Stress;

/// <summary>A piece of collateral.</summary>
/// <param name="Asset">What it is.</param>
/// <param name="Value">Market value in minor units of the house's currency, 0 or more.</param>
/// <param name="Haircut">A fraction, 0 to 1; it stays in the stress.</param>
/// <param name="Factor">What moves its value; null for cash of the house's currency.</param>
public sealed record StressCollateral(string Asset, long Value, double Haircut, RiskFactorId? Factor);

/// <summary>An account of a member.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="IsHouse">True for the member's own, false for a client's.</param>
/// <param name="Requirement">Minor units, 0 or more.</param>
/// <param name="Collateral">What it holds.</param>
/// <param name="Holdings">In a fixed order.</param>
public sealed record StressAccount(string Id, bool IsHouse, long Requirement, IReadOnlyList<StressCollateral> Collateral, IReadOnlyList<Holding> Holdings);

/// <summary>A clearing member and what it can pay.</summary>
/// <param name="Id">The member's id.</param>
/// <param name="AffiliateGroup">The group whose losses are summed; null if it stands alone.</param>
/// <param name="Contribution">Paid into the fund, minor units.</param>
/// <param name="AssessmentCap">Minor units.</param>
/// <param name="Capacity">What it can bear of draws and assessments, minor units.</param>
/// <param name="TrailingMargin">The weight of its contribution.</param>
/// <param name="Accounts">Each id once in the house.</param>
public sealed record StressMember(
    string Id, string? AffiliateGroup, BigInteger Contribution, BigInteger AssessmentCap, BigInteger Capacity, decimal TrailingMargin, IReadOnlyList<StressAccount> Accounts);

/// <summary>A whole house at one instant.</summary>
/// <param name="Currency">The currency of requirements, collateral and fund.</param>
/// <param name="Rates">The rates of the other currencies among the holdings.</param>
/// <param name="Layers">The CCP's own capital.</param>
/// <param name="BufferPercent">On top of cover-2.</param>
/// <param name="MinimumContribution">Minor units.</param>
/// <param name="Members">Each id once.</param>
public sealed record StressHouse(
    Currency Currency, IReadOnlyList<CurrencyRate> Rates, CcpLayers Layers, decimal BufferPercent, BigInteger MinimumContribution, IReadOnlyList<StressMember> Members);

/// <summary>An account in a scenario; money in minor units.</summary>
/// <param name="Member">Its member.</param>
/// <param name="Account">Its id.</param>
/// <param name="Loss">Negative for a gain.</param>
/// <param name="RevaluedCollateral">After haircuts.</param>
/// <param name="Gearing">At shocked prices.</param>
public sealed record StressedAccountResult(string Member, string Account, long Loss, long RevaluedCollateral, StressedGearing Gearing);

/// <summary>The house in a scenario.</summary>
/// <param name="Scenario">The scenario's id.</param>
/// <param name="Accounts">By member and account in the order of the house.</param>
/// <param name="UncoveredLosses">By member, minor units.</param>
/// <param name="Propagation">From the failure of the two groups with the largest uncovered losses.</param>
public sealed record HouseStressResult(
    string Scenario, IReadOnlyList<StressedAccountResult> Accounts, IReadOnlyDictionary<string, BigInteger> UncoveredLosses, PropagationResult Propagation);

/// <summary>Stress of a whole house (rulebook 10): losses of accounts, uncovered losses of members, gearing and what the failure of the two largest sets off.</summary>
public static class HouseStress
{
    /// <summary>One scenario.</summary>
    /// <param name="house">The house.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="failures">How many groups of affiliates fail first: those with the largest uncovered losses, of equal ones the first by id. 1 or more.</param>
    /// <exception cref="ArgumentException">See <see cref="StressLoss.Of"/> and <see cref="FailurePropagation.Run"/>.</exception>
    public static HouseStressResult Run(StressHouse house, StressScenario scenario, int failures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(failures, 1);
        var accounts = new List<StressedAccountResult>();
        var uncovered = new SortedDictionary<string, BigInteger>(Utf8Ordinal.Order);
        foreach (var member in house.Members)
        {
            var own = new StressedAccount(0, 0, 0);
            var clients = new List<StressedAccount>();
            foreach (var account in member.Accounts)
            {
                var result = Stress(house, member, account, scenario);
                accounts.Add(result);
                var stressed = new StressedAccount(result.Loss, account.Requirement, result.RevaluedCollateral);
                if (account.IsHouse)
                {
                    own = checked(new StressedAccount(
                        own.StressLoss + stressed.StressLoss, own.Requirement + stressed.Requirement, own.RevaluedCollateral + stressed.RevaluedCollateral));
                }
                else
                {
                    clients.Add(stressed);
                }
            }

            if (!uncovered.TryAdd(member.Id, UncoveredLoss.OfMember(own, clients)))
            {
                throw new ArgumentException($"member {member.Id} is listed twice", nameof(house));
            }
        }

        return new HouseStressResult(scenario.Id, accounts, uncovered, FailurePropagation.Run(Propagating(house, uncovered), house.Layers, Largest(house, uncovered, failures)));
    }

    /// <summary>The fund that the scenarios ask for.</summary>
    /// <exception cref="ArgumentException">See <see cref="DefaultFundSizing.Of"/>.</exception>
    public static DefaultFundSize Fund(StressHouse house, IReadOnlyList<HouseStressResult> results) => DefaultFundSizing.Of(
        results.ToDictionary(r => r.Scenario, r => r.UncoveredLosses),
        new DefaultFundTerms
        {
            BufferPercent = house.BufferPercent,
            MinimumContribution = house.MinimumContribution,
            Weights = house.Members.ToDictionary(m => m.Id, m => m.TrailingMargin),
            AffiliateGroups = house.Members.Where(m => m.AffiliateGroup is not null).ToDictionary(m => m.Id, m => m.AffiliateGroup!),
        });

    /// <summary>The members as failure propagation sees them.</summary>
    public static IReadOnlyList<PropagationMember> Propagating(StressHouse house, IReadOnlyDictionary<string, BigInteger> uncovered) =>
        [.. house.Members.Select(m => new PropagationMember(m.Id, uncovered[m.Id], m.Contribution, m.AssessmentCap, m.Capacity))];

    private static string[] Largest(StressHouse house, SortedDictionary<string, BigInteger> uncovered, int failures) =>
    [
        .. house.Members.GroupBy(m => m.AffiliateGroup is { } group ? "group " + group : "member " + m.Id)
            .Select(g => (Ids: g.Select(m => m.Id).Order(Utf8Ordinal.Order).ToArray(), Loss: g.Aggregate(BigInteger.Zero, (sum, m) => sum + uncovered[m.Id])))
            .Where(g => g.Loss.Sign > 0)
            .OrderByDescending(g => g.Loss).ThenBy(g => g.Ids[0], Utf8Ordinal.Order)
            .Take(failures)
            .SelectMany(g => g.Ids),
    ];

    private static StressedAccountResult Stress(StressHouse house, StressMember member, StressAccount account, StressScenario scenario)
    {
        var loss = Money(StressLoss.Of(account.Holdings, scenario, house.Currency.Code, house.Rates), house.Currency);
        var collateral = account.Collateral.Aggregate(0L, (sum, piece) => checked(sum + Revalued(piece, scenario, house.Currency)));
        var notional = account.Holdings.Aggregate(BigInteger.Zero, (sum, holding) => sum + Notional(house, holding, scenario));
        return new StressedAccountResult(member.Id, account.Id, loss, collateral, GearingStress.Of(notional, collateral, loss));
    }

    /// <summary>Rounded down, against the member.</summary>
    private static long Revalued(StressCollateral piece, StressScenario scenario, Currency currency)
    {
        if (piece.Value < 0 || !(piece.Haircut is >= 0.0 and <= 1.0))
        {
            throw new ArgumentException($"{piece.Asset} is worth {piece.Value} with a haircut of {piece.Haircut:R}; 0 or more and 0 to 1 are allowed", nameof(piece));
        }

        var move = piece.Factor is { } factor ? scenario.ShockOf(factor) : default;
        if (move.Kind == ChangeKind.Absolute && move.Shock != 0.0)
        {
            throw new ArgumentException($"{piece.Asset} is moved by {move.Factor} in price units; collateral needs a relative shock", nameof(piece));
        }

        return -Money(-(piece.Value * MinorUnit(currency) * (1.0 + move.Shock) * (1.0 - piece.Haircut)), currency);
    }

    private static BigInteger Notional(StressHouse house, Holding holding, StressScenario scenario)
    {
        var instrument = holding.Instrument;
        var move = scenario.ShockOf(instrument.Factor);
        var price = Shock.Apply(instrument.Price, move.Shock, move.Kind);
        var rate = house.Rates.Where(r => r.Currency == instrument.Currency).Select(r => r.Rate).FirstOrDefault(1.0);

        // An inverse contract's face is already in the quote currency.
        var perLot = instrument is InverseRisk ? instrument.Multiplier : instrument.Multiplier * Math.Abs(price) * rate;
        return Money(Math.Abs((double)holding.Quantity) * perLot, house.Currency);
    }

    private static double MinorUnit(Currency currency)
    {
        var unit = 1.0;
        for (var i = 0; i < currency.Digits; i++)
        {
            unit /= 10.0;
        }

        return unit;
    }

    private static long Money(double amount, Currency currency) => RequirementMoney.Of(amount, currency).MinorUnits;
}
