namespace ClearingActors.Journal.Proofs;

/// <summary>No checkpoint can be made: the journal, the file outside or the key is not what it must be. The message says what to do.</summary>
public sealed class CheckpointException : Exception
{
    /// <param name="message">What was found, and the remedy.</param>
    /// <param name="inner">The cause.</param>
    public CheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
