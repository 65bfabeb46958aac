using ClearingActors.Journal.Proofs;

namespace ClearingActors.Audit.Proofs;

/// <summary>What the audit of hashes and checkpoints went over.</summary>
internal sealed record HashReport
{
    /// <summary>Of a journal that cannot be read at all.</summary>
    internal static HashReport Nothing { get; } = new() { Rows = 0, Bytes = 0, Checkpoints = 0, LastCheckpoint = null, SignaturesChecked = false, RowsAfterLastCheckpoint = 0 };

    /// <summary>Rows read.</summary>
    internal required long Rows { get; init; }

    /// <summary>Bytes of their payloads.</summary>
    internal required long Bytes { get; init; }

    /// <summary>The number of the last checkpoint that is in order; 0 if there is none.</summary>
    internal required long Checkpoints { get; init; }

    /// <summary>That checkpoint.</summary>
    internal required Checkpoint? LastCheckpoint { get; init; }

    /// <summary>False if no key was given.</summary>
    internal required bool SignaturesChecked { get; init; }

    /// <summary>Rows that nothing signed covers yet.</summary>
    internal required long RowsAfterLastCheckpoint { get; init; }
}
