using ClearingActors.Audit.Proofs;
using ClearingActors.Audit.Rulebook;
using ClearingActors.Journal;

namespace ClearingActors.Audit;

/// <summary>What came of verifying a journal.</summary>
internal sealed record VerifyReport
{
    /// <summary>The journal.</summary>
    internal required JournalIdentity Journal { get; init; }

    /// <summary>Hashes, checkpoints and signatures.</summary>
    internal required HashReport Hashes { get; init; }

    /// <summary>How long those took.</summary>
    internal required double HashSeconds { get; init; }

    /// <summary>The rulebook; null if only hashes were asked for.</summary>
    internal required RulebookReport? Rulebook { get; init; }

    /// <summary>How long that took.</summary>
    internal required double RulebookSeconds { get; init; }

    /// <summary>Trade receipts made again and held against the checkpoints; null if only hashes were asked for.</summary>
    internal required long? Receipts { get; init; }

    /// <summary>How long those took, beside the rulebook.</summary>
    internal required double ReceiptsSeconds { get; init; }

    /// <summary>What was found, all of it.</summary>
    internal required long FindingCount { get; init; }

    /// <summary>The first of what was found.</summary>
    internal required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>True if nothing was found.</summary>
    internal bool IsInOrder => FindingCount == 0 && Rulebook is not { Complete: false };
}
