namespace ClearingActors.Domain.Margin;

/// <summary>Everything in a <see cref="MarginState"/>.</summary>
public sealed record MarginSnapshot(MarginAssessed? Last, long LastCall, IReadOnlyList<MarginCall> Calls);

/// <summary>
/// An account's margin as the last official run left it, and its calls. One thread at a time; changes only in Apply, which throws
/// <see cref="InvalidOperationException"/> on an event that contradicts the state. The decisions are in <see cref="MarginDecisions"/>.
/// </summary>
public sealed class MarginState
{
    /// <summary>Calls that have ended and are still remembered, so that reports can show how they ended.</summary>
    public const int RememberedCalls = 64;

    private readonly List<MarginCall> _calls = [];

    /// <summary>The last assessment; null before the first.</summary>
    public MarginAssessed? Last { get; private set; }

    /// <summary>The number of the last call; 0 before the first.</summary>
    public long LastCall { get; private set; }

    /// <summary>Open calls and the last ended ones, in order of their numbers.</summary>
    public IReadOnlyList<MarginCall> Calls => _calls;

    /// <summary>What open calls still ask for, in minor units of the margin currency.</summary>
    public long OpenMinor
    {
        get
        {
            var open = 0L;
            foreach (var call in _calls)
            {
                open = checked(open + call.RemainingMinor);
            }

            return open;
        }
    }

    public static MarginState Restore(MarginSnapshot snapshot)
    {
        var state = new MarginState { Last = snapshot.Last, LastCall = snapshot.LastCall };
        state._calls.AddRange(snapshot.Calls);
        return state;
    }

    public MarginSnapshot ToSnapshot() => new(Last, LastCall, [.. _calls]);

    /// <summary>The call, open or remembered.</summary>
    public bool TryGetCall(long number, out MarginCall call)
    {
        var index = _calls.FindIndex(c => c.Number == number);
        call = index < 0 ? default : _calls[index];
        return index >= 0;
    }

    public void Apply(MarginAssessed e)
    {
        if (e.Run <= (Last?.Run ?? 0))
        {
            throw new InvalidOperationException($"margin run {e.Run} cannot follow run {Last!.Run}");
        }

        Last = e;
    }

    public void Apply(in MarginCallIssued e)
    {
        if (e.Number != LastCall + 1 || e.AmountMinor <= 0 || e.Deadline <= e.IssuedAt)
        {
            throw new InvalidOperationException($"margin call {e.Number} of {e.AmountMinor} minor units, due {e.Deadline - e.IssuedAt} ns after its issue, cannot follow call {LastCall}");
        }

        LastCall = e.Number;
        _calls.Add(new MarginCall(e.Number, e.Run, e.AmountMinor, 0, e.IssuedAt, e.Deadline, MarginCallStatus.Issued));
    }

    public void Apply(in MarginCallCredited e)
    {
        ref var call = ref Open(e.Number);
        if (e.CreditMinor <= 0 || e.CreditMinor > call.RemainingMinor)
        {
            throw new InvalidOperationException($"margin call {e.Number} lacks {call.RemainingMinor} minor units and cannot be credited {e.CreditMinor}");
        }

        call = call with { CreditedMinor = call.CreditedMinor + e.CreditMinor };
        if (call.RemainingMinor == 0)
        {
            End(ref call, MarginCallStatus.Met);
        }
    }

    public void Apply(in MarginCallMissed e) => End(ref Open(e.Number), MarginCallStatus.Missed);

    public void Apply(in MarginCallWithdrawn e) => End(ref Open(e.Number), MarginCallStatus.Withdrawn);

    private ref MarginCall Open(long number)
    {
        var index = _calls.FindIndex(c => c.Number == number && c.Status == MarginCallStatus.Issued);
        if (index < 0)
        {
            throw new InvalidOperationException($"margin call {number} is not open");
        }

        return ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_calls)[index];
    }

    private void End(ref MarginCall call, MarginCallStatus status)
    {
        call = call with { Status = status };
        var ended = _calls.Count(c => c.Status != MarginCallStatus.Issued);
        if (ended > RememberedCalls)
        {
            _calls.RemoveAt(_calls.FindIndex(c => c.Status != MarginCallStatus.Issued));
        }
    }
}
