using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Recovery;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default;

public sealed class DefaulterProperties
{
    [Fact]
    public void No_client_pays_for_another_and_every_unit_of_collateral_is_accounted_for() => RandomCases.Run(5000, random =>
    {
        AccountFigures[] figures = [.. RandomCases.Some(random).Select(id => new AccountFigures(
            AccountId.Parse(id),
            (Segregation)(1 + random.Next(4)),
            random.Next(30),
            random.Next(-40, 40),
            random.Next(-20, 20),
            random.Next(5),
            random.Next(-30, 30),
            random.Next(60)))];

        var loss = LossOfAccount.OfMember(figures);

        foreach (var a in loss.Accounts)
        {
            var f = figures.Single(x => x.Account == a.Account);
            a.Loss.ShouldBe(f.Unpaid + f.PaidOnPositions + f.HedgeCost + f.Costs - f.BidsReceived);
            (a.PaidByOwn + a.PaidByHouse + a.Uncovered).ShouldBe(Math.Max(0, a.Loss));
            a.Returned.ShouldBe(f.Collateral - a.PaidByOwn - a.SurplusUsed - Math.Min(0, a.Loss));
            a.PaidByOwn.ShouldBe(Math.Min(f.Collateral, Math.Max(0, a.Loss)));
            (a.PaidByHouse >= 0 && a.Uncovered >= 0 && a.SurplusUsed >= 0 && a.Returned >= 0).ShouldBeTrue();
            if (a.Segregation != Segregation.House)
            {
                a.SurplusUsed.ShouldBe(0);
            }
        }

        AccountLoss[] house = [.. loss.Accounts.Where(a => a.Segregation == Segregation.House)];
        AccountLoss[] clients = [.. loss.Accounts.Except(house)];
        loss.Accounts.Sum(a => a.PaidByHouse).ShouldBe(house.Sum(a => a.SurplusUsed));
        loss.Remaining.ShouldBe(loss.Accounts.Sum(a => a.Uncovered));
        loss.HouseMarginUsed.ShouldBe(house.Sum(a => a.PaidByOwn + a.SurplusUsed));
        loss.Loss.ShouldBe(loss.HouseMarginUsed + loss.Remaining);
        (loss.Remaining > 0 && house.Any(a => a.Returned > 0)).ShouldBeFalse();
        (house.Any(a => a.Uncovered > 0) && clients.Any(a => a.PaidByHouse > 0)).ShouldBeFalse();
        (figures.Sum(f => f.Collateral) - loss.Accounts.Sum(a => a.Loss)).ShouldBe(loss.Accounts.Sum(a => a.Returned - a.Uncovered));
        LossOfAccount.OfMember(RandomCases.Shuffled(random, figures)).Accounts.ShouldBe(loss.Accounts);
    });

    [Fact]
    public void Another_clients_collateral_changes_nothing_for_a_client() => RandomCases.Run(2000, random =>
    {
        AccountFigures[] figures = [.. RandomCases.Some(random).Select((id, i) => new AccountFigures(
            AccountId.Parse(id), i == 0 ? Segregation.House : Segregation.ClientIndividual, random.Next(30), 0, 0, 0, 0, random.Next(60)))];
        if (figures.Length < 2)
        {
            return;
        }

        // A client with a surplus that grows: nobody else is better or worse off.
        var richer = figures.ToArray();
        richer[1] = richer[1] with { Collateral = figures[1].Unpaid + 100 };
        var richest = figures.ToArray();
        richest[1] = richest[1] with { Collateral = figures[1].Unpaid + 1_000_000 };

        LossOfAccount.OfMember(richest).Accounts.Where(a => a.Account != figures[1].Account)
            .ShouldBe(LossOfAccount.OfMember(richer).Accounts.Where(a => a.Account != figures[1].Account));
    });

    [Fact]
    public void A_haircut_is_never_above_the_gains_nor_above_the_share_of_the_cycle() => RandomCases.Run(3000, random =>
    {
        var bps = random.Next(GainsHaircut.MaxBps + 1);
        AccountGain[] gains = [.. RandomCases.Some(random).Select(id => new AccountGain(AccountId.Parse(id), Signed(random), Signed(random)))];
        var missing = RandomCases.Amount(random);

        var result = Waterfall.Allocate(missing, [GainsHaircut.Layer(gains, bps)]);

        foreach (var (id, taken) in result.Layers[0].ByMember())
        {
            var gain = gains.Single(g => g.Account.Value == id);
            taken.ShouldBeInRange(0, Math.Max(0, gain.SinceDeclaration));
            ((Int128)taken * GainsHaircut.MaxBps).ShouldBeLessThanOrEqualTo((Int128)Math.Max(0, gain.ThisCycle) * bps);
        }

        (result.Layers[0].Used + result.Unallocated).ShouldBe(missing);
        Waterfall.Allocate(missing, [GainsHaircut.Layer(RandomCases.Shuffled(random, gains), bps)]).Layers[0].Shares.ShouldBe(result.Layers[0].Shares);
    });

    [Fact]
    public void A_tear_up_ends_the_unsold_lots_and_nobody_loses_more_than_it_holds() => RandomCases.Run(3000, random =>
    {
        HeldLots[] positions = [.. RandomCases.Some(random).SelectMany(id => Enumerable.Range(0, 1 + random.Next(3))
            .Select(i => new HeldLots(AccountId.Parse(id), i == 0 ? ClientId.None : Client($"X{i}"), random.Next(-10, 11))))];
        var sum = positions.Sum(p => p.Quantity);
        if (sum == 0)
        {
            return;
        }

        // The CCP's lots make the book matched.
        var unsold = -sum;
        var torn = TearUp.Assign(unsold, positions);

        torn.Sum(t => t.Quantity).ShouldBe(-unsold);
        foreach (var lots in torn)
        {
            var held = positions.Single(p => p.Account == lots.Account && p.Client == lots.Client).Quantity;
            Math.Sign(lots.Quantity).ShouldBe(Math.Sign(held));
            Math.Abs(lots.Quantity).ShouldBeInRange(1, Math.Abs(held));
            Math.Sign(held).ShouldBe(-Math.Sign(unsold));
        }

        TearUp.Assign(unsold, RandomCases.Shuffled(random, positions)).ShouldBe(torn);

        static ClientId Client(string text) => ClientId.TryParse(text, out var id) ? id : throw new FormatException(text);
    });

    private static long Signed(Random random) => random.Next(3) == 0 ? -RandomCases.Amount(random) : RandomCases.Amount(random);
}
