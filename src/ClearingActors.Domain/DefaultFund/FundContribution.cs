using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.DefaultFund;

/// <summary>How a member's contribution stands. The numbers are journaled and never change.</summary>
public enum ContributionStatus
{
    None = 0,

    /// <summary>Something is due and its deadline is not reached.</summary>
    Due = 1,

    /// <summary>All of it is held.</summary>
    Met = 2,

    /// <summary>The deadline has passed and something is still due.</summary>
    Missed = 3,
}

/// <summary>What an account of the fund must hold, from a sizing on; the account's requirement, so that no more than what is beyond it can be paid out.</summary>
/// <param name="Call">The sizing's number, from 1.</param>
/// <param name="RequiredMinor">0 or more.</param>
/// <param name="Deadline">UTC ns of business time.</param>
public readonly record struct FundRequirementSet(long Call, long RequiredMinor, long Deadline);

/// <summary>The deadline of a contribution has passed.</summary>
/// <param name="Call">The sizing's number.</param>
/// <param name="MissingMinor">What was not there; above 0.</param>
public readonly record struct ContributionMissed(long Call, long MissingMinor);

/// <summary>The contribution of a fund account (rulebook 10.2).</summary>
/// <param name="Call">The last sizing's number.</param>
/// <param name="RequiredMinor">What it asks for.</param>
/// <param name="Deadline">UTC ns of business time; 0 once a default has drawn on what was held in full, until the fund is called again.</param>
/// <param name="IsMissed">True once the deadline has passed with something due, until all is held.</param>
public sealed record FundContribution(long Call, long RequiredMinor, long Deadline, bool IsMissed)
{
    /// <summary>A default has changed the cash. What had been paid in full is not late for what was drawn of it: that is due when the fund is called again (rulebook 11.6).</summary>
    internal FundContribution Drawn(long before, long after) => before >= RequiredMinor && after < RequiredMinor ? this with { Deadline = 0, IsMissed = false } : this;
}

/// <summary>The members' accounts in the default fund: one each, defined by the first sizing that asks the member for anything.</summary>
public static class FundAccounts
{
    /// <summary>What their ids begin with; no other account's does.</summary>
    public const string Prefix = "FUND.";

    /// <summary>The longest id of a member that can have one.</summary>
    public static int MaxMemberLength => IdText.MaxLength - Prefix.Length;

    /// <exception cref="FormatException">The member's id is longer than <see cref="MaxMemberLength"/>.</exception>
    public static AccountId Of(MemberId member) => AccountId.Parse(Prefix + member.Value);

    public static bool Is(AccountId account) => account.Value.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>How a contribution stands with so much cash.</summary>
    public static ContributionStatus StatusOf(FundContribution contribution, long cash) =>
        cash >= contribution.RequiredMinor ? ContributionStatus.Met : contribution.IsMissed ? ContributionStatus.Missed : ContributionStatus.Due;

    /// <summary>What a sizing asks of the account. What an earlier one asked and was not paid keeps its deadline, and the increase with it: sizing again gives nobody more time.</summary>
    public static FundRequirementSet DecideRequirement(AccountState account, in FundRequirementSet asked) =>
        account.Fund is { Deadline: > 0 } fund && account.BalanceOf(account.MarginCurrency).Cash < fund.RequiredMinor ? asked with { Deadline = Math.Min(fund.Deadline, asked.Deadline) } : asked;

    /// <summary>The deadline's timer has fired; null if nothing is due, or a later sizing has moved it.</summary>
    /// <param name="account">The fund account.</param>
    /// <param name="now">UTC ns of business time.</param>
    public static ContributionMissed? DecideDeadline(AccountState account, long now) =>
        account.Fund is { IsMissed: false, Deadline: > 0 } fund && fund.Deadline <= now && account.BalanceOf(account.MarginCurrency).Cash is var cash && cash < fund.RequiredMinor
            ? new ContributionMissed(fund.Call, fund.RequiredMinor - cash)
            : null;
}
