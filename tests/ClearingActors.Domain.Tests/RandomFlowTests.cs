using ClearingActors.Domain.Parties;
using FsCheck;
using FsCheck.Fluent;

namespace ClearingActors.Domain.Tests;

/// <summary>A failing case prints its seed; <c>new RandomHouse(seed)</c> reproduces it.</summary>
public sealed class RandomFlowTests
{
    private const int Steps = 300;

    [Fact]
    public void Whatever_happens_the_book_is_matched_cash_is_conserved_and_variation_margin_sums_to_zero()
    {
        int novated = 0, refused = 0, cancelled = 0;
        long settled = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(50), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var house = Run(seed);
            novated += house.Novated;
            refused += house.Refused;
            cancelled += house.Cancelled;
            settled += house.Settled;
        }));

        // A flow that never reaches a branch proves nothing about it.
        novated.ShouldBeGreaterThan(500);
        refused.ShouldBeGreaterThan(200);
        cancelled.ShouldBeGreaterThan(50);
        settled.ShouldBeGreaterThan(90);
    }

    [Fact]
    public void Replaying_the_events_onto_fresh_accounts_gives_the_same_state() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var house = Run(seed, finish: false);
            var replayed = house.All.ToDictionary(a => a.Id, a => new AccountState(a.Id));
            foreach (var (account, apply) in house.Events)
            {
                apply(replayed[account]);
            }

            foreach (var account in house.All)
            {
                Same.State(replayed[account.Id].ToSnapshot(), account.ToSnapshot());
            }
        }));

    [Fact]
    public void An_account_restored_at_any_point_goes_on_as_if_nothing_had_happened() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<ushort>(), (seed, cut) =>
        {
            var house = Run(seed, finish: false);
            var replayed = house.All.ToDictionary(a => a.Id, a => new AccountState(a.Id));
            for (var i = 0; i < house.Events.Count; i++)
            {
                if (i == cut % house.Events.Count)
                {
                    // Beside those that the live accounts have under the same numbers.
                    replayed = replayed.ToDictionary(a => a.Key, a => AccountState.Restore(a.Value.ToSnapshot(), house.Reservations));
                }

                house.Events[i].Apply(replayed[house.Events[i].Account]);
            }

            foreach (var account in house.All)
            {
                Same.State(replayed[account.Id].ToSnapshot(), account.ToSnapshot());
            }
        }));

    private static RandomHouse Run(int seed, bool finish = true)
    {
        var house = new RandomHouse(seed);
        for (var i = 0; i < Steps; i++)
        {
            house.Step();
        }

        if (finish)
        {
            house.Finish();
        }

        return house;
    }
}
