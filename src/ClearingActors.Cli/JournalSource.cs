using System.CommandLine;
using ClearingActors.Journal;

namespace ClearingActors.Cli;

/// <summary>Which journal a command reads: a file of SQLite, or a schema of PostgreSQL. A node may be writing it.</summary>
internal sealed class JournalSource
{
    private const string Postgres = "postgres";

    internal Option<string?> Journal { get; } = new("--journal") { Description = "A house's journal on SQLite. A node may be writing it.", HelpName = "FILE" };

    internal Option<string> Store { get; } =
        new Option<string>("--store") { Description = "sqlite, or postgres for a house's journal there.", DefaultValueFactory = _ => "sqlite" }.AcceptOnlyFromAmong("sqlite", Postgres);

    internal Option<string?> Connection { get; } = new("--connection") { Description = "PostgreSQL's connection string.", HelpName = "STRING" };

    internal Option<string> Schema { get; } = new("--schema") { Description = "PostgreSQL's schema with the journal.", DefaultValueFactory = _ => new PostgresSettings().Schema };

    /// <summary>True if a journal is named.</summary>
    internal bool IsNamed(ParseResult parsed) => parsed.GetValue(Journal) is not null || IsPostgres(parsed);

    /// <summary>What is wrong with how it is named, or null.</summary>
    internal string? Refuse(ParseResult parsed) => (IsPostgres(parsed), parsed.GetValue(Journal), parsed.GetValue(Connection)) switch
    {
        (true, not null, _) => "--journal names a file of SQLite and --store is postgres; give one of them",
        (true, null, null) => "--store postgres needs --connection",
        (false, _, not null) => "--connection is of --store postgres; name that too, or leave it out",
        _ => null,
    };

    /// <summary>The journal, for reading only.</summary>
    /// <exception cref="JournalException">There is none, or it cannot be read.</exception>
    internal IJournalStore Open(ParseResult parsed) => IsPostgres(parsed)
        ? PostgresJournal.OpenReadOnly(parsed.GetRequiredValue(Connection)!, parsed.GetRequiredValue(Schema))
        : SqliteJournal.OpenReadOnly(parsed.GetRequiredValue(Journal)!);

    private bool IsPostgres(ParseResult parsed) => parsed.GetValue(Store) == Postgres;
}
