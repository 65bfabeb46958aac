using ClearingActors.Actors.Simulation;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Simulation;

/// <summary>What must hold of the 25 % buffer, by durable events alone. Every product group of the simulation's models has it.</summary>
/// <param name="shards">Shards of the journal.</param>
/// <param name="digits">Of the margin currency.</param>
internal sealed class BufferLedger(int shards, int digits)
{
    /// <summary>Parts are rounded one by one, and the first takes what that leaves.</summary>
    private const double Tolerance = 10.0;

    private readonly double _minorUnits = Math.Pow(10.0, digits);
    private readonly bool[] _released = new bool[shards];
    private readonly Dictionary<AccountId, IReadOnlyList<BufferedMargin>> _previous = [];
    private bool _releasedInRun;

    /// <summary>Runs begun while the buffer was released.</summary>
    internal long RunsReleased { get; private set; }

    /// <summary>Assessments in which a part of the buffer was used up.</summary>
    internal long UsedUp { get; private set; }

    internal void Decided(int shard, bool released)
    {
        Require(_released[shard] != released, "what is so already is not decided", $"shard {shard} has the buffer {(released ? "released" : "restored")} twice");
        _released[shard] = released;
    }

    internal void Started(int shard, MarginInputs inputs)
    {
        Require(inputs.BufferReleased == _released[shard], "a run goes by the decision", $"run {inputs.Run} has the buffer released: {inputs.BufferReleased}, shard {shard} has it {_released[shard]}");
        _releasedInRun = inputs.BufferReleased;
        RunsReleased += inputs.BufferReleased ? 1 : 0;
    }

    internal void Assessed(int shard, AccountId account, MarginAssessed e)
    {
        Require(_released[shard] == _releasedInRun, "a run goes by the decision", $"run {e.Run} has the buffer released: {_releasedInRun}, shard {shard} assessed with {_released[shard]}");
        double margin = PartOf(e, "model") + PartOf(e, "offsets");
        double buffer = PartOf(e, "buffer");
        var buffered = e.Buffered.Sum(b => b.Margin) * _minorUnits;
        Require(Math.Abs(margin + buffer - buffered) <= Tolerance, "margins with their buffer add up", $"account {account} in run {e.Run}: {margin} and {buffer} are not {buffered}");
        var previous = _previous.GetValueOrDefault(account, []);
        var whole = Math.Abs((4.0 * buffer) - margin) <= 4.0 * Tolerance;
        if (!_releasedInRun || e.Buffered.All(b => b.Margin < Before(previous, b)))
        {
            Require(whole, "a buffer that is held, or below what was before, is whole", $"account {account} in run {e.Run} has {buffer} on {margin}");
        }
        else if (e.Buffered.All(b => b.Margin > Before(previous, b)))
        {
            Require(Math.Abs(buffer) <= Tolerance, "no buffer is built while it is released", $"account {account} in run {e.Run} has {buffer} on {margin}");
        }

        Require(buffer >= -Tolerance && (whole || 4.0 * buffer <= margin), "a buffer is nothing to a quarter", $"account {account} in run {e.Run} has {buffer} on {margin}");
        UsedUp += whole ? 0 : 1;
        _previous[account] = e.Buffered;
    }

    /// <summary>What the account's last run found of sets that share a product group with this one.</summary>
    private static double Before(IReadOnlyList<BufferedMargin> previous, BufferedMargin now) =>
        previous.Where(b => b.Client == now.Client && b.Groups.Intersect(now.Groups).Any()).Sum(b => b.Margin);

    private static long PartOf(MarginAssessed e, string name) => e.Parts.Where(p => p.Name == name).Sum(p => p.AmountMinor);

    private static void Require(bool holds, string name, string what)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(name, what);
        }
    }
}
