using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Principals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>What one person may take of the reads that are repeated for pages.</summary>
public sealed class LiveReadsTests : IAsyncLifetime
{
    private const string Method = "clearing.operations.v1.OperationsService/HaltInstrument";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly WebApplication _app;
    private readonly LocalMethod _method;
    private readonly LiveReads _reads;
    private int _evaluations;

    public LiveReadsTests()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        _app = builder.Build();
        IReadOnlyDictionary<string, LocalMethod> methods = new Dictionary<string, LocalMethod>();
        _app.MapGrpc(grpc =>
        {
            grpc.Unary(GrpcMethod.Of<HaltInstrumentRequest, HaltInstrumentResponse>(OperationsReflection.Descriptor.Services[0], "HaltInstrument"), (_, _) =>
            {
                Interlocked.Increment(ref _evaluations);
                return ValueTask.FromResult(new HaltInstrumentResponse());
            });
            methods = grpc.Local;
        });
        _method = methods[Method];
        _reads = new LiveReads(new DashboardCalls(methods), TimeProvider.System, NullLogger.Instance);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _reads.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public void One_person_leaves_reads_for_the_others()
    {
        var viewer = Person("viewer:v1");
        var followed = Enumerable.Range(0, LiveReads.MostOfOne).Select(i => Follow(viewer, $"R{i}")).ToList();

        var refused = Should.Throw<RpcException>(() => Follow(viewer, "R0"));
        (refused.StatusCode, refused.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, "viewer:v1 has 128 followed reads open, the limit; end one before the next"));

        Follow(Person("operator:ops1"), "OTHER").Dispose();
        followed[7].Dispose();
        Follow(viewer, "AGAIN").Dispose();
    }

    [Fact]
    public async Task Who_leaves_and_comes_back_gets_what_was_read_until_the_read_has_rested()
    {
        var viewer = Person("viewer:v1");
        for (var i = 0; i < 20; i++)
        {
            using var following = Follow(viewer, "R");
            (await following.NextAsync(0, TestContext.Current.CancellationToken).Within()).Error.ShouldBeEmpty();
        }

        _evaluations.ShouldBe(1);
    }

    [Fact]
    public async Task Odd_intervals_are_one_read()
    {
        var viewer = Person("viewer:v1");
        for (var i = 0; i < 40; i++)
        {
            var following = _reads.Follow(_method, new HaltInstrumentRequest(), Minute - TimeSpan.FromMilliseconds(i), viewer);
            await following.NextAsync(0, TestContext.Current.CancellationToken).Within();
        }

        _evaluations.ShouldBe(1);
    }

    [Fact]
    public async Task A_read_that_only_rests_makes_room_for_one_that_is_followed()
    {
        List<Following> followed = [];
        for (var i = 0; i < LiveReads.Most; i++)
        {
            followed.Add(Follow(Person($"viewer:v{i / LiveReads.MostOfOne}"), $"R{i}"));
            await followed[i].NextAsync(0, TestContext.Current.CancellationToken).Within();
        }

        var late = Person("operator:ops1");
        Should.Throw<RpcException>(() => Follow(late, "LATE")).Status.Detail.ShouldBe("256 different reads are followed, the limit: close a page");
        followed[100].Dispose();
        using (var following = Follow(late, "LATE"))
        {
            await following.NextAsync(0, TestContext.Current.CancellationToken).Within();
        }

        // Refused, nobody's place was taken.
        for (var i = 0; i < 2 * LiveReads.MostOfOne; i++)
        {
            Follow(late, "LATE").Dispose();
        }
    }

    private Following Follow(Principal person, string instrument) => _reads.Follow(_method, new HaltInstrumentRequest { Instrument = instrument }, Minute, person);

    private static Principal Person(string name) => new(name, Roles.Viewer, [], [], []);
}
