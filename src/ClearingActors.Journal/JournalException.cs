namespace ClearingActors.Journal;

/// <summary>The journal cannot be opened, read or written as asked. The message says what was found, what was expected and what to do.</summary>
public sealed class JournalException : Exception
{
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
