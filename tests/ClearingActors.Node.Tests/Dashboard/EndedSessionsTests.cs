using System.Net;
using ClearingActors.Journal.Tests;
using ClearingActors.Node.Dashboard;
using Microsoft.Extensions.Logging;

namespace ClearingActors.Node.Tests.Dashboard;

/// <summary>Who signed out stays signed out, whatever becomes of the node and its disk.</summary>
public sealed class EndedSessionsTests : IDisposable
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly string _folder = RunningNode.NewFolder();
    private readonly SetTime _time = new();
    private readonly Lines _log = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_copied_cookie_stays_worthless_when_the_node_is_started_again_and_who_did_not_sign_out_goes_on()
    {
        var (ended, open) = await OneLeavesAndOneStaysAsync();

        for (var start = 0; start < 2; start++)
        {
            await using var again = await StartAsync(_folder);
            (await NameOfAsync(again, ended)).ShouldBe("");
            (await NameOfAsync(again, open)).ShouldBe("operator:ops2");
        }
    }

    [Fact]
    public async Task With_a_damaged_list_all_sign_in_again_and_the_log_says_so()
    {
        var (ended, open) = await OneLeavesAndOneStaysAsync();

        var list = Path.Combine(_folder, "web-keys", EndedSessions.FileName);
        await File.WriteAllTextAsync(list, (await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken))[..^1], TestContext.Current.CancellationToken);

        CookieCollection fresh;
        await using (var second = await StartAsync(_folder))
        {
            (await NameOfAsync(second, ended)).ShouldBe("");
            (await NameOfAsync(second, open)).ShouldBe("");
            using var client = await PageClient.SignedInAsync(second.Node.WebAddress!, "operator:ops2");
            fresh = client.Cookies.GetAllCookies();
        }

        _log.Warnings.ShouldHaveSingleItem().ShouldBe($"The list of ended sessions {list} is damaged: all sessions of before this start have ended, and people sign in again");
        await using var third = await StartAsync(_folder);
        (await NameOfAsync(third, ended)).ShouldBe("");
        (await NameOfAsync(third, open)).ShouldBe("");
        (await NameOfAsync(third, fresh)).ShouldBe("operator:ops2");
    }

    [Fact]
    public async Task On_a_full_disk_a_session_ends_for_good()
    {
        using var disk = SmallDisk.MountOrSkip(_folder, 24);
        CookieCollection ended;
        var filler = Path.Combine(disk.Path, "filler");
        await using (var first = await StartAsync(disk.Path))
        {
            using var client = await PageClient.SignedInAsync(first.Node.WebAddress!, "operator:ops1");
            ended = client.Cookies.GetAllCookies();
            Fill(filler);
            await SignOutAsync(client, HttpStatusCode.NoContent);
            (await NameOfAsync(first, ended)).ShouldBe("");
            File.Delete(filler);
        }

        _log.Warnings.ShouldContain(w => w.Contains("could not be written and was removed", StringComparison.Ordinal));
        await using var second = await StartAsync(disk.Path);
        (await NameOfAsync(second, ended)).ShouldBe("");
    }

    [Fact]
    public async Task Who_signs_out_is_told_when_the_disk_takes_no_note_of_it_and_the_session_has_ended_all_the_same()
    {
        await using var node = await StartAsync(_folder);
        using var client = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        var ended = client.Cookies.GetAllCookies();
        InTheWay(Path.Combine(_folder, "web-keys"));

        var answer = await SignOutAsync(client, HttpStatusCode.OK);

        (await PageClient.JsonOf(answer)).GetProperty("warning").GetString()!.ShouldStartWith("You are signed out, but the node could not note it on its disk");
        (await NameOfAsync(node, ended)).ShouldBe("");
        client.Cookies.GetAllCookies().ShouldNotContain(c => c.Name == "clearing-session");
        _log.Errors.ShouldHaveSingleItem().ShouldContain("could be neither written");
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing of the kind\n")]
    [InlineData("long")]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("missing")]
    public void Whatever_the_list_has_become_nothing_of_before_is_valid(string damage)
    {
        var before = EndedSessions.Open(_folder, _time, _log);
        var (gone, other) = (before.Begin(Day), before.Begin(Day));
        before.End(gone).ShouldBeTrue();
        var list = Path.Combine(_folder, EndedSessions.FileName);
        var text = File.ReadAllText(list);
        File.WriteAllText(list, damage switch
        {
            "long" => text + new string('x', 1 << 20),
            "cut" => text[..^10],
            "changed" => text.Replace(gone.Id, new string('0', gone.Id.Length), StringComparison.Ordinal),
            _ => damage,
        });
        if (damage == "missing")
        {
            File.Delete(list);
        }

        _time.Now += TimeSpan.FromMinutes(1);
        var after = EndedSessions.Open(_folder, _time, _log);
        after.Has(gone).ShouldBeTrue();
        after.Has(other).ShouldBeTrue();
        var fresh = after.Begin(Day);
        after.Has(fresh).ShouldBeFalse();
        var again = EndedSessions.Open(_folder, _time, _log);
        again.Has(gone).ShouldBeTrue();
        again.Has(other).ShouldBeTrue();
        again.Has(fresh).ShouldBeFalse();
    }

    [Fact]
    public void A_first_start_warns_of_nothing_and_a_missing_list_beside_keys_is_told()
    {
        EndedSessions.Open(_folder, _time, _log);
        _log.Warnings.ShouldBeEmpty();
        File.Delete(Path.Combine(_folder, EndedSessions.FileName));
        File.WriteAllText(Path.Combine(_folder, "key-1.xml"), "<key/>");

        EndedSessions.Open(_folder, _time, _log);

        _log.Warnings.ShouldHaveSingleItem().ShouldContain("is missing: all sessions of before this start have ended");
    }

    [Fact]
    public void What_has_run_out_by_itself_is_dropped()
    {
        var sessions = EndedSessions.Open(_folder, _time, _log);
        var (early, late) = (sessions.Begin(Day), sessions.Begin(Day * 2));
        sessions.End(early);
        _time.Now += Day + TimeSpan.FromMilliseconds(1);
        sessions.End(late);

        var list = File.ReadAllText(Path.Combine(_folder, EndedSessions.FileName));
        list.ShouldNotContain(early.Id);
        list.ShouldContain(late.Id);
    }

    [Fact]
    public void A_full_list_ends_the_oldest_sessions_rather_than_forgetting_one()
    {
        const int Most = 10;
        var sessions = EndedSessions.Open(_folder, _time, _log, Most);
        var oldestOpen = sessions.Begin(Day);
        var ended = new List<Session>();
        for (var i = 0; i <= Most; i++)
        {
            _time.Now += TimeSpan.FromMilliseconds(1);
            ended.Add(sessions.Begin(Day));
        }

        var newestOpen = sessions.Begin(Day);
        ended.ShouldAllBe(s => sessions.End(s));
        var again = EndedSessions.Open(_folder, _time, _log, Most);
        foreach (var list in new[] { sessions, again })
        {
            ended.ShouldAllBe(s => list.Has(s));
            list.Has(oldestOpen).ShouldBeTrue();
            list.Has(newestOpen).ShouldBeFalse();
        }

        File.ReadAllLines(Path.Combine(_folder, EndedSessions.FileName)).Length.ShouldBe(Most + 3);
    }

    [Fact]
    public void A_session_that_begins_after_the_clock_was_put_back_is_valid()
    {
        EndedSessions.Open(_folder, _time, _log);
        File.Delete(Path.Combine(_folder, EndedSessions.FileName));
        var sessions = EndedSessions.Open(_folder, _time, _log);
        _time.Now -= TimeSpan.FromHours(1);

        sessions.Has(sessions.Begin(Day)).ShouldBeFalse();
    }

    /// <summary>The cookies of <c>ops1</c>, who signed out, and of <c>ops2</c>, who did not; the node has stopped.</summary>
    private async Task<(CookieCollection Ended, CookieCollection Open)> OneLeavesAndOneStaysAsync()
    {
        await using var node = await StartAsync(_folder);
        using var leaver = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops1");
        using var stayer = await PageClient.SignedInAsync(node.Node.WebAddress!, "operator:ops2");
        var cookies = (leaver.Cookies.GetAllCookies(), stayer.Cookies.GetAllCookies());
        await SignOutAsync(leaver, HttpStatusCode.NoContent);
        return cookies;
    }

    private static async Task<HttpResponseMessage> SignOutAsync(PageClient client, HttpStatusCode expected)
    {
        var answer = await client.PostAsync("api/sign-out", "");
        answer.StatusCode.ShouldBe(expected);
        return answer;
    }

    private static async Task<string?> NameOfAsync(RunningNode node, CookieCollection cookies)
    {
        using var client = new PageClient(node.Node.WebAddress!);
        client.Cookies.Add(SessionTests.Moved(cookies, node.Node.WebAddress!));
        return (await client.LoadSessionAsync()).GetProperty("name").GetString();
    }

    private async Task<RunningNode> StartAsync(string folder) => await RunningNode.StartAsync(PageClient.WithPage, folder, define: false, loggers: _log);

    /// <summary>A folder where the list should be: no file can be moved there, and it is not removed as one.</summary>
    private static void InTheWay(string keys)
    {
        var list = Path.Combine(keys, EndedSessions.FileName);
        File.Delete(list);
        Directory.CreateDirectory(Path.Combine(list, "of somebody"));
    }

    /// <summary>To the last byte, so that not even a small file has room.</summary>
    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[64 * 1024, 4096, 1])
        {
            var block = new byte[size];
            try
            {
                while (true)
                {
                    file.Write(block);
                }
            }
            catch (IOException)
            {
                // No room for a block of this size; there may be for a smaller one.
            }
        }
    }

    private sealed class SetTime : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    /// <summary>What the operators' page logs.</summary>
    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        internal IReadOnlyList<string> Warnings => Of(LogLevel.Warning);

        internal IReadOnlyList<string> Errors => Of(LogLevel.Error);

        public ILogger CreateLogger(string categoryName) => categoryName == "ClearingActors.Node.Dashboard" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add((logLevel, formatter(state, exception)));
            }
        }

        public void Dispose()
        {
            // Nothing is held.
        }

        private List<string> Of(LogLevel level)
        {
            lock (_lines)
            {
                return [.. _lines.Where(l => l.Level == level).Select(l => l.Text)];
            }
        }
    }
}
