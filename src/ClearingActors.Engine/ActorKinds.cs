namespace ClearingActors.Engine;

/// <summary>The kinds of actors, as the journal's actor_kind has them. A number is never used for another kind.</summary>
public static class ActorKinds
{
    /// <summary>What a shard knows of the house; each shard has one, addressed by the shard's number.</summary>
    public const int Directory = 1;

    /// <summary>The house's register of instruments, members and sources; one in the house, <see cref="House"/>.</summary>
    public const int Registry = 2;

    /// <summary>One lane of a trade source: <c>source/lane</c>.</summary>
    public const int TradeSource = 3;

    /// <summary>An account, by its id.</summary>
    public const int Account = 4;

    /// <summary>The market of an underlying, by its id.</summary>
    public const int Market = 5;

    /// <summary>The settlement cycles; one in the house, <see cref="House"/>.</summary>
    public const int Settlement = 6;

    /// <summary>The margin runs; one in the house, <see cref="House"/>.</summary>
    public const int Margin = 7;

    /// <summary>The stress runs and the default fund; one in the house, <see cref="House"/>.</summary>
    public const int Stress = 16;

    /// <summary>The default manager; one in the house, <see cref="House"/>.</summary>
    public const int Default = 17;

    /// <summary>The log of actions; one in the house, <see cref="House"/>.</summary>
    public const int Actions = 18;

    /// <summary>The id of actors of which the house has one.</summary>
    public const string House = "house";

    /// <summary>The kind's name, as the shard rule hashes it.</summary>
    public static string NameOf(int kind) => kind switch
    {
        Directory => "directory",
        Registry => "registry",
        TradeSource => "source",
        Account => "account",
        Market => "market",
        Settlement => "settlement",
        Margin => "margin",
        Stress => "stress",
        Default => "default",
        Actions => "actions",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no such kind of actor"),
    };

    /// <summary>The kind with this name, or 0.</summary>
    public static int Parse(string name) => name switch
    {
        "directory" => Directory,
        "registry" => Registry,
        "source" => TradeSource,
        "account" => Account,
        "market" => Market,
        "settlement" => Settlement,
        "margin" => Margin,
        "stress" => Stress,
        "default" => Default,
        "actions" => Actions,
        _ => 0,
    };
}
