using ClearingActors.Node.Principals;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Settings;

/// <summary>What a node is told when it starts: <c>config/node.json</c>, or made in the program. Immutable; <see cref="NodeSettingsFile"/> reads files and holds them to the ranges that are told here.</summary>
public sealed record NodeSettings
{
    /// <summary>The currencies that accounts and instruments may have unless others are set, with the digits of their minor units.</summary>
    public static IReadOnlyDictionary<string, int> DefaultCurrencies { get; } = new SortedDictionary<string, int>(StringComparer.Ordinal)
    {
        ["AUD"] = 2,
        ["BRL"] = 2,
        ["BTC"] = 8,
        ["CAD"] = 2,
        ["CHF"] = 2,
        ["CNY"] = 2,
        ["CZK"] = 2,
        ["DKK"] = 2,
        ["ETH"] = 8,
        ["EUR"] = 2,
        ["GBP"] = 2,
        ["HKD"] = 2,
        ["HUF"] = 2,
        ["INR"] = 2,
        ["JPY"] = 0,
        ["KRW"] = 0,
        ["KWD"] = 3,
        ["MXN"] = 2,
        ["NOK"] = 2,
        ["NZD"] = 2,
        ["PLN"] = 2,
        ["SEK"] = 2,
        ["SGD"] = 2,
        ["USD"] = 2,
        ["ZAR"] = 2,
    };

    /// <summary>The node's name in the journal's heads and in logs; 1 to 64 characters of A-Z a-z 0-9 . _ -.</summary>
    public string Name { get; init; } = "node-1";

    /// <summary>The folder that relative paths of journal and log start from; made if it is not there.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Where gRPC is served.</summary>
    public ListenSettings Listen { get; init; } = new();

    /// <summary>Where facts are kept.</summary>
    public JournalSettings Journal { get; init; } = new();

    /// <summary>Threads that run shards, 1 to 256; 0 for half of the cores.</summary>
    public int Workers { get; init; }

    /// <summary>Bounds of what clients may ask for.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Who moves business time.</summary>
    public BusinessClockMode BusinessClock { get; init; } = BusinessClockMode.Wall;

    /// <summary>Seconds that an orderly stop may take before what is left is given up, 1 to 600; nothing durable is lost either way.</summary>
    public int StopSeconds { get; init; } = 30;

    /// <summary>Digits of the minor unit, 0 to 8, by currency code.</summary>
    public IReadOnlyDictionary<string, int> Currencies { get; init; } = DefaultCurrencies;

    /// <summary>Who may call; without any nobody can, but for health and reflection.</summary>
    public IReadOnlyList<PrincipalSettings> Principals { get; init; } = [];

    /// <summary>
    /// The file of the key that seals the bids of default auctions, relative to the data folder; made at the first start. Empty: beside the SQLite journal, as
    /// <c>&lt;journal&gt;.auction-key</c>; with PostgreSQL none, and bids are refused.
    /// </summary>
    public string AuctionKeyFile { get; init; } = "";

    /// <summary>How the journal's state is signed.</summary>
    public CheckpointSettings Checkpoints { get; init; } = new();

    /// <summary>The operators' page.</summary>
    public WebSettings Web { get; init; } = new();

    /// <summary>What is logged, and where to.</summary>
    public LoggingSettings Logging { get; init; } = new();

    /// <summary>Where the SQLite journal is.</summary>
    public string JournalPath => Path.GetFullPath(Journal.Path, Path.GetFullPath(DataDirectory));

    /// <summary>Where the key that signs checkpoints is.</summary>
    public string CheckpointKeyPath => OfJournal(Checkpoints.KeyFile, ".checkpoint-key");

    /// <summary>Where the file of checkpoints is.</summary>
    public string CheckpointFilePath => OfJournal(Checkpoints.File, ".checkpoints");

    /// <summary>Where the auction key is; null if there is none.</summary>
    public string? AuctionKeyPath => AuctionKeyFile.Length > 0 ? Path.GetFullPath(AuctionKeyFile, Path.GetFullPath(DataDirectory))
        : Journal.Store == JournalStoreKind.Sqlite ? JournalPath + ".auction-key" : null;

    private string OfJournal(string named, string suffix) => Path.GetFullPath(
        named.Length > 0 ? named : (Journal.Store == JournalStoreKind.Sqlite ? Journal.Path : Journal.Schema) + suffix, Path.GetFullPath(DataDirectory));
}

/// <summary>How the journal's state is signed, so that auditors can prove what it was.</summary>
public sealed record CheckpointSettings
{
    /// <summary>
    /// The file of the key that signs, relative to the data folder; made at the first start. Empty: the journal's path, or PostgreSQL's schema, with <c>.checkpoint-key</c>. All nodes
    /// on one journal have the same.
    /// </summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The file outside the database that every checkpoint is appended to. Empty: the journal's path, or PostgreSQL's schema, with <c>.checkpoints</c>. Best on another machine's disk.</summary>
    public string File { get; init; } = "";

    /// <summary>Seconds between two checkpoints while something is new, 1 to 3,600; 0 makes none.</summary>
    public int Seconds { get; init; } = 5;
}

/// <summary>Where gRPC is served, as HTTP/2 without TLS.</summary>
public sealed record ListenSettings
{
    /// <summary>An IP address of this machine; <c>0.0.0.0</c> or <c>::</c> for all.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>0 to 65,535; 0 for any that is free.</summary>
    public int Port { get; init; } = 50051;
}

/// <summary>Which store holds the journal.</summary>
public enum JournalStoreKind
{
    /// <summary>One file; nothing needs installing.</summary>
    Sqlite,

    /// <summary>A database of PostgreSQL, held by this node alone.</summary>
    Postgres,
}

/// <summary>Where facts are kept.</summary>
public sealed record JournalSettings
{
    /// <summary>Which store.</summary>
    public JournalStoreKind Store { get; init; } = JournalStoreKind.Sqlite;

    /// <summary>The SQLite file; relative to the data folder.</summary>
    public string Path { get; init; } = "clearing.journal";

    /// <summary>PostgreSQL's connection string, as Npgsql takes it.</summary>
    public string Connection { get; init; } = "";

    /// <summary>PostgreSQL's schema.</summary>
    public string Schema { get; init; } = "clearing";

    /// <summary>1 to 4,096; fixed when the journal is created.</summary>
    public int Shards { get; init; } = 16;

    /// <summary>The id that the journal must have; null for whichever is there.</summary>
    public Guid? ExpectedId { get; init; }
}

/// <summary>Bounds of what clients may ask for.</summary>
public sealed record LimitSettings
{
    /// <summary>Connections at once, 1 to 1,000,000.</summary>
    public int Connections { get; init; } = 10_000;

    /// <summary>Calls at once on one connection, 1 to 100,000.</summary>
    public int StreamsPerConnection { get; init; } = 1_000;

    /// <summary>Bytes of one request message, 1,024 to 256 MiB.</summary>
    public int MessageBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Trades in one message, 1 to 10,000.</summary>
    public int TradesPerMessage { get; init; } = 10_000;

    /// <summary>Trades of one stream that have no answer yet, 1 to 1,000,000; beyond it the stream is not read.</summary>
    public int TradesInFlight { get; init; } = 20_000;

    /// <summary>Seconds after which a trade without an answer is answered with UNAVAILABLE, 1 to 3,600; by the monotonic clock.</summary>
    public int AnswerSeconds { get; init; } = 30;

    /// <summary>MiB a second that all auditors together may read over gRPC, 1 to 100,000: so that clearing has the machine. A copy of the journal has no limit.</summary>
    public int AuditMiBPerSecond { get; init; } = 16;
}

/// <summary>Who moves business time.</summary>
public enum BusinessClockMode
{
    /// <summary>The node, once a second, to the machine's time.</summary>
    Wall,

    /// <summary>Operators, by AdvanceBusinessTime.</summary>
    Manual,
}

/// <summary>Somebody who may call.</summary>
public sealed record PrincipalSettings
{
    /// <summary>The secret of <c>authorization: Bearer ...</c>: 16 to 256 printable ASCII characters without spaces.</summary>
    public required string Token { get; init; }

    /// <summary>What decisions record, such as <c>operator:ops1</c>: 1 to 64 characters of A-Z a-z 0-9 . _ - :.</summary>
    public required string Name { get; init; }

    /// <summary>What kind of caller; at least one.</summary>
    public required Roles Roles { get; init; }

    /// <summary>Trade sources that it may report for.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Members whose accounts it may read.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Mark sources that it may publish for.</summary>
    public IReadOnlyList<string> MarkSources { get; init; } = [];
}

/// <summary>What is logged, and where to.</summary>
public sealed record LoggingSettings
{
    /// <summary>The least level that is logged. Debug follows each trade; it is for finding faults, not for production.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>True to log to standard error.</summary>
    public bool Console { get; init; } = true;

    /// <summary>A file to log to, a new one each day; relative to the data folder, empty for none.</summary>
    public string File { get; init; } = "log/node-.log";

    /// <summary>Files that are kept, 1 to 1,000.</summary>
    public int KeptFiles { get; init; } = 31;
}
