namespace ClearingActors.Engine;

/// <summary>What came of recomputing a journal's margin runs.</summary>
/// <param name="Runs">Runs that the journal holds.</param>
/// <param name="Assessments">Accounts recomputed, once for each run that assessed them.</param>
/// <param name="Different">Assessments that are recorded and recomputed otherwise, or only one of the two.</param>
/// <param name="FirstDifference">The first of them in words; empty if there is none.</param>
public sealed record RecomputedRuns(long Runs, long Assessments, long Different, string FirstDifference);
