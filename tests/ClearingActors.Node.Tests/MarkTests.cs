using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Node.Tests;

/// <summary>Marks over gRPC.</summary>
public sealed class MarkTests : IAsyncLifetime
{
    private RunningNode _node = null!;
    private GrpcChannel _operator = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await RunningNode.StartAsync();
        _operator = _node.As(House.Operator);
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task marks_are_counted_by_what_became_of_them()
    {
        var result = await PublishAsync(House.Feed1, Mark(5000, 1), Mark(5001, 2), Mark(5001, 2), Mark(9999, 3), Mark(6000, 4), Mark(5000, 5, "NQ"));
        result.Accepted.ShouldBe(2);
        result.Held.ShouldBe(1);
        result.Rejected.ShouldBe(3);
        result.RejectedByReason.ShouldBe(new Dictionary<string, long> { ["NotNewer"] = 1, ["OutsideBands"] = 1, ["UnknownInstrument"] = 1 }, ignoreOrder: true);
    }

    [Fact]
    public async Task thirty_thousand_marks_are_all_counted()
    {
        var result = await PublishAsync(House.Feed1, [.. Enumerable.Range(1, 30_000).Select(i => Mark(5000, i))]);
        result.Accepted.ShouldBe(30_000);
    }

    [Fact]
    public async Task a_held_mark_is_seen_confirmed_and_dropped_by_the_operator()
    {
        await PublishAsync(House.Feed1, Mark(5000, 1), Mark(6000, 2));
        var held = (await _operator.OperateAsync<GetStatusRequest, GetStatusResponse>(new())).HeldMarks.ShouldHaveSingleItem();
        (held.Instrument, House.Value(held.Price), held.Source).ShouldBe(("ES", 6000m, "SRC1"));
        House.Value((await _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(new() { Instrument = "ES", Reason = "seen elsewhere" })).Price).ShouldBe(6000);
        await PublishAsync(House.Feed1, Mark(5000, 3));
        await _operator.OperateAsync<DropMarkRequest, DropMarkResponse>(new() { Instrument = "ES" });
        (await _operator.OperateAsync<GetStatusRequest, GetStatusResponse>(new())).HeldMarks.ShouldBeEmpty();
        var none = await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<DropMarkRequest, DropMarkResponse>(new() { Instrument = "ES" }));
        none.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
    }

    [Fact]
    public async Task a_held_mark_that_was_replaced_since_it_was_looked_at_is_neither_confirmed_nor_dropped()
    {
        await PublishAsync(House.Feed1, Mark(5000, 1), Mark(6000, 2), Mark(6500, 3));
        ConfirmMarkRequest Confirm(decimal price) => new() { Instrument = "ES", Price = House.Number(price) };
        foreach (var end in new[]
        {
            await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(Confirm(6000))),
            await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<DropMarkRequest, DropMarkResponse>(new() { Instrument = "ES", Price = House.Number(6000) })),
        })
        {
            end.StatusCode.ShouldBe(StatusCode.FailedPrecondition);
            end.Message.ShouldContain("is at 6500 now, not at 6000");
        }

        (await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(Confirm(6500.001m)))).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        House.Value((await _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(Confirm(6500))).Price).ShouldBe(6500);
        (await Should.ThrowAsync<RpcException>(() => _operator.OperateAsync<ConfirmMarkRequest, ConfirmMarkResponse>(Confirm(6500)))).Message.ShouldContain("no mark of ES is held");
    }

    [Fact]
    public async Task a_second_source_confirms_a_jump()
    {
        await PublishAsync(House.Feed1, Mark(5000, 1), Mark(6000, 2));
        (await PublishAsync(House.Feed2, Mark(6001, 3, source: "SRC2"))).Accepted.ShouldBe(1);
    }

    [Fact]
    public async Task nobody_publishes_for_another_source()
    {
        var end = await Should.ThrowAsync<RpcException>(() => PublishAsync(House.Feed1, Mark(5000, 1, source: "SRC2")));
        end.StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await Should.ThrowAsync<RpcException>(() => PublishAsync(House.Alpha, Mark(5000, 1)))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
    }

    private static Mark Mark(decimal price, int microseconds, string instrument = "ES", string source = "SRC1") =>
        new() { Instrument = instrument, Price = House.Number(price), Source = source, Time = House.Noon + (microseconds * 1000L) };

    private async Task<PublishMarksResponse> PublishAsync(string token, params Mark[] marks)
    {
        using var call = _node.As(token).ClientStreaming(Methods.PublishMarks);
        try
        {
            foreach (var chunk in marks.Chunk(10_000))
            {
                await call.Requests.WriteAsync(new PublishMarksRequest { Marks = { chunk } });
            }

            await call.CompleteRequestsAsync();
        }
        catch (RpcException)
        {
            // The server ended the call before the requests did; why, tells the response.
        }

        return await call.ResponseAsync.Within();
    }
}
