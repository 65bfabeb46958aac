namespace ClearingActors.Audit;

/// <summary>Something in a journal that must not be.</summary>
/// <param name="Shard">Of the first bad row; -1 where it is of no shard, as a checkpoint.</param>
/// <param name="Position">Of the first bad row; of a checkpoint its number.</param>
/// <param name="Rule">Which rule is broken: a short name that stays.</param>
/// <param name="What">What was found, with values.</param>
public sealed record AuditFinding(int Shard, long Position, string Rule, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Rule}: {What}";

    /// <summary>Where it is, in words.</summary>
    public string Where => Shard >= 0 ? $"shard {Shard}, position {Position}" : Position > 0 ? $"checkpoint {Position}" : "the journal";
}

/// <summary>Findings in the order in which they were made: all are counted, the first are kept.</summary>
internal sealed class AuditFindings
{
    /// <summary>Findings kept, more than anyone reads: one forged amount can be found again at every settlement that follows.</summary>
    internal const int Kept = 1_000;

    private readonly List<AuditFinding> _kept = [];

    internal long Count { get; private set; }

    internal IReadOnlyList<AuditFinding> First => _kept;

    internal void Add(AuditFinding finding)
    {
        Count++;
        if (_kept.Count < Kept)
        {
            _kept.Add(finding);
        }
    }

    internal void Add(long shard, long position, string rule, string what) => Add(new AuditFinding((int)shard, position, rule, what));
}
