namespace ClearingActors.Audit.Rulebook;

/// <summary>A fact of the journal that breaks a rule.</summary>
/// <param name="Shard">From 0.</param>
/// <param name="Position">The first row that shows it.</param>
/// <param name="Rule">The rule's short name; it never changes.</param>
/// <param name="What">The values, in words.</param>
public sealed record RulebookFinding(int Shard, long Position, string Rule, string What)
{
    /// <inheritdoc/>
    public override string ToString() => $"shard {Shard}, turn {Position}: {Rule}: {What}";
}
