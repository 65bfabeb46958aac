using System.CommandLine;
using ClearingActors.Audit.Tests;
using ClearingActors.Cli.Commands;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Journal;

namespace ClearingActors.Cli.Tests.Audit;

/// <summary>A simulated house's journal as a file, made once for the tests that read it.</summary>
public sealed class SimulatedHouse : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clearing-audit-");

    public SimulatedHouse() => SimulatedJournal.Write(Journal, Seed);

    /// <summary>One with margin calls and defaults.</summary>
    private static ulong Seed => 7;

    /// <summary>The file.</summary>
    public string Journal => Path.Combine(_folder.FullName, "house.db");

    /// <summary>The first margin call in the journal, as ACCOUNT/NUMBER, and its run.</summary>
    internal (string Call, string Account, long Run) FirstCall()
    {
        using var journal = SqliteJournal.OpenReadOnly(Journal);
        return journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Turn.Parser.ParseFrom(r.Payload.Span).Steps)
            .SelectMany(s => s.Events.Where(e => e.MarginCallIssued is not null).Select(e => ($"{s.ActorKey}/{e.MarginCallIssued.Number}", s.ActorKey, e.MarginCallIssued.Run))).First();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A file beside it.</summary>
    internal string File(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Runs <c>clearing audit …</c> on the journal.</summary>
    internal Task<(int Code, string Output, string Error)> AuditAsync(string arguments) =>
        RunAsync([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--journal", Journal]);

    internal static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        var code = await CommandLineRunner.RunAsync(new RootCommand { AuditCommand.Create() }, ["audit", .. arguments], output, error, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
