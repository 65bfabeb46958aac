namespace ClearingActors.Actors.Fabric;

/// <summary>
/// Which node owns a shard, and the way there: the door for one process, for several nodes on PostgreSQL, and for Akka.Cluster.Sharding.
/// </summary>
public interface IClusterFabric
{
    /// <summary>
    /// Hands packets on to the owners of their shards. Never blocks and never refuses; a packet for a shard that nobody owns just now may be dropped,
    /// since the channel sends it again.
    /// </summary>
    void Post(ReadOnlySpan<Packet> packets);

    /// <summary>A shard of this node was lost: its appends failed, or their outcome is unknown. The fabric decides who takes it next.</summary>
    void ShardLost(int shard, long epoch, ShardLoss reason);
}

/// <summary>Why a shard was dropped from memory.</summary>
public enum ShardLoss
{
    /// <summary>Another owner has it.</summary>
    Fenced,

    /// <summary>An append failed or its outcome is unknown; the same node may take it again.</summary>
    AppendFailed,

    /// <summary>A step left the state half changed; the same node takes it again and looks for the message that did it.</summary>
    StepFailed,
}
