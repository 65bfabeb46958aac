namespace ClearingActors.Node.Principals;

/// <summary>What kinds of caller a principal is.</summary>
[Flags]
public enum Roles
{
    /// <summary>None; never configured.</summary>
    None = 0,

    /// <summary>Runs the house: every call but members' own, and reads every account.</summary>
    Operator = 1,

    /// <summary>Reads every account and changes nothing.</summary>
    Auditor = 2,

    /// <summary>A clearing member: reports trades, reads its accounts, gives notices on its options.</summary>
    Member = 4,

    /// <summary>A trading venue: reports trades.</summary>
    Venue = 8,

    /// <summary>Publishes marks.</summary>
    MarketData = 16,

    /// <summary>Watches the house: reads what operators read, and changes nothing.</summary>
    Viewer = 32,

    /// <summary>Decides about marks, margin, stress and defaults, and reads every account.</summary>
    RiskManager = 64,

    /// <summary>Those who may read the whole house.</summary>
    Readers = Operator | Auditor | Viewer | RiskManager,
}

/// <summary>Roles as configuration names them.</summary>
internal static class RoleNames
{
    /// <summary>The names of all roles in a set, in a fixed order.</summary>
    internal static IEnumerable<string> Of(Roles roles) =>
        ((string[])["viewer", "operator", "riskmanager", "auditor", "member", "venue", "marketdata"]).Where(name => (Parse(name) & roles) != 0);

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
            "viewer" => Roles.Viewer,
            "riskmanager" => Roles.RiskManager,
            _ => Roles.None,
        };
        return role != Roles.None;
    }
}
