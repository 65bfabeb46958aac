using System.Text.RegularExpressions;

namespace ClearingActors.Journal;

/// <summary>How a journal in PostgreSQL is used, beside what every journal has.</summary>
public sealed partial record PostgresSettings
{
    /// <summary>The schema that holds the tables: lower-case letters, digits and underscores, at most 63.</summary>
    public string Schema { get; init; } = "clearing";

    /// <summary>
    /// The time after which other nodes take over from one that is silent, 2 s or more. The server ends statements, waits for locks, idle transactions and dead connections in
    /// at most half of it, so that what a lost node has under way is over by then.
    /// </summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>True: hold a lock while the journal is open that refuses a second process that asks for it too. For a node that is meant to be the only one.</summary>
    public bool Exclusive { get; init; }

    /// <exception cref="JournalException">A value is out of its range.</exception>
    internal void Check()
    {
        if (!SchemaName().IsMatch(Schema))
        {
            throw new JournalException($"\"{Schema}\" cannot be the journal's schema: a name has 1 to 63 lower-case letters, digits and underscores and does not begin with a digit.");
        }

        if (Lease < TimeSpan.FromSeconds(2))
        {
            throw new JournalException($"A lease of {Lease.TotalSeconds} s is too short: the server counts keep-alives in seconds. Take 2 s or more.");
        }
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex SchemaName();
}
