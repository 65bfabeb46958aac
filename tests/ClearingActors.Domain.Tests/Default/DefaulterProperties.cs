using ClearingActors.Domain.Default;
using ClearingActors.Domain.Default.Recovery;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests.Default;

public sealed class DefaulterProperties
{
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
