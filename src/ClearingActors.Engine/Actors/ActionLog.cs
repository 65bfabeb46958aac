using System.Text;
using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Journal.Actions.V1;
using ClearingActors.Domain.Ledger;
using Google.Protobuf;
using Action = ClearingActors.Contracts.Actions.V1.Action;

namespace ClearingActors.Engine.Actors;

/// <summary>
/// The actions that wait or run, and the last that were decided: proposed, then running or declined or expired; running, then done or failed or interrupted. It says what may follow,
/// and takes what did; nothing here is decided.
/// </summary>
internal sealed class ActionLog
{
    /// <summary>Actions that wait for a second person or run after one, and as many again that need none: what waits must never keep a halt from being handed in.</summary>
    internal const int MaxOpen = 100;

    /// <summary>Of them, those of one person that wait: nobody can fill the list alone.</summary>
    internal const int MaxWaitingOfOne = 20;

    /// <summary>Of one person and method, those that run: each may join what is under way, such as a margin run that hangs.</summary>
    internal const int MaxRunningOfOne = 10;

    /// <summary>Decided ones that are kept; older ones stay in the journal.</summary>
    internal const int DecidedKept = 200;

    /// <summary>Request ids that are known still when their action is not kept any more, so that a late repeat does nothing: years of a house's actions.</summary>
    internal const int FormerKept = 5_000;

    /// <summary>Refusals kept of an action; older ones stay in the journal.</summary>
    internal const int RefusalsKept = 20;

    /// <summary>Of a method's request, bytes of UTF-8.</summary>
    internal const int MaxRequest = 16 * 1024;

    /// <summary>Of an outcome, characters.</summary>
    internal const int MaxOutcome = 4 * 1024;

    /// <summary>
    /// How long an action waits for its second person: long enough to find somebody and to explain, and short enough that what is approved still fits the market that it was proposed in.
    /// </summary>
    internal const long LifetimeNs = 30 * 60 * 1_000_000_000L;

    private const int MaxReason = 500;
    private const int MaxShown = 80;
    internal const int MaxMethod = 200;

    private readonly SortedDictionary<long, Action> _open = [];
    private readonly List<Action> _decided = [];
    private readonly Queue<string> _former = [];
    private readonly HashSet<string> _formerSet = new(StringComparer.Ordinal);

    /// <summary>The newest action's number; 0 before the first.</summary>
    internal long Last { get; private set; }

    internal static ActionLog Of(ActionsSnapshot snapshot)
    {
        var log = new ActionLog { Last = snapshot.Last };
        foreach (var action in snapshot.Open)
        {
            log._open.Add(action.Number, action);
        }

        log._decided.AddRange(snapshot.Decided);
        foreach (var id in snapshot.FormerRequestIds)
        {
            log.AddFormer(id);
        }

        return log;
    }

    internal ActionsSnapshot Save()
    {
        var snapshot = new ActionsSnapshot { Last = Last };
        snapshot.Open.Add(_open.Values);
        snapshot.Decided.Add(_decided);
        snapshot.FormerRequestIds.Add(_former);
        return snapshot;
    }

    internal Action? Find(long number) => _open.GetValueOrDefault(number) ?? _decided.Find(a => a.Number == number);

    internal Action? Find(string requestId) => _open.Values.FirstOrDefault(a => a.RequestId == requestId) ?? _decided.Find(a => a.RequestId == requestId);

    internal IReadOnlyList<Action> Running => [.. _open.Values.Where(static a => a.Stage == ActionStage.Running)];

    internal GetActionsResponse View(long before, int limit)
    {
        var response = new GetActionsResponse();
        response.Open.Add(_open.Values.Select(static a => a.Clone()));
        response.Decided.Add(_decided.Where(a => before == 0 || a.Number < before).OrderByDescending(static a => a.Number).Take(limit).Select(static a => a.Clone()));
        return response;
    }

    /// <summary>Why an action cannot be taken in; null if it can.</summary>
    internal string? RefuseSubmit(SubmitActionRequest request, bool needsSecond, string by) =>
        _formerSet.Contains(request.RequestId) ? $"request {request.RequestId} was an action of long ago, of which the journal tells; take another request_id"
        : !RequestId.TryParse(request.RequestId, out _) ? $"request_id is \"{Cut(request.RequestId, MaxShown)}\": 1 to 64 characters of A-Z a-z 0-9 . _ - are required"
        : request.Method.Length is 0 or > MaxMethod ? $"a method has 1 to {MaxMethod} characters; this has {request.Method.Length}"
        : Encoding.UTF8.GetByteCount(request.Request) is > MaxRequest and var bytes ? $"the request of an action has at most {MaxRequest} bytes; this has {bytes}: call {request.Method} itself"
        : RefuseReason(request.Reason) ?? RefuseMore(needsSecond, by, request.Method);

    /// <summary>Why somebody may not decide about what waits; null if it may.</summary>
    internal string? RefuseDecision(DecideActionRequest request, bool approve, string by) =>
        RefuseReason(request.Reason)
        ?? (Find(request.Number) is not { } action ? Unknown(request.Number)
            : action.Stage != ActionStage.Proposed ? $"action {action.Number} is {Word(action.Stage)}; only what waits for a second person can be {(approve ? "approved" : "declined")}"
            : approve && action.By == by ? $"{by} has handed action {action.Number} in; somebody else must approve"
            : null);

    /// <summary>Why an action cannot have ended so; null if it can.</summary>
    internal string? RefuseEnd(long number) =>
        Find(number) is not { } action ? Unknown(number) : action.Stage != ActionStage.Running ? $"action {number} is {Word(action.Stage)}; only what runs can end" : null;

    internal static string Cut(string text, int length) => text.Length <= length ? text : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];

    internal void Apply(IMessage message)
    {
        switch (message)
        {
            case ActionSubmitted e:
                Last = e.Action.Number;
                _open.Add(Last, e.Action);
                break;
            case ActionDecided e:
                var decided = OpenOf(e.Number);
                (decided.DecidedBy, decided.DecisionReason, decided.DecidedAt) = (e.By, e.Reason, e.At);
                if (e.Approved)
                {
                    decided.Stage = ActionStage.Running;
                }
                else
                {
                    End(decided, ActionStage.Declined);
                }

                break;
            case ActionRefused e:
                if (Find(e.Number) is { } refused)
                {
                    refused.Refusals.Add(e.Refusal);
                    if (refused.Refusals.Count > RefusalsKept)
                    {
                        refused.Refusals.RemoveAt(0);
                    }
                }

                break;
            case ActionEnded e:
                var ended = OpenOf(e.Number);
                (ended.Outcome, ended.FinishedAt) = (e.Outcome, e.At);
                End(ended, e.Stage);
                break;
            default:
                throw new InvalidOperationException($"the log of actions takes no {message.Descriptor.Name}");
        }
    }

    private void AddFormer(string requestId)
    {
        if (!_formerSet.Add(requestId))
        {
            return;
        }

        _former.Enqueue(requestId);
        if (_former.Count > FormerKept)
        {
            _formerSet.Remove(_former.Dequeue());
        }
    }

    private string? RefuseMore(bool needsSecond, string by, string method) =>
        needsSecond && _open.Values.Count(a => a.Stage == ActionStage.Proposed && a.By == by) is >= MaxWaitingOfOne and var waiting
            ? $"{waiting} actions of {by} wait for a second person, and no more than {MaxWaitingOfOne} of one person are taken: take one of them back, or have somebody else decide about one, first"
        : !needsSecond && _open.Values.Count(a => !a.NeedsSecond && a.By == by && a.Method == method) is >= MaxRunningOfOne and var running
            ? $"{running} actions {method} of {by} run, and no more than {MaxRunningOfOne} of one person are taken: wait for one to end"
        : _open.Values.Count(a => a.NeedsSecond == needsSecond) < MaxOpen ? null
        : needsSecond ? $"{MaxOpen} actions wait for a second person, and no more are taken: decide about one of them first"
        : $"{MaxOpen} actions run, and no more are taken: try again when one has ended";

    private static string? RefuseReason(string reason) => reason.Length is 0 or > MaxReason ? $"a reason of 1 to {MaxReason} characters is needed; it has {reason.Length}" : null;

    private static string Word(ActionStage stage) => stage switch
    {
        ActionStage.Proposed => "waiting for a second person",
        ActionStage.Running => "being carried out",
        _ => stage.ToString().ToLowerInvariant(),
    };

    internal string Unknown(long number) => number >= 1 && number <= Last ? $"action {number} was decided long ago; the journal has it" : $"there is no action {number}; 1 to {Last} are known";

    private Action OpenOf(long number) => _open.GetValueOrDefault(number) ?? throw new InvalidOperationException($"action {number} neither waits nor runs");

    private void End(Action action, ActionStage stage)
    {
        action.Stage = stage;
        _open.Remove(action.Number);
        _decided.Add(action);
        if (_decided.Count > DecidedKept)
        {
            AddFormer(_decided[0].RequestId);
            _decided.RemoveAt(0);
        }
    }
}
