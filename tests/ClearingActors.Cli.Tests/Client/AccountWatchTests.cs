using ClearingActors.Client;
using ClearingActors.Contracts.Common.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Grpc;

namespace ClearingActors.Cli.Tests.Client;

public sealed class AccountWatchTests
{
    private static readonly ReconnectBackoff Soon = new() { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(5) };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_watch_goes_on_behind_the_last_response_it_gave()
    {
        var asked = new List<long?>();
        await using var server = await ScriptedServer.OfWatchesAsync(async (call, request, writer, context) =>
        {
            asked.Add(request.After?.Position);
            for (var position = (request.After?.Position ?? 0) + 1; position <= 4; position++)
            {
                await writer.WriteAsync(At(position));
                if (call < 4)
                {
                    // The second call dies without a word, the others with a status.
                    if (call == 2)
                    {
                        context.HttpContext.Abort();
                    }

                    throw new RpcException(StatusCode.Unavailable, "moving house");
                }
            }
        });
        using var connection = new ClearingConnection(server.Address);
        var watch = connection.Members.WatchAccount("M01-HOUSE", new AccountWatchOptions { Backoff = Soon });
        var seen = new List<long>();

        using var patience = new CancellationTokenSource(Patience);
        await foreach (var response in watch.ReadAllAsync(patience.Token))
        {
            seen.Add(response.Position.Position);
            if (seen[^1] == 4)
            {
                break;
            }
        }

        seen.ShouldBe([1, 2, 3, 4]);
        asked.Count.ShouldBe(4);
        asked[0].ShouldBeNull();
        asked[1].ShouldBe(1);

        // What the second call wrote may have died with its connection; the third then asks for it again.
        asked[2].ShouldBeOneOf(1, 2);
        asked[3].ShouldBe(asked[2] + 1);
        watch.Position!.Position.ShouldBe(4);
    }

    [Fact]
    public async Task A_watch_that_is_refused_fails_with_the_reason()
    {
        await using var server = await ScriptedServer.OfWatchesAsync((_, request, _, _) =>
            throw new RpcException(StatusCode.NotFound, $"there is no account {request.Account}"));
        using var connection = new ClearingConnection(server.Address);

        (await FirstAsync(connection.Members.WatchAccount("NOBODY")).ShouldThrowAsync<RpcException>()).Status.Detail.ShouldBe("there is no account NOBODY");
    }

    [Fact]
    public async Task A_watch_gives_up_after_its_attempts()
    {
        var calls = 0;
        await using var server = await ScriptedServer.OfWatchesAsync((call, _, _, _) =>
        {
            calls = call;
            throw new RpcException(StatusCode.Unavailable, "no shard here");
        });
        using var connection = new ClearingConnection(server.Address);
        var watch = connection.Members.WatchAccount("M01-HOUSE", new AccountWatchOptions { Backoff = Soon, MaxAttempts = 3 });

        (await FirstAsync(watch).ShouldThrowAsync<RpcException>()).Status.Detail.ShouldContain("no shard here");
        calls.ShouldBe(3);
    }

    private static async Task<WatchAccountResponse> FirstAsync(AccountWatch watch)
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var response in watch.ReadAllAsync(patience.Token))
        {
            return response;
        }

        throw new InvalidOperationException("A watch has no end.");
    }

    private static WatchAccountResponse At(long position) => new() { Position = new ResumeToken { JournalId = "j", Shard = 1, Position = position } };
}
