using ClearingActors.Actors;
using ClearingActors.Actors.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Engine.Simulation;

/// <summary>The clearing house on a simulated cluster, all of it from one seed.</summary>
public static class HouseSimulation
{
    /// <summary>Steps with faults, when nothing else is said.</summary>
    public const long DefaultSteps = 12_000;

    /// <summary>The most steps without faults until everything must be at rest.</summary>
    public const long CalmSteps = 400_000;

    /// <summary>How much longer a house lives in which members default: it must be set up, trade, settle, and come through.</summary>
    private const int LongerWithDefaults = 4;

    /// <summary>Of a hundred houses, those in which members default.</summary>
    private const int DefaultsInHundred = 12;

    /// <summary>Of a hundred houses, those in which people hand actions in and approve them.</summary>
    private const int ActionsInHundred = 25;

    /// <summary>What people hand in is drawn apart, so that it does not shift what all else draws.</summary>
    private const ulong ActionsSalt = 0xAC6BB4;

    /// <summary>Runs one seed.</summary>
    /// <exception cref="SimulationFailedException">An invariant does not hold.</exception>
    public static SimulationReport Run(ulong seed, long steps = DefaultSteps) => Run(seed, steps, _ => { });

    /// <summary>As <see cref="Run(ulong, long)"/>, and hands over the journal that came of it.</summary>
    public static SimulationReport Run(ulong seed, long steps, Action<IJournalStore> keep) => Run(seed, steps, IsWithDefaults(seed), null, keep);

    /// <summary>As <see cref="Run(ulong, long)"/>, and tells somebody of all that becomes durable meanwhile.</summary>
    /// <param name="seed">As above.</param>
    /// <param name="steps">As above.</param>
    /// <param name="follow">Makes the one who is told, from the journal that is to be followed.</param>
    public static SimulationReport RunFollowed(ulong seed, long steps, Func<JournalIdentity, IJournalFollower> follow) => Run(seed, steps, IsWithDefaults(seed), follow, _ => { });

    /// <summary>As <see cref="Run(ulong, long)"/>, with a house in which members default.</summary>
    /// <exception cref="SimulationFailedException">An invariant does not hold.</exception>
    public static SimulationReport RunWithDefaults(ulong seed, long steps = DefaultSteps) => RunWithDefaults(seed, steps, _ => { });

    /// <summary>As <see cref="RunWithDefaults(ulong, long)"/>, and hands over the journal that came of it.</summary>
    public static SimulationReport RunWithDefaults(ulong seed, long steps, Action<IJournalStore> keep) => Run(seed, steps, true, null, keep);

    private static bool IsWithDefaults(ulong seed) => new SimulationRandom(~seed).Next(100) < DefaultsInHundred;

    private static SimulationReport Run(ulong seed, long steps, bool defaults, Func<JournalIdentity, IJournalFollower>? follow, Action<IJournalStore> keep)
    {
        var random = new SimulationRandom(seed);
        var options = SimulationOptions.Draw(random) with { FeatureLevel = ClearingEngine.FeatureLevel };
        var book = new AddressBook(options.Shards, ActorKinds.NameOf);
        var actions = new SimulationRandom(seed ^ ActionsSalt);
        var workload = new HouseWorkload(random.Fork(), book, defaults ? new SimulationRandom(~seed) : null, actions.Next(100) < ActionsInHundred ? actions : null);
        var cluster = new SimulatedCluster(random.Next(), options, book, workload);
        if (follow is not null)
        {
            cluster.Follow(follow);
        }

        try
        {
            cluster.Run(defaults ? steps * LongerWithDefaults : steps, CalmSteps);
        }
        catch (SimulationFailedException failed)
        {
            throw new SimulationFailedException(seed, failed.Step, failed.Invariant, failed.LastActions, failed);
        }

        using (var journal = cluster.OpenJournal())
        {
            keep(journal);
        }

        return new SimulationReport(seed, cluster.Trace.Step, cluster.Trace.Hash, cluster.Audit.Rows, cluster.Trace.Counts);
    }
}

/// <summary>What one seed did.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="Steps">The scheduler's steps, those to come to rest included.</param>
/// <param name="TraceHash">Over every action and every durable row: equal for equal runs.</param>
/// <param name="Rows">Durable turns.</param>
/// <param name="Counts">How often what occurred.</param>
public sealed record SimulationReport(ulong Seed, long Steps, ulong TraceHash, long Rows, IReadOnlyDictionary<string, long> Counts);
