using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Ledger;

/// <summary>What became of a request for securities or coins.</summary>
public enum AssetDecisionKind
{
    None = 0,

    /// <summary>Journal and apply the event; its mirror goes to the custody account.</summary>
    Booked = 1,

    /// <summary>The same request was booked before: nothing to do, the answer is the same.</summary>
    AlreadyBooked = 2,

    /// <summary>The same request id with another content.</summary>
    Conflict = 3,

    /// <summary>Nobody has defined the account, or it is closed.</summary>
    AccountNotActive = 4,

    /// <summary>No units, or more than <see cref="AssetRequests.MaxUnits"/> in all.</summary>
    UnitsNotAllowed = 5,

    /// <summary>More would leave than there is.</summary>
    InsufficientUnits = 6,
}

/// <summary>What became of a request for securities or coins.</summary>
/// <param name="Kind">See <see cref="AssetDecisionKind"/>.</param>
/// <param name="Event">Meaningful if booked.</param>
public readonly record struct AssetDecision(AssetDecisionKind Kind, AssetBooked Event);

/// <summary>
/// Deposits and withdrawals of securities and coins (rulebook 3, 8.8). A request is booked once by its id, which cash requests share; a refusal changes nothing and is not
/// remembered.
/// </summary>
public static class AssetRequests
{
    /// <summary>The most units an account may hold of an asset, and the most of one request; ten thousand such accounts fit the custodian's in 64 bits.</summary>
    public const long MaxUnits = 900_000_000_000_000;

    /// <summary>Units that come in (above zero) or leave. Whether the account needs them is asked elsewhere.</summary>
    /// <param name="account">The account.</param>
    /// <param name="request">The request's id, unique in the account.</param>
    /// <param name="asset">As it is listed.</param>
    /// <param name="units">Signed: positive is deposited.</param>
    /// <param name="valueDate">The business date.</param>
    public static AssetDecision Decide(AccountState account, RequestId request, CollateralAsset asset, long units, DateOnly valueDate)
    {
        var held = account.Assets?.UnitsOf(asset.Id) ?? 0;
        var kind = account.Status != AccountStatus.Active || account.IsCcp ? AssetDecisionKind.AccountNotActive
            : account.Assets is { } assets && assets.TryGetRequest(request, out var booked) ? (booked.Asset == asset.Id && booked.Units == units ? AssetDecisionKind.AlreadyBooked : AssetDecisionKind.Conflict)
            : account.TryGetRequest(request, out _) ? AssetDecisionKind.Conflict
            : request.IsNone || units is 0 or < -MaxUnits or > MaxUnits || held > MaxUnits - units ? AssetDecisionKind.UnitsNotAllowed
            : held + units < 0 ? AssetDecisionKind.InsufficientUnits
            : AssetDecisionKind.Booked;
        return kind != AssetDecisionKind.Booked
            ? new AssetDecision(kind, default)
            : new AssetDecision(kind, new AssetBooked(new AssetEntry(valueDate, account.Id, CcpAccounts.Custody, asset.Id, asset.UnitDigits, asset.Currency, units, request)));
    }
}
