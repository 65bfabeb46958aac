using ClearingActors.Journal;

namespace ClearingActors.Actors.Simulation;

/// <summary>What runs on a simulated cluster: the program, those who use it, and what must hold.</summary>
public interface ISimulatedWorkload
{
    /// <summary>A program for a node that starts: nothing of an earlier life of the node is in it.</summary>
    IShardProgram CreateProgram();

    /// <summary>Called before the first step.</summary>
    void Attach(SimulatedCluster cluster);

    /// <summary>One action of one client.</summary>
    void Act();

    /// <summary>A row has become durable. Called in the order of becoming durable, once per row.</summary>
    void Durable(in JournalRow row);

    /// <summary>What must hold after every step; cheap.</summary>
    void CheckStep();

    /// <summary>True when every client has its answers and wants no more.</summary>
    bool IsContent { get; }

    /// <summary>What is still wanted, in words, for whoever looks into why nothing moves.</summary>
    string Wants { get; }

    /// <summary>From here on clients only finish what they began.</summary>
    void Finish();

    /// <summary>What must hold when nothing is in flight.</summary>
    void CheckQuiet();
}
