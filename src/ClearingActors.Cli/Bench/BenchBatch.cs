namespace ClearingActors.Cli.Bench;

/// <summary>The trades of one message, by their numbers from 0: a run of them, or any ones that are sent again.</summary>
/// <param name="First">The run's first number.</param>
/// <param name="Count">The run's length; at least 1 unless <paramref name="Again"/> is set.</param>
/// <param name="Again">Numbers in any order; null for a run.</param>
internal readonly record struct BenchBatch(int First, int Count, int[]? Again = null);
