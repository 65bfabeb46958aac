using System.Net;
using ClearingActors.Node.Dashboard;
using ClearingActors.Node.Settings;

namespace ClearingActors.Node.Tests.Dashboard;

public sealed class SessionTests
{
    private const string Status = "clearing.operations.v1.OperationsService/GetStatus";

    [Fact]
    public async Task The_page_is_served_with_a_strict_policy_and_every_address_leads_to_it()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var client = new PageClient(node.Node.WebAddress!);

        foreach (var path in (string[])["", "market", "accounts/A-HOUSE"])
        {
            using var response = await client.GetAsync(path);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
            (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("<div id=\"root\">");
            var policy = response.Headers.GetValues("Content-Security-Policy").Single();
            policy.ShouldContain("default-src 'none'");
            policy.ShouldContain("frame-ancestors 'none'");
            policy.ShouldNotContain("unsafe");
        }

        (await client.GetAsync("assets/nothing.js")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.GetAsync("api/nothing")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Without_users_no_page_is_served()
    {
        await using var node = await RunningNode.StartAsync(define: false);

        node.Node.WebAddress.ShouldBeNull();
    }

    [Fact]
    public async Task Who_signs_in_may_read_and_who_signs_out_may_not()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var client = new PageClient(node.Node.WebAddress!);
        (await client.LoadSessionAsync()).GetProperty("name").GetString().ShouldBe("");
        (await client.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        (await client.SignInAsync("viewer:v1", PageClient.Password)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var session = await client.LoadSessionAsync();
        session.GetProperty("name").GetString().ShouldBe("viewer:v1");
        session.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ShouldBe(["viewer"]);
        (await PageClient.JsonOf(await client.CallAsync(Status))).GetProperty("businessDate").GetInt32().ShouldBe(House.Today);
        var cookie = client.Cookies.GetAllCookies().Single(c => c.Name == "clearing-session");
        cookie.HttpOnly.ShouldBeTrue();

        (await client.PostAsync("api/sign-out", "")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await client.LoadSessionAsync();
        (await client.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_get_the_same_answer()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = new PageClient(node.Node.WebAddress!);

        var wrong = await client.SignInAsync("viewer:v1", "not the password");
        var unknown = await client.SignInAsync("nobody", "not the password");

        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        unknown.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await PageClient.ErrorOf(wrong)).ShouldBe(await PageClient.ErrorOf(unknown));
    }

    [Fact]
    public async Task Five_failures_lock_a_name_even_for_the_right_password_and_nobody_elses()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = new PageClient(node.Node.WebAddress!);
        for (var i = 0; i < 5; i++)
        {
            (await client.SignInAsync("operator:ops1", $"guess number {i}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        var locked = await client.SignInAsync("operator:ops1", PageClient.Password);

        locked.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await PageClient.ErrorOf(locked)).ShouldBe("too many failures: try again in 15 minutes");
        (await client.SignInAsync("operator:ops2", PageClient.Password)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public void A_lock_is_of_one_address_until_there_are_many_failures_and_ends_by_itself()
    {
        var time = new SetTime();
        var limits = new SignInLimits(["ops1", "ops2"], time);
        for (var i = 0; i < 5; i++)
        {
            limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
        }

        limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.FromMinutes(15));
        limits.TryBegin("ops1", "10.0.0.2").ShouldBe(TimeSpan.Zero);
        limits.TryBegin("ops2", "10.0.0.1").ShouldBe(TimeSpan.Zero);
        for (var i = 0; i < 44; i++)
        {
            limits.TryBegin("ops1", $"10.0.1.{i}").ShouldBe(TimeSpan.Zero);
        }

        limits.TryBegin("ops1", "10.0.0.3").ShouldBe(TimeSpan.FromMinutes(15));
        time.Now += TimeSpan.FromMinutes(16);
        limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Made_up_names_push_no_failure_out()
    {
        var limits = new SignInLimits(["ops1"], new SetTime());
        for (var i = 0; i < 5; i++)
        {
            limits.TryBegin("ops1", "10.0.0.1");
        }

        for (var i = 0; i < 20_000; i++)
        {
            limits.TryBegin($"nobody{i}", $"10.{i % 250}.{i / 250}.1");
        }

        limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.FromMinutes(15));
    }

    [Fact]
    public void Who_succeeds_may_try_again_as_often_as_before()
    {
        var limits = new SignInLimits(["ops1"], new SetTime());
        for (var i = 0; i < 200; i++)
        {
            limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
            limits.Succeeded("ops1", "10.0.0.1");
        }
    }

    [Fact]
    public void What_was_not_tried_does_not_count()
    {
        var limits = new SignInLimits(["ops1"], new SetTime());
        for (var i = 0; i < 4; i++)
        {
            limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
        }

        for (var i = 0; i < 60; i++)
        {
            limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
            limits.NotTried("ops1", "10.0.0.1");
            limits.TryBegin("nobody", "10.0.0.1").ShouldBe(TimeSpan.Zero);
            limits.NotTried("nobody", "10.0.0.1");
        }

        // The four are still there.
        limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.Zero);
        limits.TryBegin("ops1", "10.0.0.1").ShouldBe(TimeSpan.FromMinutes(15));
    }

    [Fact]
    public async Task A_copied_cookie_is_of_no_use_after_signing_out()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        using var copy = new PageClient(node.Node.WebAddress!);
        copy.Cookies.Add(Moved(client.Cookies.GetAllCookies(), node.Node.WebAddress!));
        (await copy.LoadSessionAsync()).GetProperty("name").GetString().ShouldBe("operator:ops1");

        (await client.PostAsync("api/sign-out", "")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        (await copy.LoadSessionAsync()).GetProperty("name").GetString().ShouldBe("");
        (await copy.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_request_without_the_sessions_token_is_refused()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage, define: false);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        var token = client.ForgeryToken;

        client.ForgeryToken = "";
        (await client.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        client.ForgeryToken = token[..^4] + "AAAA";
        (await client.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        client.ForgeryToken = token;
        (await client.CallAsync(Status)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_page_cannot_change_anything_past_the_record()
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");

        var response = await client.CallAsync("clearing.operations.v1.OperationsService/HaltHouse", "{\"reason\":\"x\"}");

        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await PageClient.ErrorOf(response)).ShouldContain("hand it in with ActionService/SubmitAction");
        (await node.Node.Engine.ReadHaltsAsync()).House.ShouldBeFalse();
    }

    [Theory]
    [InlineData("{", "no GetMarginRequest in JSON")]
    [InlineData("{\"acount\":\"A-HOUSE\"}", "acount")]
    [InlineData("{\"account\":\"NO-SUCH\"}", "NO-SUCH")]
    [InlineData("{\"account\":7}", "no GetMarginRequest in JSON")]
    public async Task Bad_input_gets_a_clear_error(string json, string named)
    {
        await using var node = await RunningNode.StartAsync(PageClient.WithPage);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "viewer:v1");

        var response = await client.CallAsync("clearing.margin.v1.MarginService/GetMargin", json);

        ((int)response.StatusCode).ShouldBeInRange(400, 499);
        (await PageClient.ErrorOf(response)).ShouldContain(named);
    }

    [Fact]
    public async Task A_session_outlives_a_restart_and_ends_when_the_password_changes()
    {
        var folder = RunningNode.NewFolder();
        try
        {
            CookieCollection cookies;
            await using (var first = await RunningNode.StartAsync(PageClient.WithPage, folder))
            {
                using var client = await PageClient.SignedInAsync(first.Node.WebAddress!, "viewer:v1");
                cookies = client.Cookies.GetAllCookies();
                await first.Node.StopAsync();
            }

            await using (var second = await RunningNode.StartAsync(PageClient.WithPage, folder, define: false))
            {
                using var again = new PageClient(second.Node.WebAddress!);
                again.Cookies.Add(Moved(cookies, second.Node.WebAddress!));
                (await again.LoadSessionAsync()).GetProperty("name").GetString().ShouldBe("viewer:v1");
            }

            var other = Passwords.Hash("another password altogether");
            await using var third = await RunningNode.StartAsync(
                s => PageClient.WithPage(s) with { Web = PageClient.WithPage(s).Web with { Users = [new WebUserSettings { Name = "viewer:v1", PasswordHash = other, Roles = Node.Principals.Roles.Viewer }] } }, folder, define: false);
            using var changed = new PageClient(third.Node.WebAddress!);
            changed.Cookies.Add(Moved(cookies, third.Node.WebAddress!));
            (await changed.LoadSessionAsync()).GetProperty("name").GetString().ShouldBe("");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    internal static CookieCollection Moved(CookieCollection cookies, Uri address)
    {
        var moved = new CookieCollection();
        foreach (var cookie in cookies.Where(c => c.Name == "clearing-session"))
        {
            moved.Add(new Cookie(cookie.Name, cookie.Value, "/", address.Host));
        }

        return moved;
    }

    private sealed class SetTime : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
