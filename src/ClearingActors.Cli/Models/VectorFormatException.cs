namespace ClearingActors.Cli.Models;

/// <summary>A vector file that cannot be used. The message names the file, the path in it and what is wrong.</summary>
public sealed class VectorFormatException : Exception
{
    /// <param name="path">The file and the path in it, such as <c>tiers.json: cases[2].notional</c>.</param>
    /// <param name="problem">What is wrong and what would be right.</param>
    /// <param name="inner">What happened underneath, if anything.</param>
    public VectorFormatException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner)
    {
    }
}
