using System.IO.Compression;
using System.Text.Json;
using ClearingActors.Actors;
using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;

namespace ClearingActors.Simulation.Tests;

/// <summary>
/// One journal per released feature level, kept as it was written then. A later program must read from it the state that the program of that level had: whoever changes
/// the meaning of an event, or the content of a state, fails here.
/// </summary>
/// <remarks>
/// To release a level: raise <see cref="ClearingEngine.FeatureLevel"/>, run the explicit test below once with <c>CLEARING_GOLDEN_WRITE</c> naming the folder golden, and commit the two files it makes. Those
/// of a released level are never written again.
/// </remarks>
public sealed class GoldenJournalTests : IDisposable
{
    private const int Steps = 60_000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-golden-");

    /// <summary>Every level but one that is still being made.</summary>
    public static TheoryData<int> Levels() => [.. Enumerable.Range(1, ClearingEngine.FeatureLevel).Where(level => level < ClearingEngine.FeatureLevel || File.Exists(InOutput($"level-{level}.json")))];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task The_journal_of_a_released_level_still_gives_the_state_it_gave_then(int level)
    {
        var path = Path.Combine(_folder.FullName, "golden.journal");
        await using (var packed = new GZipStream(File.OpenRead(InOutput($"level-{level}.journal.gz")), CompressionMode.Decompress))
        await using (var file = File.Create(path))
        {
            await packed.CopyToAsync(file, TestContext.Current.CancellationToken);
        }

        var expected = JsonSerializer.Deserialize<Golden>(await File.ReadAllTextAsync(InOutput($"level-{level}.json"), TestContext.Current.CancellationToken))!;
        using (var journal = SqliteJournal.OpenReadOnly(path))
        {
            journal.Identity.FeatureLevel.ShouldBe(level);
            Events(journal).ShouldBe(expected.Events);
        }

        (await DigestsAsync(path, expected.Shards)).ShouldBe(expected.Digests);
    }

    [Fact(Explicit = true)]
    public async Task Write_the_journal_of_the_newest_level()
    {
        var level = ClearingEngine.FeatureLevel;
        var target = Environment.GetEnvironmentVariable("CLEARING_GOLDEN_WRITE");
        target.ShouldNotBeNullOrEmpty("CLEARING_GOLDEN_WRITE names the folder that the files go to");
        File.Exists(Path.Combine(target, $"level-{level}.json")).ShouldBeFalse($"level {level} is released; its journal is never written again");

        var made = new SortedSet<string>(StringComparer.Ordinal);
        for (ulong seed = 1; seed <= 5; seed++)
        {
            HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal => made.UnionWith(Events(journal)));
        }

        // Of a house in which members default: it lives longer, and some have all that others have.
        var (best, most) = (0UL, 0);
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var seen = 0;
            HouseSimulation.RunWithDefaults(seed, Steps, journal => seen = Events(journal) is var events && made.IsSubsetOf(events) ? events.Count : 0);
            (best, most) = seen > most ? (seed, seen) : (best, most);
        }

        most.ShouldBePositive("a golden journal holds every event that a run can make");
        var path = Path.Combine(_folder.FullName, "new.journal");
        var golden = new Golden(best, 0, 0, [], []);
        HouseSimulation.RunWithDefaults(best, Steps, journal => golden = Copy(journal, path, golden));
        File.Copy(path, path + ".kept");
        golden = golden with { Digests = await DigestsAsync(path, golden.Shards) };
        await using (var packed = new GZipStream(File.Create(Path.Combine(target, $"level-{level}.journal.gz")), CompressionLevel.SmallestSize))
        await using (var file = File.OpenRead(path + ".kept"))
        {
            await file.CopyToAsync(packed, TestContext.Current.CancellationToken);
        }

        await File.WriteAllTextAsync(Path.Combine(target, $"level-{level}.json"), JsonSerializer.Serialize(golden, Indented) + "\n", TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string InOutput(string name) => Path.Combine(AppContext.BaseDirectory, "golden", name);

    /// <summary>A real journal file of what the simulated one holds, row for row, under the same epochs.</summary>
    private static Golden Copy(IJournalStore from, string path, Golden golden)
    {
        var rows = 0;
        using (var to = SqliteJournal.Open(path, new JournalOpenOptions(from.Identity.ShardCount, ClearingEngine.FeatureLevel)))
        {
            foreach (var head in from.ReadHeads())
            {
                var epoch = 0L;
                foreach (var row in from.ReadShard(head.Shard, 0, head.Position))
                {
                    while (epoch < row.Epoch)
                    {
                        epoch = to.TakeOver(head.Shard, "golden").Epoch;
                    }

                    to.Append([row]).AllAppended.ShouldBeTrue();
                    rows++;
                }
            }
        }

        return golden with { Shards = from.Identity.ShardCount, Rows = rows, Events = Events(from) };
    }

    private static async Task<List<string>> DigestsAsync(string path, int shards)
    {
        using var journal = SqliteJournal.Open(path, new JournalOpenOptions(shards, ClearingEngine.FeatureLevel));
        var options = new EngineOptions { Runtime = new RuntimeOptions { UseSnapshots = false, Workers = 2 } };
        using var engine = new ClearingEngine(journal, options, TimeProvider.System, new AlarmingObserver(), "golden");
        engine.Start();
        await engine.QuiesceAsync();
        return [.. (await engine.Runtime.DigestAsync()).Select(Convert.ToHexString)];
    }

    private static List<string> Events(IJournalStore journal)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var head in journal.ReadHeads())
        {
            foreach (var row in journal.ReadShard(head.Shard, 0, head.Position))
            {
                names.UnionWith(Contracts.Journal.V1.Turn.Parser.ParseFrom(row.Payload.Span).Steps.SelectMany(step => step.Events).Select(e => e.EventCase.ToString()));
            }
        }

        return [.. names];
    }

    private sealed record Golden(ulong Seed, int Shards, int Rows, IReadOnlyList<string> Events, IReadOnlyList<string> Digests);

    /// <summary>A replay of good rows raises no alarm.</summary>
    private sealed class AlarmingObserver : IRuntimeObserver
    {
        public void ActorQuarantined(ActorAddress actor, Exception? error, string reason) => throw new InvalidOperationException($"{actor} was set aside: {reason}", error);

        public void CommandFailed(ActorAddress actor, string command, Exception error) => throw new InvalidOperationException($"{command} failed", error);

        public void ShardLost(int shard, long epoch, Actors.Fabric.ShardLoss reason, Exception? error) => throw new InvalidOperationException($"shard {shard} was lost: {reason}", error);

        public void ShardLoaded(int shard, long epoch, long position, long replayedEvents, bool fromSnapshot)
        {
        }

        public void SnapshotRefused(int shard, long position, string reason) => throw new InvalidOperationException($"snapshot of shard {shard}: {reason}");

        public void AppendFailed(AppendStatus status, int rows, Exception? error) => throw new InvalidOperationException($"an append ended with {status}", error);

        public void DiskFull(bool full)
        {
        }

        public void TurnDurable(int shard, long position, long recordedTime, ReadOnlyMemory<byte> payload, int events)
        {
        }
    }
}
