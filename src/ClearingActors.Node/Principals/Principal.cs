using ClearingActors.Domain.Market;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Node.Principals;

/// <summary>Who calls, and what it may do. Immutable.</summary>
public sealed class Principal(string name, Roles roles, IEnumerable<SourceId> sources, IEnumerable<MemberId> members, IEnumerable<MarkSourceId> markSources)
{
    private readonly HashSet<SourceId> _sources = [.. sources];
    private readonly HashSet<MemberId> _members = [.. members];
    private readonly HashSet<MarkSourceId> _markSources = [.. markSources];

    /// <summary>What decisions record.</summary>
    public string Name { get; } = name;

    /// <summary>What kinds of caller it is.</summary>
    public Roles Roles { get; } = roles;

    /// <summary>True if it has any of these roles.</summary>
    public bool Is(Roles any) => (Roles & any) != 0;

    /// <summary>True if it may report trades under the source.</summary>
    public bool MayReport(SourceId source) => Is(Roles.Member | Roles.Venue) && _sources.Contains(source);

    /// <summary>True if it may read every account.</summary>
    public bool ReadsEveryAccount => Is(Roles.Readers);

    /// <summary>True if it may read the accounts of the member.</summary>
    public bool MayRead(MemberId member) => ReadsEveryAccount || (Is(Roles.Member) && _members.Contains(member));

    /// <summary>True if it may act for the accounts of the member.</summary>
    public bool MayAct(MemberId member) => Is(Roles.Operator) || (Is(Roles.Member) && _members.Contains(member));

    /// <summary>True if it may publish marks under the source.</summary>
    public bool MayPublish(MarkSourceId source) => Is(Roles.MarketData) && _markSources.Contains(source);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
