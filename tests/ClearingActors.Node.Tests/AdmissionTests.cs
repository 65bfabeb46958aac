using ClearingActors.Grpc;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Services;

namespace ClearingActors.Node.Tests;

public sealed class AdmissionTests
{
    private static readonly Principal One = Named("viewer:v1");
    private static readonly Principal Other = Named("operator:ops1");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task So_many_work_so_many_wait_and_more_are_told_to_come_again()
    {
        var admission = new Admission(1, 2, 3, "computations");
        TaskCompletionSource<int>[] work = [new(), new(), new()];
        var started = 0;
        var calls = work.Select(w => admission.RunAsync(One, () => Begun(w), Cancellation)).ToList();
        started.ShouldBe(1);

        var refused = await Should.ThrowAsync<RpcException>(() => admission.RunAsync(Other, () => Task.FromResult(0), Cancellation));
        (refused.StatusCode, refused.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, "1 computations are under way and 2 wait, the limit; try again in a moment"));

        for (var i = 0; i < work.Length; i++)
        {
            var next = i + 1;
            await Patience.UntilAsync(() => Task.FromResult(Volatile.Read(ref started) == next), $"{next} began");
            work[i].SetResult(i);
        }

        (await Task.WhenAll(calls).Within()).ShouldBe([0, 1, 2]);
        (await admission.RunAsync(Other, () => Task.FromResult(7), Cancellation).Within()).ShouldBe(7);

        Task<int> Begun(TaskCompletionSource<int> source)
        {
            Interlocked.Increment(ref started);
            return source.Task;
        }
    }

    [Fact]
    public async Task One_principal_does_not_take_all_places()
    {
        var admission = new Admission(1, 10, 2, "computations");
        var work = new TaskCompletionSource<int>();
        var calls = Enumerable.Range(0, 2).Select(_ => admission.RunAsync(One, () => work.Task, Cancellation)).ToList();

        var refused = await Should.ThrowAsync<RpcException>(() => admission.RunAsync(One, () => work.Task, Cancellation));
        (refused.StatusCode, refused.Status.Detail).ShouldBe((StatusCode.ResourceExhausted, "viewer:v1 has 2 computations open, the limit; end one before the next"));
        var other = admission.RunAsync(Other, () => work.Task, Cancellation);

        work.SetResult(3);
        (await other.Within()).ShouldBe(3);
        (await Task.WhenAll(calls).Within()).ShouldBe([3, 3]);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_place_to_the_work_until_it_has_ended()
    {
        var admission = new Admission(1, 1, 9, "computations");
        var work = new TaskCompletionSource<int>();
        using var givesUp = new CancellationTokenSource();
        var first = admission.RunAsync(One, () => work.Task, givesUp.Token);
        var began = false;
        var second = admission.RunAsync(
            One,
            () =>
            {
                began = true;
                return Task.FromResult(2);
            },
            Cancellation);

        await givesUp.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        began.ShouldBeFalse();
        (await Should.ThrowAsync<RpcException>(() => admission.RunAsync(One, () => Task.FromResult(0), Cancellation))).StatusCode.ShouldBe(StatusCode.ResourceExhausted);

        // Who gives up in the line leaves it at once; work that fails ends like any other.
        work.SetException(new InvalidOperationException("it failed"));
        (await second.Within()).ShouldBe(2);
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => admission.RunAsync(One, () => Task.FromResult(0), gone.Token));
        await Should.ThrowAsync<InvalidOperationException>(() => admission.RunAsync<int>(One, () => throw new InvalidOperationException("so did this"), Cancellation));
        (await admission.RunAsync(One, () => Task.FromResult(4), Cancellation).Within()).ShouldBe(4);
    }

    private static Principal Named(string name) => new(name, Roles.Viewer, [], [], []);
}
