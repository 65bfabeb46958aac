namespace ClearingActors.Domain.Parties;

/// <summary>
/// The house's own accounts (rulebook 1). They belong to the member <c>CCP</c>, may hold negative balances, and are never named by a trade report.
/// </summary>
public static class CcpAccounts
{
    public static MemberId Member { get; } = MemberId.Parse("CCP");

    /// <summary>Passes variation margin from payers to receivers; zero in every currency when a cycle is closed.</summary>
    public static AccountId Settlement { get; } = AccountId.Parse("CCP.SETTLEMENT");

    /// <summary>Takes what rounding leaves (rulebook 3).</summary>
    public static AccountId Rounding { get; } = AccountId.Parse("CCP.ROUNDING");

    /// <summary>The other side of deposits and withdrawals: minus the cash that the CCP holds at banks.</summary>
    public static AccountId Bank { get; } = AccountId.Parse("CCP.BANK");

    /// <summary>The other side of deposits and withdrawals of securities and coins: minus the units that the CCP holds at custodians.</summary>
    public static AccountId Custody { get; } = AccountId.Parse("CCP.CUSTODY");

    /// <summary>The CCP's default account: what it paid in a defaulter's place, and where the layers of the waterfall meet.</summary>
    public static AccountId Default { get; } = AccountId.Parse("CCP.DEFAULT");

    /// <summary>Minus what the CCP has given of its own capital before the survivors' contributions (rulebook 11.4).</summary>
    public static AccountId JuniorCapital { get; } = AccountId.Parse("CCP.CAPITAL.JUNIOR");

    /// <summary>Minus what the CCP has given of its own capital behind the survivors' contributions.</summary>
    public static AccountId SeniorCapital { get; } = AccountId.Parse("CCP.CAPITAL.SENIOR");

    /// <summary>Minus what was written off against the CCP's remaining equity.</summary>
    public static AccountId RemainingEquity { get; } = AccountId.Parse("CCP.EQUITY");

    /// <summary>The source of the trades by which the CCP moves a defaulter's positions; no venue can have it.</summary>
    public static Novation.SourceId DefaultSource { get; } = Novation.SourceId.Parse("CCP.DEFAULT");

    /// <summary>The account that takes over the positions of a defaulter's account.</summary>
    /// <param name="number">The default's number, from 1.</param>
    /// <param name="index">The account's place in the default, from 1.</param>
    public static AccountId OfDefault(long number, int index) => AccountId.Parse(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CCP.DEFAULT.{number}.{index}"));
}
