using ClearingActors.Engine.Simulation;

namespace ClearingActors.Simulation.Tests;

/// <summary>Houses in which members default: the same invariants, and that what a default is made of really happens in them.</summary>
public sealed class DefaultSimulationTests
{
    private const int FirstSeed = 17;
    private const int Houses = 16;
    private static readonly Lazy<IReadOnlyList<SimulationReport>> Lives = new(() => [.. Enumerable.Range(FirstSeed, Houses).Select(static seed => HouseSimulation.RunWithDefaults((ulong)seed))]);

    [Fact]
    public void Every_default_comes_to_its_end_whatever_goes_wrong() => Lives.Value.Sum(static r => r.Counts.GetValueOrDefault("defaults Closed")).ShouldBeGreaterThan(Houses / 2);

    [Theory]
    [InlineData("defaults triggered: Operator")]
    [InlineData("defaults triggered: MissedCall")]
    [InlineData("defaults triggered: MissedPayment")]
    [InlineData("defaults triggered while another is open")]
    [InlineData("defaults Lifted")]
    [InlineData("default requests refused on the record")]
    [InlineData("decided by two: Declare")]
    [InlineData("decided by two: TearUp")]
    [InlineData("decided by two: WriteOff")]
    [InlineData("seized accounts: Porting")]
    [InlineData("seized accounts: Ported")]
    [InlineData("porting offers taken back")]
    [InlineData("seized accounts: Unsold")]
    [InlineData("seized accounts: Settled")]
    [InlineData("auctions: SingleUnit")]
    [InlineData("auctions: PayAsBid")]
    [InlineData("auctions: Uniform")]
    [InlineData("bids sealed")]
    [InlineData("bids withdrawn")]
    [InlineData("bids refused")]
    [InlineData("lots sold")]
    [InlineData("lots unsold")]
    [InlineData("legs novated: Move")]
    [InlineData("legs novated: Award")]
    [InlineData("legs novated: Hedge")]
    [InlineData("legs novated: TearUp")]
    [InlineData("booked: BID")]
    [InlineData("booked: RESULT")]
    [InlineData("booked: EXCHANGE")]
    [InlineData("booked: COVER")]
    [InlineData("booked: SALE")]
    [InlineData("booked: RETURN")]
    [InlineData("layers used: defaulter_margin")]
    [InlineData("layers used: ccp_junior_capital")]
    [InlineData("losses beyond all layers")]
    [InlineData("recovery taken: ccp_remaining_equity")]
    [InlineData("recoveries recorded")]
    public void It_occurs(string what) => Lives.Value.Sum(report => report.Counts.GetValueOrDefault(what)).ShouldBePositive();

    [Fact]
    public void The_same_seed_is_the_same_default() => HouseSimulation.RunWithDefaults(FirstSeed).TraceHash.ShouldBe(Lives.Value[0].TraceHash);
}
