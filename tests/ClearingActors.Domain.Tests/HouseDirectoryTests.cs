using ClearingActors.Domain.House;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

public sealed class HouseDirectoryTests
{
    private readonly TestHouse _house = new();

    [Fact]
    public void Business_time_never_goes_back()
    {
        var before = new BusinessTimeAdvanced(TestHouse.Noon - 1);
        HouseDecisions.Refuse(_house.Directory, before).ShouldNotBeNull().ShouldContain($"{TestHouse.Noon}");
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(before));
        _house.Directory.BusinessTime.ShouldBe(TestHouse.Noon);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    [InlineData(2, 1)]
    public void A_cycle_opens_only_after_the_one_before_and_never_with_an_earlier_date(long cycle, int day) =>
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(new CycleOpened(cycle, new DateOnly(2026, 3, day))))
            .Message.ShouldContain("cannot follow cycle 1 of 2026-03-02");

    [Fact]
    public void An_intraday_cycle_opens_with_the_same_date()
    {
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        _house.Directory.CurrentCycle.ShouldBe(2);
    }

    [Fact]
    public void A_member_is_suspended_from_an_instant_and_reinstated()
    {
        HouseDecisions.Refuse(_house.Directory, new MemberReinstated(TestHouse.Alpha)).ShouldNotBeNull();
        _house.Directory.Apply(new MemberSuspended(TestHouse.Alpha, 77));
        _house.Directory.MemberStatusOf(TestHouse.Alpha).ShouldBe(MemberStatus.Suspended(77));
        HouseDecisions.Refuse(_house.Directory, new MemberSuspended(TestHouse.Alpha, 78)).ShouldNotBeNull().ShouldContain("Suspended");
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(new MemberSuspended(TestHouse.Alpha, 78)));
        _house.Directory.Apply(new MemberReinstated(TestHouse.Alpha));
        _house.Directory.MemberStatusOf(TestHouse.Alpha).ShouldBe(MemberStatus.Active);
    }

    [Fact]
    public void The_lanes_of_a_source_never_change()
    {
        var again = new TradeSourceDefined(TestHouse.Venue, 2);
        HouseDecisions.Refuse(_house.Directory, again).ShouldNotBeNull().ShouldContain("with 1 lanes, which never change");
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(again));
        HouseDecisions.Refuse(_house.Directory, new TradeSourceDefined(SourceId.Parse("X"), 257)).ShouldNotBeNull().ShouldContain("1 to 256");
        HouseDecisions.Refuse(_house.Directory, new TradeSourceDefined(SourceId.Parse("X"), 256)).ShouldBeNull();
    }

    [Fact]
    public void A_settlement_price_follows_its_cycle_once()
    {
        _house.Directory.Apply(new SettlementPriceSet(TestHouse.Future, 1, 400_000));
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(new SettlementPriceSet(TestHouse.Future, 1, 400_100)));
        Should.Throw<InvalidOperationException>(() => _house.Directory.Apply(new SettlementPriceSet(TestHouse.Future, 2, 400_100)));
    }

    [Fact]
    public void A_directory_restored_from_its_snapshot_is_the_same_and_lists_by_id()
    {
        _house.Directory.Apply(new MemberDefined(MemberId.Parse("AAA")));
        _house.Directory.Apply(new MemberSuspended(TestHouse.Beta, 5));
        _house.Directory.Apply(new HouseHalted());
        _house.Directory.Apply(new InstrumentHalted(TestHouse.Future));
        _house.Directory.Apply(new SettlementPriceSet(TestHouse.Future, 1, 7));
        var snapshot = _house.Directory.ToSnapshot();
        snapshot.Members.Select(m => m.Member.Value).ShouldBe(["AAA", "ALPHA", "BETA"]);
        Same.State(HouseDirectory.Restore(snapshot).ToSnapshot(), snapshot);
    }
}
