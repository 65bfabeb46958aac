using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;

namespace ClearingActors.Cli.Tests.Client;

/// <summary>Reports and answers as short as tests want them.</summary>
internal static class Reports
{
    internal static TradeReport Of(string id, long quantity = 1) => new()
    {
        Source = "M01",
        TradeId = id,
        Instrument = "SPX.FUT",
        Buyer = new Side { Account = "M01-HOUSE" },
        Seller = new Side { Account = "M02-HOUSE" },
        Quantity = quantity,
        Price = new Contracts.Common.V1.Decimal { Mantissa = 337025, Exponent = -2 },
        ExecutionTime = 1,
    };

    internal static TradeAnswer Novated(this TradeReport report) => report.Answer(TradeAnswer.Types.Status.Novated);

    internal static TradeAnswer Rejected(this TradeReport report, RejectReason reason)
    {
        var answer = report.Answer(TradeAnswer.Types.Status.Rejected);
        answer.Reason = reason;
        return answer;
    }

    internal static TradeAnswer Answer(this TradeReport report, TradeAnswer.Types.Status status) =>
        new()
        {
            Source = report.Source,
            TradeId = report.TradeId,
            Status = status,
            Action = report.Action == TradeReport.Types.Action.Cancel ? TradeAnswer.Types.Action.Cancel : TradeAnswer.Types.Action.Report,
        };

    internal static TradeReport Cancelled(this TradeReport report)
    {
        var cancel = report.Clone();
        cancel.Action = TradeReport.Types.Action.Cancel;
        return cancel;
    }

    internal static SubmitTradesResponse Response(params IEnumerable<TradeAnswer> answers)
    {
        var response = new SubmitTradesResponse();
        response.Answers.AddRange(answers);
        return response;
    }
}
