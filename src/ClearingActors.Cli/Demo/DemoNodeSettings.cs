namespace ClearingActors.Cli.Demo;

/// <summary>What a node must know to serve the demo.</summary>
/// <param name="DataFolder">Where its journal goes; it exists and is empty.</param>
/// <param name="FirstBusinessDate">The date of the first settlement cycle.</param>
/// <param name="Members">The ids of the members that will connect, each with a token of its own.</param>
/// <param name="MarkSources">The ids of the sources of marks that will connect, each with a token of its own.</param>
public sealed record DemoNodeSettings(string DataFolder, DateOnly FirstBusinessDate, IReadOnlyList<string> Members, IReadOnlyList<string> MarkSources);
