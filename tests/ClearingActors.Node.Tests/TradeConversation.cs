using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Tests;

/// <summary>A stream of SubmitTrades that asks and waits for the answers.</summary>
internal sealed class TradeConversation(GrpcChannel channel) : IDisposable
{
    private readonly GrpcDuplexCall<SubmitTradesRequest, SubmitTradesResponse> _call = channel.Duplex(Methods.SubmitTrades);

    internal GrpcDuplexCall<SubmitTradesRequest, SubmitTradesResponse> Call => _call;

    /// <summary>Sends trades in one message; their answers, in the order in which they came.</summary>
    internal async Task<List<TradeAnswer>> AskAsync(params IEnumerable<TradeReport> trades)
    {
        var request = new SubmitTradesRequest { Trades = { trades } };
        await _call.Requests.WriteAsync(request);
        return await AnswersAsync(request.Trades.Count);
    }

    internal async Task<TradeAnswer> AskOneAsync(TradeReport trade)
    {
        var answer = (await AskAsync(trade)).ShouldHaveSingleItem();
        answer.TradeId.ShouldBe(trade.TradeId);
        return answer;
    }

    internal async Task<List<TradeAnswer>> AnswersAsync(int count)
    {
        List<TradeAnswer> answers = [];
        while (answers.Count < count)
        {
            (await _call.Responses.MoveNextAsync().Within()).ShouldBeTrue($"the stream ended after {answers.Count} of {count} answers");
            answers.AddRange(_call.Responses.Current.Answers);
        }

        return answers;
    }

    internal async Task<RejectReason> RejectedAsync(TradeReport trade)
    {
        var answer = await AskOneAsync(trade);
        answer.Status.ShouldBe(TradeAnswer.Types.Status.Rejected);
        answer.Cycle.ShouldBe(0);
        return answer.Reason;
    }

    /// <summary>The status that the call ends with, answers or not.</summary>
    internal async Task<RpcException> EndAsync() => await Should.ThrowAsync<RpcException>(async () =>
    {
        while (await _call.Responses.MoveNextAsync().Within())
        {
        }
    });

    public void Dispose() => _call.Dispose();
}
