using ClearingActors.Journal;

namespace ClearingActors.Audit.Rulebook;

/// <summary>Where the audit stands: the row, and the step of it that is looked at. One object, used again for every step.</summary>
internal sealed class StepAt(AuditFindings findings)
{
    internal int Shard { get; private set; }

    internal long Position { get; private set; }

    internal ReadOnlyMemory<byte> Payload { get; private set; }

    internal long RecordedTime { get; private set; }

    /// <summary>The actor's kind.</summary>
    internal int Kind { get; set; }

    /// <summary>The actor's key.</summary>
    internal string Key { get; set; } = "";

    /// <summary>The key as it stands in the row.</summary>
    internal (int At, int Length) KeyBytes { get; set; }

    /// <summary>The shard whose message caused the step, plus one; 0 for a command or a timer.</summary>
    internal int CauseShard { get; set; }

    internal long CauseSequence { get; set; }

    /// <summary>Who gave the command that caused it; empty if none did.</summary>
    internal string Principal { get; set; } = "";

    /// <summary>The timer that caused it; empty if none.</summary>
    internal string Timer { get; set; } = "";

    internal void Begin(in JournalRow row)
    {
        (Shard, Position, Payload, RecordedTime) = (row.Shard, row.Position, row.Payload, row.RecordedTime);
        BeginStep();
    }

    internal void BeginStep()
    {
        Kind = 0;
        Key = "";
        KeyBytes = default;
        CauseShard = 0;
        CauseSequence = 0;
        Principal = "";
        Timer = "";
    }

    /// <summary>Takes down that the row breaks a rule.</summary>
    internal void Find(string rule, string what) => findings.Add(Shard, Position, rule, what);
}
