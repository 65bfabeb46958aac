using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Reports;
using FundSum = ClearingActors.Contracts.Accounts.V1.FundSum;
using MarginSum = ClearingActors.Contracts.Accounts.V1.MarginSum;
using MemberSums = ClearingActors.Contracts.Accounts.V1.MemberSums;
using OpenCall = ClearingActors.Contracts.Accounts.V1.OpenCall;
using Reports = ClearingActors.Engine.Reports;

namespace ClearingActors.Node.Services;

/// <summary>Sums and calls of the house as messages.</summary>
internal static class HouseAnswers
{
    internal static void Add(GetHouseResponse response, HouseTotals totals)
    {
        response.Currencies.Add(totals.Currencies.Select(s => Of(s)));
        foreach (var member in totals.Members)
        {
            var told = new MemberSums { Member = member.Member.Value, Standing = Of(member.Status.Standing), Since = member.Status.SuspendedAt };
            told.Sums.Add(member.Sums.Select(s => Of(s)));
            response.Members.Add(told);
        }

        foreach (var sum in totals.Fund)
        {
            response.Fund.Add(new FundSum
            {
                Currency = sum.Currency.Code,
                Accounts = sum.Accounts,
                Required = Amount(sum.Required, sum.Currency),
                Held = Amount(sum.Held, sum.Currency),
                Missing = Amount(sum.Missing, sum.Currency),
            });
        }
    }

    internal static OpenCall Of(Reports.OpenCall call) => new()
    {
        Account = call.Account.Value,
        Member = call.Member.Value,
        Number = call.Number,
        Run = call.Run,
        Currency = call.Amount.Currency.Code,
        Amount = WireDecimal.Of(call.Amount),
        Remaining = WireDecimal.Of(call.Remaining),
        IssuedAt = call.IssuedAt,
        Deadline = call.Deadline,
    };

    internal static Standing Of(MemberStanding standing) => standing switch
    {
        MemberStanding.Active => Standing.Active,
        MemberStanding.Suspended => Standing.Suspended,
        MemberStanding.Defaulted => Standing.Defaulted,
        _ => Standing.Unspecified,
    };

    private static MarginSum Of(in Reports.MarginSum sum) => new()
    {
        Currency = sum.Currency.Code,
        Accounts = sum.Accounts,
        Requirement = Amount(sum.Requirement, sum.Currency),
        Collateral = Amount(sum.Collateral, sum.Currency),
        Excess = Amount(sum.Excess, sum.Currency),
        Shortfall = Amount(sum.Shortfall, sum.Currency),
        ShortAccounts = sum.Short,
        StaleAccounts = sum.Stale,
        OpenCalls = sum.OpenCalls,
        CallRemaining = Amount(sum.CallRemaining, sum.Currency),
        CallDeadline = sum.CallDeadline,
    };

    private static Contracts.Common.V1.Decimal Amount(Int128 minor, Currency currency) => WireDecimal.Of(new Money(checked((long)minor), currency));
}
