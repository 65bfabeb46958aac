using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Node.Watch;
using Google.Protobuf;

namespace ClearingActors.Node.Services;

/// <summary>The accounts of the house as columns: ten thousand rows of messages would cost ten times as much to write.</summary>
internal static class AccountColumns
{
    /// <summary>Currencies of an answer, whose places are bytes.</summary>
    private const int MostCurrencies = 256;

    /// <exception cref="InvalidOperationException">There are more than 256 currencies.</exception>
    internal static ListAccountsResponse Of(HouseReading reading)
    {
        var summary = reading.Summary;
        var listed = new ListAccountsResponse { Version = reading.Version };
        var members = new Dictionary<MemberId, int>();
        foreach (var member in summary.Members)
        {
            Add(listed, members, member.Member, HouseAnswers.Of(member.Status.Standing));
        }

        var currencies = new Dictionary<Currency, byte>();
        var (currency, segregation, status, basis) = (new byte[summary.Count], new byte[summary.Count], new byte[summary.Count], new byte[summary.Count]);
        Reserve(listed, summary.Count);
        var row = 0;
        foreach (var account in summary.Accounts)
        {
            listed.Account.Add(account.Id.Value);

            // The house itself is no member, so its place comes with its first account.
            listed.Member.Add(members.TryGetValue(account.Member, out var place) ? place : Add(listed, members, account.Member, Standing.Unspecified));
            currency[row] = currencies.TryGetValue(account.Currency, out var known) ? known : Add(listed, currencies, account.Currency);
            segregation[row] = (byte)account.Segregation;
            status[row] = (byte)account.Status;
            basis[row] = (byte)account.Basis;
            listed.Positions.Add(account.Positions);
            listed.GrossLots.Add(account.GrossLots);
            listed.Cash.Add(account.Cash);
            listed.Collateral.Add(account.Collateral);
            listed.Requirement.Add(account.Requirement);
            listed.Excess.Add(account.Excess);
            listed.Official.Add(account.Official ?? 0);
            listed.MarksBehind.Add((int)Math.Min(int.MaxValue, account.MarksBehind));
            if (account.OpenCalls > 0)
            {
                listed.Called.Add(row);
                listed.OpenCalls.Add(account.OpenCalls);
                listed.CallRemaining.Add(account.CallRemaining);
                listed.CallDeadline.Add(account.CallDeadline);
            }

            if (account.Stale.Length > 0)
            {
                listed.Stale.Add(row);
                listed.StaleReason.Add(account.Stale);
            }

            row++;
        }

        listed.Currency = UnsafeByteOperations.UnsafeWrap(currency);
        listed.Segregation = UnsafeByteOperations.UnsafeWrap(segregation);
        listed.Status = UnsafeByteOperations.UnsafeWrap(status);
        listed.Basis = UnsafeByteOperations.UnsafeWrap(basis);
        return listed;
    }

    private static int Add(ListAccountsResponse listed, Dictionary<MemberId, int> members, MemberId member, Standing standing)
    {
        members.Add(member, members.Count);
        listed.Members.Add(member.Value);
        listed.Standings.Add(standing);
        return members.Count - 1;
    }

    private static byte Add(ListAccountsResponse listed, Dictionary<Currency, byte> currencies, Currency currency)
    {
        if (currencies.Count == MostCurrencies)
        {
            throw new InvalidOperationException($"accounts have more than {MostCurrencies} margin currencies; the list holds no more");
        }

        var place = (byte)currencies.Count;
        currencies.Add(currency, place);
        listed.Currencies.Add(currency.Code);
        listed.CurrencyDigits.Add(currency.Digits);
        return place;
    }

    private static void Reserve(ListAccountsResponse listed, int accounts)
    {
        listed.Account.Capacity = accounts;
        listed.Member.Capacity = accounts;
        listed.Positions.Capacity = accounts;
        listed.MarksBehind.Capacity = accounts;
        foreach (var column in (Google.Protobuf.Collections.RepeatedField<long>[])[listed.GrossLots, listed.Cash, listed.Collateral, listed.Requirement, listed.Excess, listed.Official])
        {
            column.Capacity = accounts;
        }
    }
}
