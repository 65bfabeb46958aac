using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Markets.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;

namespace ClearingActors.Dashboard.Tests;

[Collection(InBrowser.Name)]
public sealed class DecisionTests(Browser browser)
{
    [Fact]
    public async Task A_mark_that_jumped_is_confirmed_with_a_reason_that_stays_on_the_record()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await PublishAsync(node, 5000, 1);
        await PublishAsync(node, 5900, 2);
        (await StatusAsync(node)).HeldMarks.ShouldHaveSingleItem();
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "risk:rm1");
        await tab.Expect(tab.Page.GetByText("The mark of ES is held")).ToBeVisibleAsync();

        await tab.GoAsync("Market");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Confirm", Exact = true }).First.ClickAsync();
        await tab.GiveReasonAsync("the exchange confirms the move", "Done");

        await tab.Expect(tab.Page.GetByText("Marks that wait to be confirmed")).ToBeHiddenAsync();
        (await StatusAsync(node)).HeldMarks.ShouldBeEmpty();
        var action = (await ActionsAsync(node)).Decided.ShouldHaveSingleItem();
        action.Method.ShouldBe("clearing.operations.v1.OperationsService/ConfirmMark");
        action.By.ShouldBe("risk:rm1");
        action.Reason.ShouldBe("the exchange confirms the move");
        action.Stage.ShouldBe(ActionStage.Done);
    }

    [Fact]
    public async Task What_needs_two_people_is_done_when_the_second_has_approved_it()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await using var first = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops1");
        await using var second = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "operator:ops2");
        await first.GoAsync("Market");
        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" }).ClickAsync();
        await first.GiveReasonAsync("the feed is broken", "Done");
        await first.Expect(first.Page.Locator(".bar").GetByText("House halted")).ToBeVisibleAsync();
        await second.Expect(second.Page.Locator(".bar").GetByText("House halted")).ToBeVisibleAsync();

        await first.Page.GetByRole(AriaRole.Button, new() { Name = "Resume the house" }).ClickAsync();
        await first.GiveReasonAsync("the feed is back", "second person");
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeTrue();
        await first.GoAsync("Operations");
        await first.Expect(first.Page.GetByText("the feed is back")).ToBeVisibleAsync();
        await first.Expect(first.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" })).ToHaveCountAsync(0);

        await second.GoAsync("Operations");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await second.GiveReasonAsync("seen it myself", "Done");

        await first.Expect(first.Page.Locator(".bar").GetByText("House halted")).ToBeHiddenAsync();
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeFalse();
        var resumed = (await ActionsAsync(node)).Decided.First();
        resumed.By.ShouldBe("operator:ops1");
        resumed.DecidedBy.ShouldBe("operator:ops2");
        resumed.DecisionReason.ShouldBe("seen it myself");
        resumed.Stage.ShouldBe(ActionStage.Done);
    }

    [Fact]
    public async Task A_viewer_is_offered_no_decision_and_the_node_refuses_one()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        await PublishAsync(node, 5000, 1);
        await PublishAsync(node, 5900, 2);
        await using var tab = await OpenPage.SignedInAsync(browser, node.Node.WebAddress!, "viewer:v1");
        await tab.GoAsync("Market");
        await tab.Expect(tab.Page.GetByText("Marks that wait to be confirmed")).ToBeVisibleAsync();
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Confirm", Exact = true })).ToHaveCountAsync(0);
        await tab.Expect(tab.Page.GetByRole(AriaRole.Button, new() { Name = "Halt the house" })).ToHaveCountAsync(0);

        // What the page does not offer, somebody may still send with the page's own session and token.
        tab.Expected = text => text.Contains("403", StringComparison.Ordinal);
        var status = await tab.Page.EvaluateAsync<int>(
            """
            async () => {
              const { forgeryToken } = await (await fetch('/api/session')).json();
              const request = { requestId: 'v-1', method: 'clearing.operations.v1.OperationsService/HaltHouse', request: '{}', reason: 'because' };
              return (await fetch('/api/rpc/clearing.actions.v1.ActionService/SubmitAction', { method: 'POST', headers: { 'X-Forgery-Token': forgeryToken }, body: JSON.stringify(request) })).status;
            }
            """);
        status.ShouldBe(403);
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeFalse();
        (await ActionsAsync(node)).Decided.ShouldBeEmpty();
    }

    private static async Task PublishAsync(RunningNode node, decimal price, long after)
    {
        var feed = node.As(House.Feed1).ClientStreaming(Methods.PublishMarks);
        await feed.Requests.WriteAsync(new PublishMarksRequest { Marks = { new Mark { Instrument = "ES", Price = House.Number(price), Source = "SRC1", Time = House.Noon - 10_000 + after } } });
        await feed.CompleteRequestsAsync();
        await feed.ResponseAsync.Within();
    }

    private static Task<GetStatusResponse> StatusAsync(RunningNode node) => node.As(House.Operator).OperateAsync<GetStatusRequest, GetStatusResponse>(new());

    private static Task<GetActionsResponse> ActionsAsync(RunningNode node) =>
        node.As(House.Operator).UnaryAsync(GrpcMethod.Of<GetActionsRequest, GetActionsResponse>(ActionsReflection.Descriptor.Services[0], "GetActions"), new()).Within();
}
