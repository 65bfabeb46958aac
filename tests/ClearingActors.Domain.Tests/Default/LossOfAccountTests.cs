using ClearingActors.Domain.Default;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default;

public sealed class LossOfAccountTests
{
    [Fact]
    public void The_loss_of_an_account_is_everything_paid_for_it_less_the_bids() =>
        LossOfAccount.Of(new AccountFigures(AccountId.Parse("H"), Segregation.House, Unpaid: 100, PaidOnPositions: -20, HedgeCost: 30, Costs: 5, BidsReceived: 60, Collateral: 7)).ShouldBe(55);

    [Fact]
    public void Own_collateral_pays_first_then_the_house_surplus_and_client_surplus_goes_back()
    {
        var loss = LossOfAccount.OfMember([House("H", 100, 160), Client("C1", 50, 20), Client("C2", 10, 200), Client("C3", 90, 0)]);

        // 60 of the house surplus over shortfalls of 30 and 90.
        loss.Accounts.ShouldBe(
        [
            Result("C1", Segregation.ClientIndividual, 50, own: 20, house: 15, uncovered: 15, given: 0, returned: 0),
            Result("C2", Segregation.ClientIndividual, 10, own: 10, house: 0, uncovered: 0, given: 0, returned: 190),
            Result("C3", Segregation.ClientIndividual, 90, own: 0, house: 45, uncovered: 45, given: 0, returned: 0),
            Result("H", Segregation.House, 100, own: 100, house: 0, uncovered: 0, given: 60, returned: 0),
        ]);
        (loss.Loss, loss.HouseMargin, loss.HouseMarginUsed, loss.Remaining).ShouldBe((220, 160, 160, 60));
    }

    [Fact]
    public void House_accounts_help_each_other_before_clients()
    {
        var loss = LossOfAccount.OfMember([House("H1", 0, 50), House("H2", 45, 5), House("H3", -10, 0), Client("C", 40, 0)]);

        loss.Accounts.ShouldBe(
        [
            Result("C", Segregation.ClientIndividual, 40, own: 0, house: 20, uncovered: 20, given: 0, returned: 0),
            Result("H1", Segregation.House, 0, own: 0, house: 0, uncovered: 0, given: 50, returned: 0),
            Result("H2", Segregation.House, 45, own: 5, house: 40, uncovered: 0, given: 0, returned: 0),
            Result("H3", Segregation.House, -10, own: 0, house: 0, uncovered: 0, given: 10, returned: 0),
        ]);
        loss.Remaining.ShouldBe(20);
    }

    [Fact]
    public void A_gain_is_the_clients_and_no_house_surplus_is_used_without_need()
    {
        var loss = LossOfAccount.OfMember([House("H", 10, 30), Client("C", -25, 5)]);

        loss.Accounts[0].Returned.ShouldBe(30);
        loss.Accounts[1].Returned.ShouldBe(20);
        loss.Remaining.ShouldBe(0);
    }

    [Fact]
    public void The_waterfall_takes_the_loss_with_the_house_margin_or_what_remains_without()
    {
        var loss = LossOfAccount.OfMember([House("H", 100, 130), Client("C", 50, 10)]);

        var with = Waterfall.Allocate(loss.Loss, [WaterfallLayer.Of(LayerKind.DefaulterMargin.Id(), loss.HouseMargin)]);
        with.Layers[0].Used.ShouldBe(loss.HouseMarginUsed);
        with.Unallocated.ShouldBe(loss.Remaining);
    }

    [Fact]
    public void Figures_that_cannot_be_are_refused()
    {
        Refusal([House("H", 1, 1), House("H", 1, 1)]).ShouldContain("H is listed twice");
        Refusal([House("H", 1, -1)]).ShouldContain("collateral -1");
        Refusal([House("H", 1, 1) with { Unpaid = -1 }]).ShouldContain("-1 unpaid");
        Refusal([House("H", 1, 1) with { Costs = -2 }]).ShouldContain("costs -2");
        Refusal([House("H", 1, 1) with { Segregation = Segregation.DefaultFund }]).ShouldContain("a layer of its own");
        Should.Throw<OverflowException>(() => LossOfAccount.OfMember([House("H1", long.MaxValue, 0), House("H2", long.MaxValue, 0)]));
        Should.Throw<OverflowException>(() => LossOfAccount.Of(House("H", long.MaxValue, 0) with { Costs = 1 }));

        static string Refusal(AccountFigures[] figures) => Should.Throw<ArgumentException>(() => LossOfAccount.OfMember(figures)).Message;
    }

    private static AccountFigures House(string id, long loss, long collateral) => new(AccountId.Parse(id), Segregation.House, 0, loss, 0, 0, 0, collateral);

    private static AccountFigures Client(string id, long loss, long collateral) => House(id, loss, collateral) with { Segregation = Segregation.ClientIndividual };

    private static AccountLoss Result(string id, Segregation segregation, long loss, long own, long house, long uncovered, long given, long returned) =>
        new(AccountId.Parse(id), segregation, loss, own, house, uncovered, given, returned);
}
