namespace ClearingActors.Domain.Default;

/// <summary>What a member, or an account in recovery, has in a layer.</summary>
/// <param name="Member">Its id; any text, ordered by UTF-8 bytes.</param>
/// <param name="Amount">The most that is taken from it, minor units, 0 or more.</param>
/// <param name="Weight">What its share is measured by, 0 or more; 0 pays nothing.</param>
public readonly record struct LayerMember(string Member, long Amount, long Weight)
{
    /// <summary>The amount is the weight too.</summary>
    public LayerMember(string member, long amount)
        : this(member, amount, amount)
    {
    }
}

/// <summary>
/// A layer of the waterfall: one amount, or tiers of members, the worst first. A member may be in several tiers, since its slices of the fund take the tiers of the lots.
/// </summary>
public sealed class WaterfallLayer
{
    private WaterfallLayer(string id, Int128 available, IReadOnlyList<IReadOnlyList<LayerMember>> tiers)
    {
        if (string.IsNullOrEmpty(id))
        {
            throw new ArgumentException("a layer has no id; give one", nameof(id));
        }

        Id = id;
        Available = available;
        Tiers = tiers;
    }

    public string Id { get; }

    /// <summary>Minor units, 0 or more; may be beyond 64 bits.</summary>
    public Int128 Available { get; }

    /// <summary>Worst first, each by member id; none if the layer is one amount.</summary>
    public IReadOnlyList<IReadOnlyList<LayerMember>> Tiers { get; }

    /// <summary>A layer of one amount, minor units.</summary>
    /// <exception cref="ArgumentException">A negative amount, or no id.</exception>
    public static WaterfallLayer Of(string id, long amount) =>
        amount >= 0 ? new WaterfallLayer(id, amount, []) : throw new ArgumentException($"layer {id} has {amount}; 0 or more is needed", nameof(amount));

    /// <summary>A layer of members in one tier.</summary>
    /// <exception cref="ArgumentException">See <see cref="OfTiers"/>.</exception>
    public static WaterfallLayer OfMembers(string id, IEnumerable<LayerMember> members) => OfTiers(id, [members]);

    /// <summary>A layer of members in tiers, worst first; members in any order.</summary>
    /// <exception cref="ArgumentException">A negative amount or weight, a member twice in a tier, or an id missing.</exception>
    public static WaterfallLayer OfTiers(string id, IEnumerable<IEnumerable<LayerMember>> tiers)
    {
        LayerMember[][] ordered = [.. tiers.Select(t => CappedShares.Ordered(t, $"layer {id}"))];
        var available = Int128.Zero;
        foreach (var member in ordered.SelectMany(t => t).Where(m => m.Weight > 0))
        {
            available += member.Amount;
        }

        return new WaterfallLayer(id, available, ordered);
    }
}
