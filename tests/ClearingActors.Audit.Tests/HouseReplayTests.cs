using ClearingActors.Actors;
using ClearingActors.Domain.Novation;
using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Audit.Tests;

/// <summary>A house replayed in the order of time is the house that every shard's own log gives.</summary>
public sealed class HouseReplayTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    public void Replayed_together_the_shards_come_to_the_states_that_they_come_to_alone(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        var book = new AddressBook(journal.Identity.ShardCount, ActorKinds.NameOf);
        var alone = ShardReplay.Digests(journal, new EngineProgram(book, new MarkBoard(), TradeIdLimits.Default, new HouseCounters()), book);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        house.Turns.Digests().Select(Convert.ToHexString).ShouldBe(alone.Select(Convert.ToHexString));
        house.Turns.Replayed.ShouldBe(journal.ReadHeads().Sum(h => h.Position));
    });

    [Fact]
    public void At_every_cut_what_was_received_had_been_sent() => HouseSimulation.Run(3, HouseSimulation.DefaultSteps, journal =>
    {
        var heads = journal.ReadHeads();
        foreach (var head in heads.Where(h => h.Position > 10).Take(5))
        {
            var cut = JournalCut.AtTurn(journal, head.Shard, head.Position / 2);
            using var house = new HouseReplay(journal, cut);

            // A message consumed before it was sent would make the replay throw.
            house.Run(null, CancellationToken.None);
            cut.Positions[head.Shard].ShouldBe(head.Position / 2);
            house.Turns.Replayed.ShouldBe(cut.Positions.Sum());
        }
    });
}
