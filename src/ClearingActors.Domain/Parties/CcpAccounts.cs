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

    /// <summary>The CCP's default account.</summary>
    public static AccountId Default { get; } = AccountId.Parse("CCP.DEFAULT");
}
