using ClearingActors.Grpc;

namespace ClearingActors.Client;

/// <summary>
/// A connection to a clearing house under one identity. It connects with the first call and again after a break. Thread-safe, as are the clients that it hands out.
/// Dispose it last: calls and streams that still run on it fail.
/// </summary>
public sealed class ClearingConnection : IDisposable
{
    private readonly GrpcChannel _channel;

    /// <param name="address"><c>http://host:port</c> without TLS, <c>https://host:port</c> with it.</param>
    /// <param name="options">Null for no token and the defaults.</param>
    /// <exception cref="ArgumentException">The address has another scheme, or the token holds other than printable ASCII.</exception>
    public ClearingConnection(Uri address, ClearingConnectionOptions? options = null)
    {
        Address = address;
        var transport = new GrpcChannelOptions();
        if (options?.Token is { } token)
        {
            transport.Metadata.Add("authorization", $"Bearer {token}");
        }

        options?.Transport?.Invoke(transport);
        _channel = new GrpcChannel(address, transport);
        Members = new MembersClient(_channel);
        Markets = new MarketsClient(_channel);
        Operations = new OperationsClient(_channel);
        Margin = new MarginClient(_channel);
        Collateral = new CollateralClient(_channel);
        Stress = new StressClient(_channel);
        Accounts = new AccountsClient(_channel);
        Defaults = new DefaultClient(_channel);
        Auctions = new AuctionsClient(_channel);
        Audit = new AuditClient(_channel);
        Actions = new ActionsClient(_channel);
        AuditRuns = new AuditRunClient(_channel);
        Cluster = new ClusterClient(_channel);
    }

    /// <summary>Where the clearing house is.</summary>
    public Uri Address { get; }

    /// <summary>For members and trading venues.</summary>
    public MembersClient Members { get; }

    /// <summary>For sources of prices.</summary>
    public MarketsClient Markets { get; }

    /// <summary>For operators of the clearing house.</summary>
    public OperationsClient Operations { get; }

    /// <summary>Margin, for members, operators and auditors.</summary>
    public MarginClient Margin { get; }

    /// <summary>Securities and coins as collateral, for operators.</summary>
    public CollateralClient Collateral { get; }

    /// <summary>The whole house and its accounts, for operators, risk managers, auditors and viewers.</summary>
    public AccountsClient Accounts { get; }

    /// <summary>Stress tests and the default fund, for operators and auditors; members see their contribution.</summary>
    public StressClient Stress { get; }

    /// <summary>Default management, for operators and auditors.</summary>
    public DefaultClient Defaults { get; }

    /// <summary>Auctions of a defaulter's positions and the porting of its clients, for members.</summary>
    public AuctionsClient Auctions { get; }

    /// <summary>The journal itself, for auditors.</summary>
    public AuditClient Audit { get; }

    /// <summary>What people hand in and approve, for operators and risk managers; auditors and viewers read.</summary>
    public ActionsClient Actions { get; }

    /// <summary>What the node does with its journal for auditors.</summary>
    public AuditRunClient AuditRuns { get; }

    /// <summary>The machinery behind the house.</summary>
    public ClusterClient Cluster { get; }

    /// <summary>Closes the connection; what still runs on it fails.</summary>
    public void Dispose() => _channel.Dispose();
}
