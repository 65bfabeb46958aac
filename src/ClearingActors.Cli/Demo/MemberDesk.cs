using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>A member's own connection and trade stream, and the first answer to each of its trades. One caller at a time.</summary>
public sealed class MemberDesk : IAsyncDisposable
{
    private readonly ClearingConnection _connection;
    private readonly TradeStream _trades;
    private readonly Dictionary<string, TradeAnswer> _firstAnswers = new(StringComparer.Ordinal);

    /// <param name="address">The clearing house.</param>
    /// <param name="token">The member's.</param>
    public MemberDesk(Uri address, string token)
    {
        _connection = new ClearingConnection(address, new ClearingConnectionOptions { Token = token });
        _trades = _connection.Members.OpenTradeStream(new TradeStreamOptions { MaxAttempts = 10 });
    }

    /// <summary>For what is no trade.</summary>
    public MembersClient Members => _connection.Members;

    /// <summary>What its accounts need and have.</summary>
    public MarginClient Margin => _connection.Margin;

    /// <summary>What it does when another member is in default.</summary>
    public AuctionsClient Auctions => _connection.Auctions;

    /// <summary>Reports trades and waits for all answers, in the order of the reports.</summary>
    public Task<IReadOnlyList<TradeAnswer>> ReportAsync(IReadOnlyList<PlannedTrade> trades, CancellationToken cancellationToken) =>
        _trades.SubmitBatchAsync([.. trades.Select(trade => trade.Report)], cancellationToken);

    /// <summary>Keeps the answer as its trade's first.</summary>
    public void KeepFirst(TradeAnswer answer) => _firstAnswers[answer.TradeId] = answer;

    /// <summary>True if the answer says what the trade's first one said.</summary>
    public bool IsFirstAnswer(TradeAnswer answer) =>
        _firstAnswers.TryGetValue(answer.TradeId, out var first)
        && (first.Status, first.Reason, first.Cycle, first.ClearingDate) == (answer.Status, answer.Reason, answer.Cycle, answer.ClearingDate);

    /// <summary>Ends the stream in order; no trade can be reported after that.</summary>
    public Task CloseAsync(CancellationToken cancellationToken) => _trades.CompleteAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _trades.DisposeAsync();
        _connection.Dispose();
    }
}
