using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Collateral.V1;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Grpc;
using ClearingActors.Node.Tests;
using ClearingActors.Node.Tests.Dashboard;
using Microsoft.Playwright;
using Stage = ClearingActors.Contracts.Defaults.V1.Stage;

namespace ClearingActors.Dashboard.Tests;

/// <summary>The forms of the page "Operations": what is typed is what both people read, and what is done.</summary>
[Collection(InBrowser.Name)]
public sealed class HandInTests(Browser browser)
{
    private const long OneCoin = 100_000_000;

    [Fact]
    public async Task A_coin_of_a_defaulter_is_sold_in_whole_coins()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await CollateralAsync<DefineAssetRequest, DefineAssetResponse>(house, "DefineAsset", new() { Asset = new Asset { Asset_ = "BTC", Currency = "USD", QuantityDigits = 8, Issuer = "BTC" } });
        await CollateralAsync<MoveAssetRequest, MoveAssetResponse>(house, "MoveAsset", new() { RequestId = "coins", Account = "B-HOUSE", Asset = "BTC", Quantity = House.Number(5) });
        await house.DeclareAsync();
        (await house.UntilAsync(d => CoinsOf(d) == 5 * OneCoin, "the account has told what it holds")).Stage.ShouldBe(Stage.ClosingOut);
        await using var first = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops1");
        await using var second = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops2");

        await FillAsync(
            first, "Record the sale of a defaulter's asset",
            ("Default number", "1"), ("Account", "B-HOUSE"), ("Security or coin", "BTC"), ("Quantity", "0.5"), ("Proceeds", "25,000"), ("Currency of Proceeds", "USD"));
        await first.Expect(first.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("0.5 BTC");
        await first.GiveReasonAsync("the best of three quotes", "second person");
        await second.GoAsync("Operations");
        await second.Expect(second.Page.Locator(".action-card")).ToContainTextAsync("0.5 BTC");
        await second.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await second.Expect(second.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("0.5 BTC");
        await second.GiveReasonAsync("I saw the quotes", "Done");

        await house.UntilAsync(d => CoinsOf(d) == 5 * OneCoin - OneCoin / 2, "half a coin has left");
        await first.Expect(first.Page.GetByRole(AriaRole.Region, new() { Name = "Decided actions" })).ToContainTextAsync("0.5 BTC");
    }

    [Fact]
    public async Task A_recovery_is_typed_and_shown_in_the_currency_of_its_default()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await house.ManageAsync(House.Operator, new TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" });
        await using var first = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops1");
        await using var second = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops2");

        await FillAsync(first, "Record a recovery", ("Default number", "1"), ("Recovered", "1,025.00"));
        await first.Expect(first.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("1,025.00 USD");
        await first.GiveReasonAsync("the estate's first dividend", "second person");
        await second.GoAsync("Operations");
        await second.Expect(second.Page.Locator(".action-card")).ToContainTextAsync("1,025.00 USD");

        var waiting = (await ActionsAsync(house)).Open.ShouldHaveSingleItem();
        RecordRecoveryRequest.Parser.ParseJson(waiting.Request).Amount.ShouldBe(1_025_00);
    }

    [Fact]
    public async Task The_form_proposes_a_decision_and_never_approves_one()
    {
        await using var house = await DefaultHouse.StartAsync(PageClient.WithPage);
        await house.ManageAsync(House.Operator, new TriggerDefaultRequest { Member = "BRAVO", Reason = "it cannot pay" });
        await house.DecideAsync(House.Operator, Contracts.Defaults.V1.Action.Declare);
        await using var second = await OpenPage.SignedInAsync(browser, house.Node.Node.WebAddress!, "operator:ops2");

        await FillAsync(second, "Propose a decision in a default", ("Default number", "1"), ("Decision", "declare the default"));
        var dialog = second.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync("I think it should be declared");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Do it" }).ClickAsync();

        await second.Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("has proposed it meanwhile: as seen");
        (await house.GetAsync()).Stage.ShouldBe(Stage.Triggered);
    }

    /// <summary>Fills in the form of an action on the page "Operations", and opens its review.</summary>
    private static async Task FillAsync(OpenPage tab, string action, params (string Label, string Text)[] fields)
    {
        await tab.GoAsync("Operations");
        var form = tab.Page.Locator("form.hand-in");
        await form.GetByLabel("Action", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = action });
        foreach (var (label, text) in fields)
        {
            var field = form.GetByLabel(label, new() { Exact = true });
            if (await field.EvaluateAsync<string>("e => e.tagName") == "SELECT")
            {
                await field.SelectOptionAsync(new SelectOptionValue { Label = text });
            }
            else
            {
                await field.FillAsync(text);
            }
        }

        await form.GetByRole(AriaRole.Button, new() { Name = "Review" }).ClickAsync();
    }

    private static long CoinsOf(Default d) => d.Accounts.Single(a => a.Account == "B-HOUSE").Own?.Assets.SingleOrDefault(a => a.Asset == "BTC")?.Units ?? 0;

    private static Task<TResponse> CollateralAsync<TRequest, TResponse>(DefaultHouse house, string method, TRequest request)
        where TRequest : Google.Protobuf.IMessage<TRequest>
        where TResponse : Google.Protobuf.IMessage<TResponse> =>
        house.Node.As(House.Operator).UnaryAsync(GrpcMethod.Of<TRequest, TResponse>(CollateralReflection.Descriptor.Services[0], method), request).Within();

    private static Task<GetActionsResponse> ActionsAsync(DefaultHouse house) =>
        house.Node.As(House.Operator).UnaryAsync(GrpcMethod.Of<GetActionsRequest, GetActionsResponse>(ActionsReflection.Descriptor.Services[0], "GetActions"), new()).Within();
}
