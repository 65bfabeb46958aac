namespace ClearingActors.Journal;

/// <summary>The journal cannot be opened, read or written as asked. The message says what was found, what was expected and what to do.</summary>
public sealed class JournalException : Exception
{
    /// <summary>True where the store did not tell, so that another attempt may go well; false where it did, and what it holds or refuses will not change by itself.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Creates the exception with a message for people.</summary>
    public JournalException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message for people and the store's own error.</summary>
    public JournalException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
