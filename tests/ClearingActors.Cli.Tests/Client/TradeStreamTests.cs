using System.Collections.Concurrent;
using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;
using static ClearingActors.Cli.Tests.Client.Reports;
using AnswerStatus = ClearingActors.Contracts.Members.V1.TradeAnswer.Types.Status;

namespace ClearingActors.Cli.Tests.Client;

public sealed class TradeStreamTests
{
    private static readonly ReconnectBackoff Soon = new() { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(5) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Answers_in_any_order_reach_the_reports_they_belong_to()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            var reports = await TakeAsync(reader, 3);
            await writer.WriteAsync(Response(reports[2].Novated()));
            await writer.WriteAsync(Response(reports[1].Rejected(RejectReason.OffTick), reports[0].Novated()));
            (await reader.MoveNextAsync()).ShouldBeFalse();
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        var answers = await stream.SubmitBatchAsync([Of("a"), Of("b"), Of("c")]).WaitAsync(Patience);

        answers.Select(a => a.TradeId).ShouldBe(["a", "b", "c"]);
        answers.Select(a => a.Status).ShouldBe([AnswerStatus.Novated, AnswerStatus.Rejected, AnswerStatus.Novated]);
        answers[1].Reason.ShouldBe(RejectReason.OffTick);
        await stream.CompleteAsync().WaitAsync(Patience);
        stream.Reconnects.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_break_everything_unanswered_is_sent_again_in_order_and_nothing_that_was_answered(bool cutConnection)
    {
        var second = new TaskCompletionSource<string[]>();
        await using var server = await ScriptedServer.OfTradesAsync(async (call, reader, writer, context) =>
        {
            if (call == 1)
            {
                var reports = await TakeAsync(reader, 5);
                await writer.WriteAsync(Response(reports[1].Novated(), reports[3].Novated()));

                // So that the client has both answers: it sends these two only when it does.
                await TakeAsync(reader, 2);
                if (cutConnection)
                {
                    context.HttpContext.Abort();
                }

                throw new RpcException(StatusCode.Unavailable, "moving house");
            }

            var again = await TakeAsync(reader, 5);
            second.TrySetResult([.. again.Select(r => r.TradeId)]);
            await writer.WriteAsync(Response(again.Select(r => r.Novated())));
            await reader.MoveNextAsync();
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { Reconnect = Soon, MaxInFlight = 5 });

        // Room for five: the sixth and seventh go when two are answered.
        var answers = await stream.SubmitBatchAsync([.. Enumerable.Range(1, 7).Select(i => Of($"t{i}"))]).WaitAsync(Patience);

        (await second.Task).ShouldBe(["t1", "t3", "t5", "t6", "t7"]);
        answers.ShouldAllBe(a => a.Status == AnswerStatus.Novated);
        stream.Reconnects.ShouldBe(1);
        stream.InFlight.ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_is_not_there_yet_is_waited_for()
    {
        Uri address;
        await using (var gone = await ScriptedServer.OfTradesAsync((_, _, _, _) => default))
        {
            address = gone.Address;
        }

        var attempts = new TaskCompletionSource();
        using var connection = new ClearingConnection(address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions
        {
            Reconnect = Soon,
            MaxAttempts = 3,
            OnReconnect = (_, _) => attempts.TrySetResult(),
        });

        var refused = await Should.ThrowAsync<RpcException>(stream.SubmitAsync(Of("a")).WaitAsync(Patience));

        refused.StatusCode.ShouldBe(StatusCode.Unavailable);
        refused.Status.Detail.ShouldContain("3 attempts");
        attempts.Task.IsCompleted.ShouldBeTrue();
    }

    [Theory]
    [InlineData(AnswerStatus.Unavailable)]
    [InlineData(AnswerStatus.ResourceExhausted)]
    public async Task A_report_without_outcome_or_room_is_sent_again_until_it_has_a_real_answer(AnswerStatus later)
    {
        var seen = 0;
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    await writer.WriteAsync(Response(report.Answer(Interlocked.Increment(ref seen) < 4 ? later : AnswerStatus.Novated)));
                }
            }
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { Retry = Soon });

        var answer = await stream.SubmitAsync(Of("a")).WaitAsync(Patience);

        answer.Status.ShouldBe(AnswerStatus.Novated);
        seen.ShouldBe(4);
        stream.Reconnects.ShouldBe(0);
    }

    [Fact]
    public async Task Of_one_trade_id_the_next_report_leaves_when_the_one_before_is_answered()
    {
        var log = new ConcurrentQueue<string>();
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            // Nothing is answered before both ids are here: the two behind the first must not have come by then.
            var early = await TakeAsync(reader, 2);
            early.ForEach(report => log.Enqueue($"{report.TradeId} {report.Quantity}"));
            await writer.WriteAsync(Response(early.Select(report => report.Novated())));
            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    log.Enqueue($"{report.TradeId} {report.Quantity}");
                    await writer.WriteAsync(Response(report.Quantity == 1 ? report.Novated() : report.Rejected(RejectReason.Conflict)));
                }
            }
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        var same = stream.SubmitBatchAsync([Of("same", 1), Of("same", 2), Of("same", 1), Of("other")]);
        var answers = await same.WaitAsync(Patience);

        answers.Select(a => (a.Status, a.Reason)).ShouldBe([
            (AnswerStatus.Novated, RejectReason.Unspecified),
            (AnswerStatus.Rejected, RejectReason.Conflict),
            (AnswerStatus.Novated, RejectReason.Unspecified),
            (AnswerStatus.Novated, RejectReason.Unspecified)]);
        log.ShouldBe(["same 1", "other 1", "same 2", "same 1"]);
    }

    [Fact]
    public async Task A_report_and_a_cancel_of_one_trade_id_are_under_way_at_once()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            // Nothing is answered before both are here, and then the later one first.
            var both = await TakeAsync(reader, 2);
            await writer.WriteAsync(Response(both[1].Answer(AnswerStatus.Cancelled), both[0].Novated()));
            await reader.MoveNextAsync();
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        var answers = await stream.SubmitBatchAsync([Of("same"), Of("same").Cancelled()]).WaitAsync(Patience);

        answers.Select(a => a.Status).ShouldBe([AnswerStatus.Novated, AnswerStatus.Cancelled]);
        stream.UnmatchedAnswers.ShouldBe(0);
    }

    [Fact]
    public async Task A_cancel_that_overtook_its_report_is_sent_again_until_the_report_is_answered()
    {
        var cancels = 0;
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            var both = await TakeAsync(reader, 2);
            await writer.WriteAsync(Response(both[0].Answer(AnswerStatus.ResourceExhausted), both[1].Rejected(RejectReason.NotCancellable)));
            var known = false;
            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    var isCancel = report.Action == TradeReport.Types.Action.Cancel;
                    if (!isCancel && cancels == 0)
                    {
                        // Not before the cancel has come again without it.
                        await writer.WriteAsync(Response(report.Answer(AnswerStatus.ResourceExhausted)));
                        continue;
                    }

                    cancels += isCancel ? 1 : 0;
                    known |= !isCancel;
                    await writer.WriteAsync(Response(!isCancel ? report.Novated() : known ? report.Answer(AnswerStatus.Cancelled) : report.Rejected(RejectReason.NotCancellable)));
                }
            }
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { Retry = Soon });

        var answers = await stream.SubmitBatchAsync([Of("same"), Of("same").Cancelled()]).WaitAsync(Patience);

        answers.Select(a => a.Status).ShouldBe([AnswerStatus.Novated, AnswerStatus.Cancelled]);
        cancels.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_cancel_submitted_before_the_report_keeps_its_rejection()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            var both = await TakeAsync(reader, 2);
            await writer.WriteAsync(Response(both[0].Rejected(RejectReason.NotCancellable)));
            await writer.WriteAsync(Response(both[1].Novated()));
            await reader.MoveNextAsync();
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        var answers = await stream.SubmitBatchAsync([Of("same").Cancelled(), Of("same")]).WaitAsync(Patience);

        answers.Select(a => (a.Status, a.Reason)).ShouldBe([(AnswerStatus.Rejected, RejectReason.NotCancellable), (AnswerStatus.Novated, RejectReason.Unspecified)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_without_an_action_is_taken_where_it_can_only_be_to_one(bool both)
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            var reports = await TakeAsync(reader, both ? 2 : 1);
            var answer = reports[^1].Answer(AnswerStatus.Cancelled);
            answer.Action = TradeAnswer.Types.Action.Unspecified;
            await writer.WriteAsync(Response(answer));
            await reader.MoveNextAsync();
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        if (both)
        {
            var refused = await Should.ThrowAsync<InvalidOperationException>(stream.SubmitBatchAsync([Of("same"), Of("same").Cancelled()]).WaitAsync(Patience));
            refused.Message.ShouldContain("older than TradeAnswer.action");
        }
        else
        {
            (await stream.SubmitAsync(Of("same").Cancelled()).WaitAsync(Patience)).Status.ShouldBe(AnswerStatus.Cancelled);
        }
    }

    [Fact]
    public async Task A_second_answer_is_counted_and_passed_over()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    await writer.WriteAsync(Response(report.Novated(), report.Rejected(RejectReason.Malformed)));
                }
            }
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        (await stream.SubmitAsync(Of("a")).WaitAsync(Patience)).Status.ShouldBe(AnswerStatus.Novated);
        (await stream.SubmitAsync(Of("b")).WaitAsync(Patience)).Status.ShouldBe(AnswerStatus.Novated);
        await stream.CompleteAsync().WaitAsync(Patience);

        stream.UnmatchedAnswers.ShouldBe(2);
    }

    [Fact]
    public async Task A_submission_beyond_the_bound_waits_for_an_answer()
    {
        var allowed = new SemaphoreSlim(0);
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    await allowed.WaitAsync();
                    await writer.WriteAsync(Response(report.Novated()));
                }
            }
        });
        var answers = new ConcurrentQueue<string>();
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { MaxInFlight = 2, OnAnswer = a => answers.Enqueue(a.TradeId) });

        await stream.PostAsync(Of("a"));
        await stream.PostAsync(Of("b"));
        var third = stream.PostAsync(Of("c")).AsTask();
        third.IsCompleted.ShouldBeFalse();
        stream.InFlight.ShouldBe(2);

        allowed.Release();
        await third.WaitAsync(Patience);
        stream.InFlight.ShouldBe(2);
        allowed.Release(2);
        await stream.CompleteAsync().WaitAsync(Patience);
        answers.ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Every_report_gets_one_answer_over_a_connection_that_keeps_breaking()
    {
        const int Count = 20_000;
        var random = new Random(7);
        var outcomes = new ConcurrentDictionary<string, int>();
        await using var server = await ScriptedServer.OfTradesAsync(async (call, reader, writer, context) =>
        {
            // Answers lost with the connection were given all the same, as a clearing house's are.
            int left;
            lock (random)
            {
                left = call < 30 ? random.Next(1, 1500) : int.MaxValue;
            }

            await foreach (var request in reader.ReadAllAsync())
            {
                foreach (var report in request.Trades)
                {
                    outcomes.AddOrUpdate(report.TradeId, 1, (_, n) => n + 1);
                    await writer.BufferAsync(Response(report.Novated()));
                    if (--left == 0)
                    {
                        if (call % 2 == 0)
                        {
                            await writer.FlushAsync();
                        }

                        context.HttpContext.Abort();
                        return;
                    }
                }

                await writer.FlushAsync();
            }
        });
        var answered = new ConcurrentDictionary<string, int>();
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions
        {
            Reconnect = Soon,
            MaxInFlight = 1000,
            OnAnswer = a => answered.AddOrUpdate(a.TradeId, 1, (_, n) => n + 1),
        });

        for (var i = 0; i < Count; i++)
        {
            await stream.PostAsync(Of($"t{i}")).AsTask().WaitAsync(Patience);
        }

        await stream.CompleteAsync().WaitAsync(Patience);
        answered.Count.ShouldBe(Count);
        answered.Values.ShouldAllBe(n => n == 1);
        stream.Reconnects.ShouldBeGreaterThan(10);
        outcomes.Values.Max().ShouldBeGreaterThan(1, "no report was sent twice, so this run proved nothing");
    }

    [Fact]
    public async Task Reports_that_wait_leave_together()
    {
        var messages = new ConcurrentQueue<int>();
        var open = new TaskCompletionSource();
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await open.Task;
            await foreach (var request in reader.ReadAllAsync())
            {
                messages.Enqueue(request.Trades.Count);
                await writer.WriteAsync(Response(request.Trades.Select(r => r.Novated())));
            }
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { MaxReportsPerMessage = 100 });

        var all = stream.SubmitBatchAsync([.. Enumerable.Range(0, 4000).Select(i => Of($"t{i}"))]);
        open.SetResult();
        await all.WaitAsync(Patience);

        messages.Sum().ShouldBe(4000);
        messages.Max().ShouldBeLessThanOrEqualTo(100);
        messages.Count.ShouldBeLessThan(400);
    }

    [Fact]
    public async Task A_refusal_that_another_attempt_would_not_change_ends_the_stream_for_all()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, _, _) =>
        {
            await TakeAsync(reader, 2);
            throw new RpcException(StatusCode.PermissionDenied, "M01 may not report for M02");
        });
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream();

        var batch = stream.SubmitBatchAsync([Of("a"), Of("a"), Of("b")]);
        (await Should.ThrowAsync<RpcException>(batch.WaitAsync(Patience))).Status.Detail.ShouldBe("M01 may not report for M02");
        (await Should.ThrowAsync<RpcException>(stream.SubmitAsync(Of("c")).WaitAsync(Patience))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await Should.ThrowAsync<RpcException>(stream.CompleteAsync().WaitAsync(Patience))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        stream.Reconnects.ShouldBe(0);
    }

    [Fact]
    public async Task A_callback_that_throws_ends_the_stream_with_its_exception()
    {
        await using var server = await ScriptedServer.OfTradesAsync(AnswerAllAsync);
        using var connection = new ClearingConnection(server.Address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { OnAnswer = _ => throw new FormatException("no such book") });

        await stream.PostAsync(Of("a"));
        (await Should.ThrowAsync<InvalidOperationException>(stream.CompleteAsync().WaitAsync(Patience))).Message.ShouldContain("no such book");
    }

    [Fact]
    public async Task Disposing_ends_what_waits_and_tells_that_the_outcome_is_unknown()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, _, _) => await TakeAsync(reader, 100));
        using var connection = new ClearingConnection(server.Address);
        var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { MaxInFlight = 1 });
        var first = stream.SubmitAsync(Of("a"));
        var second = stream.SubmitAsync(Of("b"));

        await stream.DisposeAsync().AsTask().WaitAsync(Patience);

        (await Should.ThrowAsync<RpcException>(first.WaitAsync(Patience))).Status.Detail.ShouldContain("outcome is unknown");
        (await Should.ThrowAsync<RpcException>(second.WaitAsync(Patience))).StatusCode.ShouldBe(StatusCode.Cancelled);
        (await Should.ThrowAsync<RpcException>(stream.SubmitAsync(Of("c")).WaitAsync(Patience))).StatusCode.ShouldBe(StatusCode.Cancelled);
    }

    [Fact]
    public async Task A_stream_with_nothing_to_wait_for_completes_although_the_server_has_gone()
    {
        Uri address;
        await using (var gone = await ScriptedServer.OfTradesAsync((_, _, _, _) => default))
        {
            address = gone.Address;
        }

        using var connection = new ClearingConnection(address);
        await using var stream = connection.Members.OpenTradeStream(new TradeStreamOptions { Reconnect = Soon });

        await stream.CompleteAsync().WaitAsync(Patience);
        await Should.ThrowAsync<InvalidOperationException>(stream.SubmitAsync(Of("a")).WaitAsync(Patience));
    }

    [Fact]
    public async Task Reports_carry_the_connection_s_token()
    {
        var token = new TaskCompletionSource<string?>();
        await using var server = await ScriptedServer.OfTradesAsync((call, reader, writer, context) =>
        {
            token.TrySetResult(context.RequestHeaders.Get("authorization"));
            return AnswerAllAsync(call, reader, writer, context);
        });
        using var connection = new ClearingConnection(server.Address, new ClearingConnectionOptions { Token = "member-1" });
        await using var stream = connection.Members.OpenTradeStream();

        await stream.SubmitAsync(Of("a")).WaitAsync(Patience);
        (await token.Task).ShouldBe("Bearer member-1");
    }

    [Theory]
    [InlineData(0, 512, null, "MaxInFlight is 0")]
    [InlineData(1, 10_001, null, "MaxReportsPerMessage is 10001")]
    [InlineData(1, 1, 0, "MaxAttempts is 0")]
    public void Options_out_of_range_are_refused_with_value_and_range(int maxInFlight, int perMessage, int? attempts, string message)
    {
        using var connection = new ClearingConnection(new Uri("http://127.0.0.1:1"));
        var options = new TradeStreamOptions { MaxInFlight = maxInFlight, MaxReportsPerMessage = perMessage, MaxAttempts = attempts };

        Should.Throw<ArgumentException>(() => connection.Members.OpenTradeStream(options)).Message.ShouldContain(message);
    }

    internal static async ValueTask AnswerAllAsync(
        int call, GrpcStreamReader<SubmitTradesRequest> reader, GrpcStreamWriter<SubmitTradesResponse> writer, ServerCallContext context)
    {
        await foreach (var request in reader.ReadAllAsync())
        {
            await writer.WriteAsync(Response(request.Trades.Select(r => r.Novated())));
        }
    }

    private static async Task<List<TradeReport>> TakeAsync(GrpcStreamReader<SubmitTradesRequest> reader, int count)
    {
        var reports = new List<TradeReport>();
        while (reports.Count < count && await reader.MoveNextAsync())
        {
            reports.AddRange(reader.Current.Trades);
        }

        return reports;
    }
}
