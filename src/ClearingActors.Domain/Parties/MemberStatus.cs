namespace ClearingActors.Domain.Parties;

/// <summary>Whether a member may take new trades (rulebook 4, 11.1). The numbers are journaled and never change.</summary>
public enum MemberStanding
{
    Unknown = 0,
    Active = 1,
    Suspended = 2,

    /// <summary>Declared in default: its accounts take no trades but the CCP's own, and nothing is paid out of them.</summary>
    Defaulted = 3,
}

/// <summary>A member's standing and, when suspended, since when.</summary>
/// <param name="Standing">Active or suspended.</param>
/// <param name="SuspendedAt">UTC ns of business time; 0 when active, the instant of the declaration when in default. Guaranteed trades executed before it are still novated.</param>
public readonly record struct MemberStatus(MemberStanding Standing, long SuspendedAt)
{
    public static MemberStatus Active => new(MemberStanding.Active, 0);

    public static MemberStatus Suspended(long businessTime) => new(MemberStanding.Suspended, businessTime);

    public static MemberStatus Defaulted(long businessTime) => new(MemberStanding.Defaulted, businessTime);
}
