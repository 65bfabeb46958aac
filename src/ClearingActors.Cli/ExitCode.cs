namespace ClearingActors.Cli;

/// <summary>What the process ends with.</summary>
public static class ExitCode
{
    /// <summary>Done, and every check passed.</summary>
    public const int Ok = 0;

    /// <summary>A check failed, or the command could not finish what it had begun.</summary>
    public const int Failed = 1;

    /// <summary>The command line or an input file is not usable; nothing was done.</summary>
    public const int BadInput = 2;
}
