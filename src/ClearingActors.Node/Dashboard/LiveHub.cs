using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace ClearingActors.Node.Dashboard;

/// <summary>What pages follow. A stream per read: it carries the newest response whenever it has changed and the page has taken the one before.</summary>
[Authorize]
internal sealed class LiveHub(DashboardCalls calls, LiveReads reads, WebUsers users) : Hub
{
    /// <summary>Reads that one connection may follow; a page needs five or so.</summary>
    private const int MostOfOne = 32;

    private static readonly object Streams = new();

    /// <summary>Follows a read.</summary>
    /// <param name="method">As in <c>package.Service/Method</c>.</param>
    /// <param name="request">Its request as JSON.</param>
    /// <param name="milliseconds">Between two evaluations, 200 to 60,000.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<LiveUpdate> Follow(string method, string request, int milliseconds, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var open = Context.Items;
        lock (open)
        {
            var streams = open.TryGetValue(Streams, out var count) ? (int)count! : 0;
            if (streams >= MostOfOne)
            {
                throw new HubException($"{MostOfOne} reads are followed by this page, the limit");
            }

            open[Streams] = streams + 1;
        }

        using var left = new Leaving(open);
        using var following = Open(method, request, milliseconds);
        long version = 0;
        while (true)
        {
            var value = await following.NextAsync(version, cancellation).ConfigureAwait(false);
            if (Context.User is not { } session || !users.TryGet(session, out _))
            {
                throw new HubException("The session has ended: sign in again");
            }

            version = value.Version;
            yield return new LiveUpdate(value.Json, value.Error);
        }
    }

    private sealed class Leaving(IDictionary<object, object?> open) : IDisposable
    {
        public void Dispose()
        {
            lock (open)
            {
                open[Streams] = (int)open[Streams]! - 1;
            }
        }
    }

    private Following Open(string method, string request, int milliseconds)
    {
        if (Context.User is not { } session || !users.TryGet(session, out var principal))
        {
            throw new HubException("The session has ended: sign in again");
        }

        if (!calls.TryFind(method, out var found) || !DashboardCalls.IsFollowable(found))
        {
            throw new HubException($"{method} cannot be followed");
        }

        try
        {
            return reads.Follow(found, calls.Parse(found, request), TimeSpan.FromMilliseconds(milliseconds), principal);
        }
        catch (RpcException e)
        {
            throw new HubException(e.Status.Detail, e);
        }
    }
}

/// <summary>A response as it stands, or why there is none.</summary>
[JsonConverter(typeof(LiveUpdateConverter))]
internal readonly record struct LiveUpdate(string Json, string Error);

/// <summary>Writes <c>{"value":...}</c> or <c>{"error":"..."}</c>; the response is JSON already.</summary>
internal sealed class LiveUpdateConverter : JsonConverter<LiveUpdate>
{
    public override LiveUpdate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("pages send no updates");

    public override void Write(Utf8JsonWriter writer, LiveUpdate value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (value.Error.Length > 0)
        {
            writer.WriteString("error", value.Error);
        }
        else
        {
            writer.WritePropertyName("value");
            writer.WriteRawValue(value.Json, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }
}
