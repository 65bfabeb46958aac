namespace ClearingActors.Node.Principals;

/// <summary>What kinds of caller a principal is.</summary>
[Flags]
public enum Roles
{
    /// <summary>None; never configured.</summary>
    None = 0,

    /// <summary>Runs the house: every call of OperationsService, and reads every account.</summary>
    Operator = 1,

    /// <summary>Reads every account and changes nothing.</summary>
    Auditor = 2,

    /// <summary>A clearing member: reports trades, reads its accounts, gives notices on its options.</summary>
    Member = 4,

    /// <summary>A trading venue: reports trades.</summary>
    Venue = 8,

    /// <summary>Publishes marks.</summary>
    MarketData = 16,
}

/// <summary>Roles as configuration names them.</summary>
internal static class RoleNames
{
    internal static Roles Parse(string text) => TryParse(text, out var role) ? role : throw new FormatException($"\"{text}\" is no role");

    internal static bool TryParse(string text, out Roles role)
    {
        role = text switch
        {
            "operator" => Roles.Operator,
            "auditor" => Roles.Auditor,
            "member" => Roles.Member,
            "venue" => Roles.Venue,
            "marketdata" => Roles.MarketData,
            _ => Roles.None,
        };
        return role != Roles.None;
    }
}
