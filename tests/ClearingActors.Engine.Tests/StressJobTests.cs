using ClearingActors.Actors.Wire;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Risk.Scenarios;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Tests;

/// <summary>Rulebook 10: a run in pieces comes to the same bits as its scenarios at one go.</summary>
public sealed class StressJobTests
{
    private const string Model = RequirementHouse.Factors + ", \"groups\": { \"*\": {" + RequirementHouse.Group + "} }";
    private const int Members = 7;

    private static readonly StressInputs Inputs = new(3, RequirementHouse.Now, "operator:test", 1, RequirementHouse.LastDate, "", "", "", []);

    private static readonly StressScenario[] Scenarios =
    [
        .. new[] { -0.4, -0.1, 0.25 }.Select((shock, i) => new StressScenario(
            $"s{i}", [.. new[] { "SPX", "DAX", "CL" }.Select(f => new StressShock(RiskFactorId.Price(f), ChangeKind.Relative, shock))], otherFactorsUnmoved: true)),
    ];

    [Theory]
    [InlineData(2, 5)]
    [InlineData(2 * StressJob.AccountsAtOnce, 5 + (3 * 2))]
    [InlineData(1_250, 5 + (3 * (1_250 / StressJob.AccountsAtOnce)) + 1)]
    public void A_run_takes_a_piece_for_every_few_accounts_and_is_the_same_bits(int accounts, int pieces)
    {
        var house = House();
        var all = Accounts(house, accounts);
        var job = new StressJob(Inputs, all, Scenarios, house);
        var steps = 1;
        while (job.Step())
        {
            job.Outcome.ShouldBeNull();
            steps++;
        }

        steps.ShouldBe(pieces);
        var whole = house.Of(all);
        var outcome = job.Outcome.ShouldNotBeNull();
        BytesOf(outcome).ShouldBe(BytesOf(new StressOutcome(3, "", [.. Scenarios.Select(whole.Run)], new DayMargins(RequirementHouse.LastDate, whole.Margins()))));
        outcome.Scenarios.ShouldAllBe(s => s.UncoveredLosses.Any(u => u.Minor > 0) && s.Liquidity.Count > 0);
        job.Step().ShouldBeFalse();
    }

    [Fact]
    public void The_order_in_which_shards_have_told_their_accounts_does_not_matter()
    {
        var house = House();
        var accounts = Accounts(house, 300);
        BytesOf(OutcomeOf(house, [.. accounts.AsEnumerable().Reverse()])).ShouldBe(BytesOf(OutcomeOf(house, accounts)));
    }

    [Fact]
    public void A_book_that_does_not_match_comes_to_nothing()
    {
        var house = House();
        var outcome = OutcomeOf(house, Accounts(house, 1_100)[..^1]);
        outcome.Failure.ShouldContain("a settled book sums to zero");
        (outcome.Scenarios.Count, outcome.Margins).ShouldBe((0, null));
    }

    [Fact]
    public void What_cannot_be_revalued_is_thrown_by_the_piece_that_meets_it()
    {
        var house = House();
        var job = new StressJob(Inputs, Accounts(house, 150), [Scenarios[0], new StressScenario("mute", [], otherFactorsUnmoved: false)], house);
        Should.Throw<ArgumentException>(() =>
        {
            while (job.Step())
            {
            }
        }).Message.ShouldContain("mute");
        job.Outcome.ShouldBeNull();
    }

    private static StressOutcome OutcomeOf(StressBasis house, IReadOnlyList<FrozenAccount> accounts)
    {
        var job = new StressJob(Inputs, accounts, Scenarios, house);
        while (job.Step())
        {
        }

        return job.Outcome.ShouldNotBeNull();
    }

    private static byte[] BytesOf(StressOutcome outcome)
    {
        var writer = new WireWriter();
        outcome.Write(writer);
        return writer.Written.ToArray();
    }

    private static StressBasis House()
    {
        var house = new RequirementHouse(Model);
        Dictionary<MemberId, FundCashReported> held = [];
        for (var i = 0; i < Members; i++)
        {
            var member = MemberId.Parse($"M{i}");
            house.Directory.Apply(new MemberDefined(member));
            held.Add(member, new FundCashReported(member, 1, 1_000_00 * i, ContributionStatus.Due));
        }

        return new StressBasis(FundTermsFile.Parse(StressFundTests.Terms), held, house.Directory, house.Calculator);
    }

    /// <summary>Pairs that hold the same lots long and short: an even number of them.</summary>
    private static List<FrozenAccount> Accounts(StressBasis house, int count)
    {
        string[] held = ["SPX.FUT", "DAX.FUT", "CL.FUT", "SPX.AP", "SPX.MP"];
        List<FrozenAccount> accounts = [];
        for (var i = 0; i < count; i++)
        {
            var pair = i / 2;
            var side = i % 2 == 0 ? 1 : -1;
            accounts.Add(new FrozenAccount(
                AccountId.Parse($"A{i:D5}"),
                MemberId.Parse($"M{i % Members}"),
                i % 3 == 0 ? Segregation.House : Segregation.ClientOmnibusGross,
                RequirementHouse.Usd,
                1_000_00 + i,
                [new(10_000_00 - i, RequirementHouse.Usd)],
                [.. new[] { held[pair % held.Length], held[(pair + 1) % held.Length] }.Order(StringComparer.Ordinal).Select((id, k) => new PricePoint(InstrumentOf(house, id), side * (1 + ((pair + k) % 9))))]));
        }

        return accounts;
    }

    private static Domain.Instruments.InstrumentId InstrumentOf(StressBasis house, string id) =>
        house.Directory.TryGetInstrument(Domain.Instruments.InstrumentId.Parse(id), out var listed) ? listed.Instrument.Id : throw new ArgumentException(id);
}
