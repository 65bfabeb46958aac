using ClearingActors.Audit.TimeTravel;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Tests;

namespace ClearingActors.Audit.Tests;

/// <summary>What no simulated house has: scans, the other tools against procyclicality, floors, several currencies, clients margined apart.</summary>
public sealed class MarginDeriverTests
{
    private static readonly Dictionary<(MemberId Member, string Underlying), MemberCharge> NothingMeasured = [];

    [Fact]
    public void A_scan_is_derived_move_by_move_with_its_charge_its_minimum_and_its_buffer()
    {
        var derivation = Derive(
            """ "SPX": { $, "buffer25": true, "span": { "priceScanRange": 200, "volScanRange": 0.04, "spreadChargePerLot": 150 }, "shortOptionMinimum": 20 }, "*": { $, "buffer25": true } """,
            [("SPX.FUT", "", 5), ("SPX.JUN", "", -3), ("SPX.C", "", -7), ("CL.FUT", "", 2)]);

        var scan = derivation.Groups.Single(g => g.Method == "scan");
        scan.Tail.Count.ShouldBe(16);
        scan.Tail.Select(t => t.Loss).ShouldBeInOrder(SortDirection.Descending);
        scan.SpreadCharge.ShouldBeGreaterThan(0);
        scan.Margin.ShouldBe(scan.Tail[0].Loss + scan.SpreadCharge);
        derivation.Offsets.ShouldContain(o => o.Groups.ContainsKey("SPX") && o.WithTool == 1.25 * o.Margin);
    }

    [Theory]
    [InlineData(""" "*": { $, "stressed25": { "first": "2025-09-01", "last": "2025-09-20" } } """, 200)]
    [InlineData(""" "*": { $, "floor10y": true } """, 3700)]
    public void The_tools_with_a_window_show_the_margin_on_it(string groups, int days)
    {
        var derivation = Derive(groups, [("SPX.FUT", "", 10), ("CL.FUT", "", -3)], days);

        var set = derivation.Offsets.ShouldHaveSingleItem();
        set.Tool.ShouldNotBeEmpty();
        set.Window.ShouldNotBeNull().ShouldBePositive();
        set.WithTool.ShouldBeGreaterThanOrEqualTo(set.Margin);
    }

    [Fact]
    public void Offsets_add_ons_and_floors_are_derived_one_by_one()
    {
        var derivation = Derive(
            """ "*": { $, "shortOptionMinimum": 100000, "pin": { "hours": 1200, "band": 800 }, "tiers": [ { "upTo": 1000000, "rate": 0.5 }, { "rate": 1.5 } ] } """,
            [("SPX.FUT", "", 2), ("CL.FUT", "", 20), ("BTC.PERP", "", -300), ("SPX.C", "", -4)],
            more: """ , "wrongWay": { "shock": 0.6, "members": { "ALPHA": [ "CL", "SPX" ] } }, "gearing": { "maximum": 50 } """);

        derivation.Offsets.Single().Groups.Count.ShouldBe(3);
        derivation.AddOns.Select(a => a.Name).Distinct().ShouldBe(["short_option_minimum", "pin_risk", "floor by notional", "wrong_way"], ignoreOrder: true);
        derivation.FloorByNotional.ShouldBe(derivation.Recorded.Requirement);
        derivation.Rounded.ShouldBeLessThan(derivation.Recorded.Requirement);
    }

    [Fact]
    public void A_share_in_the_members_liquidity_add_on_says_what_the_member_has()
    {
        var house = House(""" "*": { $ } """, more: """ , "liquidity": { "SPX": { "reference": "SPX.FUT", "halfSpread": 0.0001, "kappa": 0.7, "averageDailyVolume": 600000 } } """);
        var measured = new Dictionary<(MemberId Member, string Underlying), MemberCharge> { [(RequirementHouse.Alpha, "SPX")] = new(RequirementHouse.Alpha, "SPX", 90_000.0, 200_000_00) };
        var derivation = Derive(house, RequirementHouse.Usd, [("SPX.FUT", "", 10)], measured);

        var share = derivation.Liquidity.ShouldHaveSingleItem();
        share.MemberAddOn.ShouldBe(90_000.0);
        share.Share.ShouldBe(90_000.0 * (share.OwnFigure / 200_000_00.0));
        derivation.Sums.ShouldContain(s => s.Name == "liquidity");
    }

    [Fact]
    public void Clients_of_a_gross_omnibus_account_are_derived_apart()
    {
        var derivation = Derive(""" "*": { $, "buffer25": true } """, [("SPX.FUT", "C1", 10), ("SPX.FUT", "C2", -10), ("SPX.C", "C2", 3)]);

        derivation.Groups.Select(g => g.Client).ShouldBe(["C1", "C2"]);
        derivation.Groups.ShouldAllBe(g => g.Margin > 0);
        derivation.Groups.ShouldAllBe(g => g.Tail.All(t => t.Name.Length == 10 && t.Gain == t.Gains.Aggregate(0.0, (sum, one) => sum + one)));
    }

    [Fact]
    public void Several_currencies_are_converted_in_each_scenario() =>
        Derive(""" "*": { $ } """, [("BTC.INV", "", 500), ("DAX.FUT", "", 3), ("SPX.AP", "", -4), ("SPX.MP", "", -7), ("CL.P", "", -2)]).Groups.Count.ShouldBe(4);

    [Fact]
    public void A_released_buffer_says_what_it_compares_with()
    {
        var house = House(""" "*": { $, "buffer25": true } """);
        house.Directory.Risk.Apply(new BufferDecision(true, "operator:test", "stress", RequirementHouse.Now));
        var previous = new BufferedMargin(default, ["SPX"], 1.0);
        var derivation = Derive(house, RequirementHouse.Usd, [("SPX.FUT", "", 10)], NothingMeasured, [previous]);

        derivation.Run.BufferReleased.ShouldBeTrue();
        derivation.Offsets.Single().Previous.ShouldBe(1.0);
        derivation.Offsets.Single().WithTool.ShouldBe(derivation.Offsets.Single().Margin);
    }

    private static RequirementHouse House(string groups, int days = 200, string more = "") =>
        new($"{RequirementHouse.Factors}, \"groups\": {{ {groups.Replace("$", RequirementHouse.Group, StringComparison.Ordinal)} }} {more}", days);

    private static MarginDerivation Derive(string groups, (string Instrument, string Client, long Lots)[] held, int days = 200, string more = "") =>
        Derive(House(groups, days, more), RequirementHouse.Usd, held, NothingMeasured);

    /// <summary>Of an account that the canonical routine has assessed: every sum must hold.</summary>
    private static MarginDerivation Derive(
        RequirementHouse house,
        Currency currency,
        (string Instrument, string Client, long Lots)[] held,
        Dictionary<(MemberId Member, string Underlying), MemberCharge> measured,
        IReadOnlyList<BufferedMargin>? previous = null)
    {
        // The calculator of the house is from before the buffer may have been released.
        var vectors = house.Calculator.Vectors;
        var marks = held.Select(h => h.Instrument).Concat(["SPX.FUT", "SPX.INDEX", "CL.FUT", "BTC.INDEX"]).Distinct()
            .Where(i => house[i].Option is null).ToDictionary(i => InstrumentId.Parse(i), i => vectors.MarkOf(house[i]));
        foreach (var option in held.Where(h => house[h.Instrument].Option is not null))
        {
            marks.TryAdd(InstrumentId.Parse(option.Instrument), house[option.Instrument].TickUnits * 100);
        }

        var cache = new PerLotCache();
        var calculator = MarginCalculator.Create(house.Directory, marks, RequirementHouse.Now, cache).With(house.Directory, marks, RequirementHouse.Now, cache, CollateralPrices.None);
        var account = AccountOf(house, currency, held, marks);
        var requirement = calculator.RequirementOf(currency, account.Member, [.. MarginCalculator.HoldingsOf(account, house.Directory)], measured, previous);
        var inputs = new MarginInputs(1, RequirementHouse.Now, calculator.ScenarioVersion, calculator.ModelVersion, [.. marks.Select(m => new PricePoint(m.Key, m.Value))]) { BufferReleased = calculator.BufferReleased };
        var recorded = new MarginAssessed(1, calculator.CoverageOf(account, house.Directory, requirement.TotalMinor), requirement.Parts, RequirementHouse.Now);
        var call = MarginDecisions.DecideAssessment(new MarginState(), recorded, calculator.TermsOf(currency)).Issued;
        call.ShouldNotBeNull("the account has nothing to cover its requirement with");

        var derivation = new MarginDeriver(account, house.Directory, calculator, measured, previous, inputs, recorded).Derive(call);
        derivation.Checks.Where(c => !c.Holds).ShouldBeEmpty();
        derivation.Holdings.Sum(h => h.Lots).ShouldBe(held.Sum(h => h.Lots));
        return derivation;
    }

    private static AccountState AccountOf(RequirementHouse house, Currency currency, (string Instrument, string Client, long Lots)[] held, Dictionary<InstrumentId, long> marks) =>
        AccountState.Restore(new AccountSnapshot(
            AccountId.Parse("ALPHA.A"), RequirementHouse.Alpha, held.Any(h => h.Client.Length > 0) ? Segregation.ClientOmnibusGross : Segregation.House, currency, AccountStatus.Active, 0, 1, 1, 0, 0,
            [new CurrencyBalance(currency, 1_00, 0)],
            [
                .. held.Select(h => new PositionSnapshot(
                    new PositionKey(InstrumentId.Parse(h.Instrument), h.Client.Length > 0 ? ClientId.Parse(h.Client) : ClientId.None), house[h.Instrument].Currency, house[h.Instrument].Valuation, h.Lots,
                    marks[InstrumentId.Parse(h.Instrument)], default, default, 0, 0, 0)),
            ],
            [], [], []));
}
