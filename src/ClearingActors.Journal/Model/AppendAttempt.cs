namespace ClearingActors.Journal;

/// <summary>An append that has left a node and not yet been judged by the store. Holds its own copy of the rows.</summary>
public sealed class AppendAttempt
{
    internal AppendAttempt(ModelJournalStore store, long number, IReadOnlyList<JournalRow> rows)
    {
        Store = store;
        Number = number;
        Rows = rows;
    }

    /// <summary>The connection that it left by.</summary>
    public ModelJournalStore Store { get; }

    /// <summary>1, 2, 3, ... over all connections of the journal, in the order of <see cref="ModelJournalStore.BeginAppend"/>.</summary>
    public long Number { get; }

    /// <summary>The rows, as they were when the append left.</summary>
    public IReadOnlyList<JournalRow> Rows { get; }

    internal bool Completed { get; set; }
}
