namespace ClearingActors.Audit.Rulebook;

/// <summary>Takes findings down: counts all and keeps the first.</summary>
internal sealed class FindingList
{
    /// <summary>Findings kept; one forged amount can be found again at every settlement that follows.</summary>
    internal const int Kept = 1_000;

    private readonly List<RulebookFinding> _findings = [];

    /// <summary>All, the kept ones too.</summary>
    internal long Count { get; private set; }

    internal IReadOnlyList<RulebookFinding> First => _findings;

    internal void Add(int shard, long position, string rule, string what)
    {
        Count++;
        if (_findings.Count < Kept)
        {
            _findings.Add(new RulebookFinding(shard, position, rule, what));
        }
    }
}
