namespace ClearingActors.Cli;

/// <summary>Writes a result to the file that an option names.</summary>
internal static class OutputFile
{
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public static void Write(FileInfo target, string text)
    {
        try
        {
            File.WriteAllText(target.FullName, text + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{target.FullName} cannot be written: {e.Message}", e);
        }
    }
}
