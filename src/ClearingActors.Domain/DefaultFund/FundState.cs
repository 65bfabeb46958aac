using System.Numerics;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.DefaultFund;

/// <summary>What a member is to pay into the fund, minor units, 0 or more.</summary>
public readonly record struct MemberAmount(MemberId Member, long Minor);

/// <summary>The fund was sized and its contributions are called (rulebook 10.2).</summary>
/// <param name="Call">From 1, without gaps.</param>
/// <param name="Run">The stress run that it follows from; 0 where the terms give the contributions.</param>
/// <param name="At">UTC ns of business time.</param>
/// <param name="Deadline">UTC ns of business time.</param>
/// <param name="Currency">Of all amounts.</param>
/// <param name="CoverTwo">The largest demand of two groups in one scenario, minor units.</param>
/// <param name="Scenario">Where it comes from; empty where the terms give the contributions.</param>
/// <param name="Fund">With the buffer; the contributions sum to it.</param>
/// <param name="Contributions">By member id.</param>
public sealed record FundSized(long Call, long Run, long At, long Deadline, Currency Currency, long CoverTwo, string Scenario, long Fund, IReadOnlyList<MemberAmount> Contributions);

/// <summary>What a member's account in the fund holds, as the account told it.</summary>
/// <param name="Member">The member.</param>
/// <param name="Call">The sizing that the account knows of.</param>
/// <param name="CashMinor">Its cash.</param>
/// <param name="Status">Held against the contribution.</param>
public readonly record struct FundCashReported(MemberId Member, long Call, long CashMinor, ContributionStatus Status);

/// <summary>The members' margin on a business date, for the trailing average.</summary>
/// <param name="Date">The date.</param>
/// <param name="Margins">Requirements of all accounts in the fund's currency, by member id.</param>
public sealed record DayMargins(DateOnly Date, IReadOnlyList<MemberAmount> Margins);

/// <summary>
/// The default fund of the house: what was last called, what its accounts hold, and the margins that weigh the contributions. Changes only in Apply, which throws
/// <see cref="InvalidOperationException"/> on an event that contradicts the state.
/// </summary>
public sealed class FundState
{
    /// <summary>Dates of margins kept.</summary>
    public const int DaysKept = 250;

    private readonly SortedDictionary<MemberId, FundCashReported> _held = [];
    private readonly List<DayMargins> _days = [];

    /// <summary>The last sizing; null before the first.</summary>
    public FundSized? Sized { get; private set; }

    /// <summary>By member.</summary>
    public IReadOnlyDictionary<MemberId, FundCashReported> Held => _held;

    /// <summary>By date, ascending.</summary>
    public IReadOnlyList<DayMargins> Days => _days;

    public static FundState Restore(FundSized? sized, IEnumerable<FundCashReported> held, IEnumerable<DayMargins> days)
    {
        var state = new FundState { Sized = sized };
        foreach (var cash in held)
        {
            state._held.Add(cash.Member, cash);
        }

        state._days.AddRange(days);
        return state;
    }

    /// <summary>
    /// The sum of each member's margins over the last days, 0 where it had none: since all are sums over the same days, their shares are those of the averages.
    /// </summary>
    /// <param name="days">1 or more.</param>
    public SortedDictionary<MemberId, BigInteger> TrailingMargins(int days)
    {
        var sums = new SortedDictionary<MemberId, BigInteger>();
        foreach (var day in _days.Skip(Math.Max(0, _days.Count - days)))
        {
            foreach (var margin in day.Margins)
            {
                sums[margin.Member] = sums.GetValueOrDefault(margin.Member) + margin.Minor;
            }
        }

        return sums;
    }

    public void Apply(FundSized e)
    {
        if (e.Call != (Sized?.Call ?? 0) + 1 || e.Contributions.Aggregate(BigInteger.Zero, (sum, c) => sum + c.Minor) != e.Fund)
        {
            throw new InvalidOperationException($"sizing {e.Call} of a fund of {e.Fund} minor units cannot follow sizing {Sized?.Call ?? 0}, or its contributions do not sum to it");
        }

        Sized = e;
    }

    public void Apply(in FundCashReported e) => _held[e.Member] = e;

    /// <summary>The later of two margins of one date counts.</summary>
    public void Apply(DayMargins e)
    {
        if (_days.Count > 0 && _days[^1].Date > e.Date)
        {
            throw new InvalidOperationException($"the margins of {e.Date:O} come behind those of {_days[^1].Date:O}");
        }

        if (_days.Count > 0 && _days[^1].Date == e.Date)
        {
            _days.RemoveAt(_days.Count - 1);
        }

        _days.Add(e);
        if (_days.Count > DaysKept)
        {
            _days.RemoveAt(0);
        }
    }
}
