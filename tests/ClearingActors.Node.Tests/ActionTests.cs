using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Journal;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Node.Tests;

/// <summary>Actions through the doors of the node: who may hand in and approve what, and that it is carried out once and in whose name.</summary>
public sealed class ActionTests : IAsyncLifetime
{
    private const string Second = "token-of-operator-2";
    private const string Risk = "token-of-risk-manager-1";
    private const string Viewer = "token-of-viewer-0001";
    private const string Operations = "clearing.operations.v1.OperationsService/";

    private RunningNode _node = null!;

    public async ValueTask InitializeAsync() => _node = await RunningNode.StartAsync(WithPeople);

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task what_stops_something_is_carried_out_at_once_in_the_name_of_who_handed_it_in()
    {
        var action = await SubmitAsync(Risk, "HaltInstrument", """{ "instrument": "ES" }""", "no quotes");
        (action.Stage, action.By, action.NeedsSecond, action.DecidedBy, action.Outcome).ShouldBe((ActionStage.Done, "risk:rita", false, "", "{ }"));

        // The action's reason went into the request that has room for one.
        action.Request.ShouldBe("""{ "instrument": "ES", "reason": "no quotes" }""");
        (await PrincipalsOfAsync(e => e.InstrumentHalted is not null || (e.ChangeStarted?.Events.Any(c => c.InstrumentHalted is not null) ?? false))).ShouldContain("risk:rita");
    }

    [Fact]
    public async Task what_lets_something_go_on_waits_for_somebody_else()
    {
        await SubmitAsync(House.Operator, "HaltHouse", "{}", "a bad feed");
        var proposed = await SubmitAsync(House.Operator, "ResumeHouse", "{}", "the feed is well");
        (proposed.Stage, proposed.NeedsSecond, proposed.ExpiresAt - proposed.At).ShouldBe((ActionStage.Proposed, true, 30 * 60_000_000_000L));

        var own = await ShouldFailAsync(() => DecideAsync(House.Operator, "ApproveAction", proposed.Number));
        (own.StatusCode, own.Status.Detail).ShouldBe((StatusCode.FailedPrecondition, $"operator:ops1 has handed action {proposed.Number} in; somebody else must approve"));
        (await GetAsync(Viewer)).Open.Single().Refusals.Single().By.ShouldBe("operator:ops1");

        var done = await DecideAsync(Second, "ApproveAction", proposed.Number);
        (done.Stage, done.By, done.DecidedBy, done.DecisionReason, done.Outcome).ShouldBe((ActionStage.Done, "operator:ops1", "operator:ops2", "seen", "{ }"));
        (await PrincipalsOfAsync(e => e.ChangeStarted?.Events.Any(c => c.HouseResumed is not null) ?? false)).ShouldBe(["operator:ops1"]);
        (await ShouldFailAsync(() => DecideAsync(Second, "ApproveAction", proposed.Number))).Status.Detail.ShouldBe($"action {proposed.Number} is done; only what waits for a second person can be approved");
    }

    [Fact]
    public async Task the_same_action_again_is_carried_out_once()
    {
        var request = new SubmitActionRequest { RequestId = "wire-77", Method = Operations + "BookCollateral", Request = """{"account":"A-HOUSE","amount":{"mantissa":"12345","exponent":-2},"currency":"USD"}""", Reason = "wire 77" };
        var proposed = await SubmitAsync(House.Operator, request);

        // Written otherwise, it is the same content.
        var again = await SubmitAsync(House.Operator, request.Clone().With(r => r.Request = """{ "currency": "USD", "amount": { "exponent": -2, "mantissa": 12345 }, "account": "A-HOUSE" }"""));
        again.ShouldBe(proposed);
        proposed.Request.ShouldContain("\"requestId\": \"wire-77\"");
        var done = await DecideAsync(Second, "ApproveAction", proposed.Number);
        done.Stage.ShouldBe(ActionStage.Done, done.Outcome);
        (await SubmitAsync(House.Operator, request)).ShouldBe(done);

        var other = await ShouldFailAsync(() => SubmitAsync(House.Operator, request.Clone().With(r => r.Reason = "wire 78")));
        (other.StatusCode, other.Status.Detail).ShouldBe((StatusCode.FailedPrecondition, $"request wire-77 was another action, number {proposed.Number} of operator:ops1: {Operations}BookCollateral; take another request_id"));
        (await GetAsync(Viewer)).Decided.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task what_the_method_refuses_is_a_failure_on_the_record()
    {
        var action = await SubmitAsync(House.Operator, "HaltInstrument", """{ "instrument": "NONE" }""", "no quotes");
        (action.Stage, action.Outcome).ShouldBe((ActionStage.Failed, "FailedPrecondition: instrument NONE is not defined"));
        var malformed = await SubmitAsync(House.Operator, "HaltInstrument", """{ "instrument": "a b" }""", "no quotes");
        (malformed.Stage, malformed.Outcome.Split(':')[0]).ShouldBe((ActionStage.Failed, "InvalidArgument"));
    }

    [Theory]
    [InlineData("HaltInstrument", "{ \"instrument\": \"ES\"", StatusCode.InvalidArgument, "request is no clearing.operations.v1.HaltInstrumentRequest in JSON")]
    [InlineData("HaltInstrument", "", StatusCode.InvalidArgument, "request is no clearing.operations.v1.HaltInstrumentRequest in JSON")]
    [InlineData("HaltInstrument", "null", StatusCode.InvalidArgument, "request is no clearing.operations.v1.HaltInstrumentRequest in JSON")]
    [InlineData("HaltInstrument", "{ \"symbol\": \"ES\" }", StatusCode.InvalidArgument, "symbol")]
    [InlineData("GetStatus", "{}", StatusCode.InvalidArgument, "it is none that can be handed in; GetActions names them")]
    [InlineData("DefineMember", "{}", StatusCode.InvalidArgument, "it is none that can be handed in; GetActions names them")]
    [InlineData("HaltInstrument", "long", StatusCode.InvalidArgument, "an action's request has at most 16384 bytes and this has 16410: call clearing.operations.v1.OperationsService.HaltInstrument itself")]
    public async Task what_cannot_be_handed_in_leaves_nothing(string method, string request, StatusCode status, string why)
    {
        var text = request == "long" ? $$"""{ "instrument": "{{new string('x', 16_390)}}" }""" : request;
        var refused = await ShouldFailAsync(() => SubmitAsync(House.Operator, method, text, "reason"));
        (refused.StatusCode, refused.Status.Detail.Contains(why)).ShouldBe((status, true), refused.Status.Detail);
        var actions = await GetAsync(Viewer);
        (actions.Open.Count, actions.Decided.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task a_risk_manager_may_not_do_what_is_the_operators()
    {
        var refused = await ShouldFailAsync(() => SubmitAsync(Risk, "HaltHouse", "{}", "a bad feed"));
        (refused.StatusCode, refused.Status.Detail).ShouldBe((StatusCode.PermissionDenied, $"risk:rita may not call {Operations}HaltHouse: role operator is required"));
        var proposed = await SubmitAsync(House.Operator, "ResumeHouse", "{}", "the feed is well");
        foreach (var call in (string[])["ApproveAction", "DeclineAction"])
        {
            (await ShouldFailAsync(() => DecideAsync(Risk, call, proposed.Number))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
            (await ShouldFailAsync(() => DecideAsync(Viewer, call, proposed.Number))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        }

        (await ShouldFailAsync(() => SubmitAsync(Viewer, "HaltHouse", "{}", "x"))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await ShouldFailAsync(() => GetAsync(House.Alpha))).StatusCode.ShouldBe(StatusCode.PermissionDenied);
        (await ShouldFailAsync(() => DecideAsync(Second, "ApproveAction", 99))).Status.Detail.ShouldBe("there is no action 99; 1 to 1 are known");
        (await DecideAsync(House.Operator, "DeclineAction", proposed.Number)).Stage.ShouldBe(ActionStage.Declined);
    }

    [Fact]
    public async Task the_catalogue_names_the_roles_that_the_methods_take_and_no_others()
    {
        var tokens = new Dictionary<string, string> { ["operator"] = House.Operator, ["riskmanager"] = Risk, ["auditor"] = House.Auditor, ["viewer"] = Viewer, ["member"] = House.Alpha, ["venue"] = House.Venue, ["marketdata"] = House.Feed1 };
        FileDescriptor[] files =
        [
            OperationsReflection.Descriptor, Contracts.Margin.V1.MarginReflection.Descriptor, Contracts.Collateral.V1.CollateralReflection.Descriptor, Contracts.Stress.V1.StressReflection.Descriptor,
            Contracts.Defaults.V1.DefaultsReflection.Descriptor,
        ];
        var methods = files.SelectMany(f => f.Services).SelectMany(s => s.Methods).ToDictionary(m => $"{m.Service.FullName}/{m.Name}");
        foreach (var kind in (await GetAsync(Viewer)).Kinds)
        {
            var method = methods[kind.Method];
            foreach (var (role, token) in tokens)
            {
                // An empty request; runs that need none may end with a figure.
                var status = StatusCode.OK;
                try
                {
                    await _node.As(token).UnaryAsync(GrpcMethod.Of(method.Service, method.Name, Marshaller.Bytes, Marshaller.Bytes), ReadOnlyMemory<byte>.Empty).Within();
                }
                catch (RpcException e)
                {
                    status = e.StatusCode;
                }

                (status != StatusCode.PermissionDenied).ShouldBe(kind.Roles.Contains(role), $"{kind.Method} for {role}: {status}");
            }
        }
    }

    [Fact]
    public async Task a_fund_sized_to_see_what_it_would_be_needs_nobody_else()
    {
        var dry = await SubmitAsync(Risk, new SubmitActionRequest { RequestId = "s1", Method = "clearing.stress.v1.StressService/SizeDefaultFund", Request = """{ "dryRun": true }""", Reason = "what if" });
        (dry.NeedsSecond, dry.Stage).ShouldBe((false, ActionStage.Failed));
        dry.Outcome.ShouldStartWith("FailedPrecondition: ");
        dry.Request.ShouldBe("{ \"dryRun\": true }");
        var real = await SubmitAsync(Risk, new SubmitActionRequest { RequestId = "s2", Method = "clearing.stress.v1.StressService/SizeDefaultFund", Request = "{}", Reason = "the month's" });
        (real.NeedsSecond, real.Stage).ShouldBe((true, ActionStage.Proposed));

        // Who must approve sees also what is false.
        real.Request.ShouldBe("{ \"dryRun\": false }");
    }

    [Fact]
    public async Task an_action_that_ran_when_the_node_ended_is_interrupted_and_what_waits_still_waits()
    {
        var folder = RunningNode.NewFolder();
        await using (var first = await RunningNode.StartAsync(WithPeople, folder))
        {
            // Begun in the log, and nobody has carried it out: as a node leaves it that dies in between.
            await first.Node.Engine.SubmitActionAsync("operator:ops1", new SubmitActionRequest { RequestId = "r1", Method = Operations + "HaltHouse", Request = """{ "reason": "x" }""", Reason = "x" }, needsSecond: false, Cancellation);
            await SubmitAsync(first, House.Operator, new SubmitActionRequest { RequestId = "r2", Method = Operations + "ResumeHouse", Request = "{}", Reason = "y" });
        }

        await using (var second = await RunningNode.StartAsync(WithPeople, folder, define: false))
        {
            var actions = await GetAsync(second, Viewer);
            (actions.Decided.Single().Number, actions.Decided.Single().Stage).ShouldBe((1, ActionStage.Interrupted));
            actions.Open.Single().Stage.ShouldBe(ActionStage.Proposed);
            (await SubmitAsync(second, House.Operator, new SubmitActionRequest { RequestId = "r1", Method = Operations + "HaltHouse", Request = "{}", Reason = "x" })).Stage.ShouldBe(ActionStage.Interrupted);
            (await CallAsync<DecideActionRequest, ActionResponse>(second, Second, "ApproveAction", new DecideActionRequest { Number = 2, Reason = "seen" })).Action.Stage.ShouldBe(ActionStage.Done);
            await second.Node.StopAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task many_at_once_are_carried_out_once_each()
    {
        var calls = Enumerable.Range(0, 40).Select(i => SubmitAsync(House.Operator, new SubmitActionRequest
        {
            RequestId = $"halt-{i / 4}",
            Method = Operations + "HaltInstrument",
            Request = """{ "instrument": "ES" }""",
            Reason = $"number {i / 4}",
        })).ToList();
        var ended = await Task.WhenAll(calls);
        ended.ShouldAllBe(a => a.Stage == ActionStage.Done);
        ended.Select(a => a.Number).Distinct().Count().ShouldBe(10);
        (await GetAsync(Viewer)).Open.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(-1, 0, "before is \"-1\": the number of an action is required, or 0 for the newest")]
    [InlineData(0, 201, "limit is \"201\": 1 to 200 are allowed, or 0 for 50")]
    public async Task limits_of_a_read_are_told(long before, int limit, string why) =>
        (await ShouldFailAsync(() => CallAsync<GetActionsRequest, GetActionsResponse>(_node, Viewer, "GetActions", new GetActionsRequest { Before = before, Limit = limit }))).Status.Detail.ShouldBe(why);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static NodeSettings WithPeople(NodeSettings settings) => settings with
    {
        Principals =
        [
            .. settings.Principals,
            new() { Name = "operator:ops2", Token = Second, Roles = Roles.Operator },
            new() { Name = "risk:rita", Token = Risk, Roles = Roles.RiskManager },
            new() { Name = "viewer:vic", Token = Viewer, Roles = Roles.Viewer },
        ],
    };

    private static async Task<RpcException> ShouldFailAsync<T>(Func<Task<T>> call) => await Should.ThrowAsync<RpcException>(call());

    private static Task<TResponse> CallAsync<TRequest, TResponse>(RunningNode node, string token, string name, TRequest request)
        where TRequest : IMessage<TRequest>
        where TResponse : IMessage<TResponse> =>
        node.As(token).UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(ActionsReflection.Descriptor.Services[0], name), request).Within();

    private static async Task<Action> SubmitAsync(RunningNode node, string token, SubmitActionRequest request) => (await CallAsync<SubmitActionRequest, ActionResponse>(node, token, "SubmitAction", request)).Action;

    private Task<Action> SubmitAsync(string token, SubmitActionRequest request) => SubmitAsync(_node, token, request);

    private Task<Action> SubmitAsync(string token, string method, string request, string reason) =>
        SubmitAsync(token, new SubmitActionRequest { RequestId = Guid.NewGuid().ToString("N"), Method = Operations + method, Request = request, Reason = reason });

    private async Task<Action> DecideAsync(string token, string call, long number) =>
        (await CallAsync<DecideActionRequest, ActionResponse>(_node, token, call, new DecideActionRequest { Number = number, Reason = "seen" })).Action;

    private Task<GetActionsResponse> GetAsync(string token) => GetAsync(_node, token);

    private static Task<GetActionsResponse> GetAsync(RunningNode node, string token) => CallAsync<GetActionsRequest, GetActionsResponse>(node, token, "GetActions", new GetActionsRequest());

    /// <summary>Who gave the commands that had such an event.</summary>
    private async Task<List<string>> PrincipalsOfAsync(Func<Contracts.Journal.V1.Event, bool> isOne)
    {
        await _node.Node.Engine.QuiesceAsync(Cancellation);
        using var journal = SqliteJournal.OpenReadOnly(Path.Combine(_node.Folder, "clearing.journal"));
        return [.. journal.ReadHeads().SelectMany(h => journal.ReadShard(h.Shard, 0, h.Position)).SelectMany(r => Contracts.Journal.V1.Turn.Parser.ParseFrom(r.Payload.Span).Steps)
            .Where(s => s.Principal.Length > 0 && s.Events.Any(isOne)).Select(s => s.Principal).Distinct()];
    }
}

file static class MessageChanges
{
    internal static T With<T>(this T message, System.Action<T> change)
    {
        change(message);
        return message;
    }
}
