namespace ClearingActors.Cli.Demo;

/// <summary>What an auditor makes of the demo's journal.</summary>
/// <param name="Rows">Rows whose hash and place were proved.</param>
/// <param name="Checkpoints">Signed checkpoints in order.</param>
/// <param name="Events">Events replayed by the rulebook.</param>
/// <param name="Findings">What is not in order.</param>
/// <param name="First">The first of it; empty if there is none.</param>
public sealed record DemoAudit(long Rows, long Checkpoints, long Events, long Findings, string First);
