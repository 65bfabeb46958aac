namespace ClearingActors.Cli;

/// <summary>A command cannot go on for a reason that its user can mend. The message names the value, the limit and the remedy.</summary>
public sealed class CommandException : Exception
{
    /// <param name="message">For people: the value, the limit and the remedy.</param>
    /// <param name="inner">What happened underneath, if anything.</param>
    public CommandException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
