using ClearingActors.Domain.House;

namespace ClearingActors.Engine.Reports;

/// <summary>
/// All accounts of the house in a line each, of durable states: each account's as of some moment while the house was read, not all of one moment. Immutable.
/// </summary>
public sealed class HouseSummary
{
    private readonly IReadOnlyList<AccountSummary[]> _pieces;

    internal HouseSummary(IReadOnlyList<AccountSummary[]> pieces, IReadOnlyList<OpenCall> calls, IReadOnlyList<ListedMember> members, HouseClock clock)
    {
        _pieces = pieces;
        Calls = calls;
        Members = members;
        Clock = clock;
        foreach (var piece in pieces)
        {
            Count += piece.Length;
        }
    }

    /// <summary>How many accounts there are, the house's own included.</summary>
    public int Count { get; }

    /// <summary>By shard, there in an order that does not change while the shard stays loaded; the house's own included.</summary>
    public IEnumerable<AccountSummary> Accounts
    {
        get
        {
            foreach (var piece in _pieces)
            {
                foreach (var account in piece)
                {
                    yield return account;
                }
            }
        }
    }

    /// <summary>The same, as they were read.</summary>
    internal IReadOnlyList<AccountSummary[]> Pieces => _pieces;

    /// <summary>By deadline, then account and number.</summary>
    public IReadOnlyList<OpenCall> Calls { get; }

    /// <summary>By id, ordinal.</summary>
    public IReadOnlyList<ListedMember> Members { get; }

    /// <summary>Business time and the open cycle.</summary>
    public HouseClock Clock { get; }

    /// <summary>True if both tell the same of every account, member and call; the clock may differ.</summary>
    public bool TellsTheSameAs(HouseSummary other)
    {
        if (Count != other.Count || !Calls.SequenceEqual(other.Calls) || !Members.SequenceEqual(other.Members))
        {
            return false;
        }

        // The pieces end where there was much to bring up to date, so they need not be cut alike.
        using var mine = Accounts.GetEnumerator();
        using var theirs = other.Accounts.GetEnumerator();
        while (mine.MoveNext() && theirs.MoveNext())
        {
            if (!mine.Current.Equals(theirs.Current))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>The calendar of the house.</summary>
/// <param name="BusinessTime">UTC ns; 0 before the first cycle.</param>
/// <param name="BusinessDate">Of the open cycle.</param>
/// <param name="Cycle">The open cycle; 0 before the first.</param>
/// <param name="Halted">True while the whole house is halted.</param>
public readonly record struct HouseClock(long BusinessTime, DateOnly BusinessDate, long Cycle, bool Halted);
