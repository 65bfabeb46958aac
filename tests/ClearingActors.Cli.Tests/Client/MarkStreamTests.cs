using ClearingActors.Client;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Cli.Tests.Client;

public sealed class MarkStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task The_end_of_a_stream_tells_what_became_of_its_marks()
    {
        await using var server = await ScriptedServer.OfMarksAsync(async (reader, _) =>
        {
            var response = new PublishMarksResponse();
            await foreach (var request in reader.ReadAllAsync())
            {
                request.Marks.Count.ShouldBeLessThanOrEqualTo(MarkStream.MaxMarksPerMessage);
                response.Accepted += request.Marks.Count;
            }

            return response;
        });
        using var connection = new ClearingConnection(server.Address);
        using var marks = connection.Markets.PublishMarks();

        await marks.PublishAsync(new Mark { Instrument = "SPX.FUT" });
        await marks.PublishAsync([.. Enumerable.Range(0, 25_000).Select(_ => new Mark { Instrument = "SPX.FUT" })]);

        (await marks.CompleteAsync().WaitAsync(Patience)).Accepted.ShouldBe(25_001);
    }

    [Fact]
    public async Task A_stream_the_server_refuses_fails_with_the_server_s_reason()
    {
        await using var server = await ScriptedServer.OfMarksAsync((_, _) => throw new RpcException(StatusCode.PermissionDenied, "not a source of marks"));
        using var connection = new ClearingConnection(server.Address);
        using var marks = connection.Markets.PublishMarks();

        (await marks.CompleteAsync().WaitAsync(Patience).ShouldThrowAsync<RpcException>()).Status.Detail.ShouldBe("not a source of marks");
    }
}
