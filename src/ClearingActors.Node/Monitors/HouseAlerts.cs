using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Fabric;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.House.V1;
using ClearingActors.Domain;
using ClearingActors.Engine;
using ClearingActors.Engine.Commands;
using ClearingActors.Node.Checkpoints;

namespace ClearingActors.Node.Monitors;

/// <summary>What needs somebody's attention, derived from the house's state: nothing has to be acknowledged, and what is mended is gone. Thread-safe.</summary>
internal sealed class HouseAlerts(ClearingEngine engine, InvariantMonitor invariants, CheckpointLoop? checkpoints, TimeProvider time)
{
    /// <summary>Of one kind; more are told as a number.</summary>
    private const int MostOfOne = 20;

    /// <summary>How long each source may take: a full disk must be told of, not waited for.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Dictionary<string, long> _since = new(StringComparer.Ordinal);

    /// <summary>The verification of the journal that ended last; null before the first, and where nobody asks.</summary>
    internal Func<VerificationRun?> Verified { get; init; } = static () => null;

    /// <param name="principal">Who asks.</param>
    /// <param name="settlement">Where settlement stands; null if it cannot be read.</param>
    /// <param name="halted">Whether the whole house is halted; null if it cannot be read.</param>
    /// <param name="cancellation">Ends the wait.</param>
    internal async Task<IReadOnlyList<Alert>> ReadAsync(string principal, SettlementView? settlement, bool? halted, CancellationToken cancellation)
    {
        var found = new List<Alert>();
        if (engine.Runtime.DiskFull)
        {
            Add(found, Alert.Types.Severity.Critical, "disk-full", "The journal's disk is full: commands are refused until there is room. Nothing is lost", "cluster");
        }

        if (invariants.Last.Books is { } books && !(books.MatchedBook && books.CashConserved && books.AssetsConserved))
        {
            Add(found, Alert.Types.Severity.Critical, "invariants", "The house's sums are not zero: halt it and verify the journal", "audit");
        }

        var verdict = invariants.Last;
        if (invariants.UncheckedSince(verdict) is { } since)
        {
            Add(
                found,
                Alert.Types.Severity.Warning,
                "invariants-unchecked",
                $"The invariants have not been checked since {DateTimeOffset.UnixEpoch.AddTicks(since / TimeSpan.NanosecondsPerTick).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC{(verdict.NotCheckedBecause.Length > 0 ? $": {verdict.NotCheckedBecause}" : "")}",
                "cluster");
        }

        if (halted is null)
        {
            Add(found, Alert.Types.Severity.Critical, "unread/halt", "Whether the house is halted cannot be read", "cluster");
        }
        else if (halted.Value)
        {
            Add(found, Alert.Types.Severity.Critical, "house-halted", "The house is halted: no trade is taken", "market");
        }

        if (checkpoints is { Failure.Length: > 0 })
        {
            Add(found, Alert.Types.Severity.Warning, "checkpoint", $"The journal is not being signed: {checkpoints.Failure}", "audit");
        }

        if (Verified() is { Result: VerificationResult.Findings } verified)
        {
            Add(found, Alert.Types.Severity.Critical, "verification", $"Verification {verified.Number} of the journal has {verified.FindingCount} findings: it is not what was signed, or breaks the rulebook", "audit");
        }

        // Each by itself, and none for long: what cannot be read is itself what somebody must know.
        var sources = new[]
        {
            FromAsync("quarantined actors", "cluster", async told => AddMany(
                told, Alert.Types.Severity.Critical, "quarantined",
                (await engine.Runtime.QuarantinesAsync().ConfigureAwait(false)).Select(q => ($"{q.Actor.Kind}/{q.Actor.Key}", $"Actor {ActorKinds.NameOf(q.Actor.Kind)}/{q.Actor.Key} is quarantined: its messages wait")), "cluster")),
            FromAsync("defaults", "defaults", async told => AddMany(
                told, Alert.Types.Severity.Critical, "default",
                (await engine.GetDefaultsAsync(principal, 0, cancellation).ConfigureAwait(false)).Defaults.Where(d => d.Stage is not (Stage.Closed or Stage.Lifted)).Select(d => (d.Number.ToString(CultureInfo.InvariantCulture), TextOf(d))), "defaults")),
            FromAsync("margin runs", "margin", async told => AddMany(
                told, Alert.Types.Severity.Warning, "missed-call",
                (await engine.GetMarginRunsAsync(principal, cancellation).ConfigureAwait(false)).Missed.Select(m => ($"{m.Account}/{m.Call}", $"Account {m.Account} of {m.Member} has missed call {m.Call}")), "margin")),
            FromAsync("held marks", "market", async told => AddMany(
                told, Alert.Types.Severity.Warning, "held-mark",
                (await engine.HeldMarksAsync().ConfigureAwait(false)).Select(h => (h.Instrument.Id.Value, $"The mark of {h.Instrument.Id} is held: it jumped, and a second source or somebody must confirm it")), "market")),
            FromAsync("overdue fundings and prices", "market", async told => AddMany(
                told, Alert.Types.Severity.Warning, "overdue", (await engine.OverdueAsync().ConfigureAwait(false)).Select(o => (o.Key.Value, $"{o.Key} is overdue: {o.Value}")), "market")),
            FromAsync("actions", "operations", async told => AddMany(
                told, Alert.Types.Severity.Warning, "action",
                (await engine.GetActionsAsync(principal, before: 0, limit: 0, cancellation).ConfigureAwait(false)).Open.Where(a => a.Stage == ActionStage.Proposed)
                    .Select(a => (a.Number.ToString(CultureInfo.InvariantCulture), $"Action {a.Number} of {a.By} waits for a second person: {a.Method[(a.Method.LastIndexOf('/') + 1)..]}: {a.Reason}")), "operations")),
        };
        foreach (var told in await Task.WhenAll(sources).ConfigureAwait(false))
        {
            found.AddRange(told);
        }

        if (settlement is null)
        {
            Add(found, Alert.Types.Severity.Critical, "unread/settlement", "Settlement cannot be read: business time and cycle are not known here", "cluster");
            return Dated(found);
        }

        if (settlement.Blocked.Length > 0)
        {
            Add(found, Alert.Types.Severity.Critical, "settlement-blocked", $"Settlement is blocked: {settlement.Blocked}", "operations");
        }

        AddMany(
            found,
            Alert.Types.Severity.Warning,
            "claim",
            settlement.Claims.Select(c => (c.Number.ToString(CultureInfo.InvariantCulture), $"{c.Missed.Member} has not paid for cycle {c.Missed.Cycle}: claim {c.Number}")),
            "operations");
        return Dated(found);
    }

    private async Task<List<Alert>> FromAsync(string what, string page, Func<List<Alert>, Task> read)
    {
        var told = new List<Alert>();
        try
        {
            await read(told).WaitAsync(Patience, time).ConfigureAwait(false);
            return told;
        }
        catch (Exception e) when (e is CommandFailedException or RefusedException or TimeoutException)
        {
            // What is still read later must not change what is told now.
            return [new Alert { Severity = Alert.Types.Severity.Critical, Id = $"unread/{what}", Text = $"What there is of {what} cannot be read: {e.Message}", Page = page }];
        }
    }

    private static string TextOf(Default d) =>
        $"Default {d.Number} of {d.Member}: {Words(d.Stage)}{(d.Proposals.Count > 0 ? "; a decision waits for a second person" : "")}{(d.Blocked.Length > 0 ? $"; {d.Blocked}" : "")}";

    private static string Words(Stage stage) => stage == Stage.ClosingOut ? "closing out" : stage.ToString().ToLowerInvariant();

    private static void Add(List<Alert> found, Alert.Types.Severity severity, string id, string text, string page) =>
        found.Add(new Alert { Severity = severity, Id = id, Text = text, Page = page });

    private static void AddMany(List<Alert> found, Alert.Types.Severity severity, string kind, IEnumerable<(string Id, string Text)> many, string page)
    {
        var all = many.ToList();
        foreach (var (id, text) in all.Take(MostOfOne))
        {
            Add(found, severity, $"{kind}/{id}", text, page);
        }

        if (all.Count > MostOfOne)
        {
            Add(found, severity, $"{kind}/more", $"{all.Count - MostOfOne} more like the last", page);
        }
    }

    /// <summary>Since when each has been seen; those that are gone are forgotten.</summary>
    private List<Alert> Dated(List<Alert> found)
    {
        var now = UtcTime.Of(time.GetUtcNow());
        lock (_lock)
        {
            var since = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var alert in found)
            {
                alert.Since = since[alert.Id] = _since.GetValueOrDefault(alert.Id, now);
            }

            _since = since;
        }

        return [.. found.OrderByDescending(a => a.Severity).ThenBy(a => a.Since)];
    }
}
