using ClearingActors.Actors;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;

namespace ClearingActors.Engine.Commands;

/// <summary>Lists a security or coin as collateral, or lists it anew with another way to its price.</summary>
public sealed class DefineCollateralAsset(ActorAddress to, string principal, CollateralAsset asset) : RegistryCommand(to, principal)
{
    /// <summary>The asset.</summary>
    public CollateralAsset Asset { get; } = asset;
}

/// <summary>Sets prices of assets and exchange rates.</summary>
public sealed class SetCollateralPrices(ActorAddress to, string principal, CollateralPricesSet change) : RegistryCommand(to, principal)
{
    /// <summary>The prices.</summary>
    public CollateralPricesSet Change { get; } = change;
}

/// <summary>Units of a security or coin come in (above zero) or go out. Answered by <see cref="AssetMoved"/> or <see cref="Refused"/>.</summary>
public sealed class MoveAsset(ActorAddress to, string principal, RequestId request, AssetId asset, long units) : Command(to, principal)
{
    /// <summary>Unique in the account, cash requests included.</summary>
    public RequestId Request { get; } = request;

    /// <summary>What is moved.</summary>
    public AssetId Asset { get; } = asset;

    /// <summary>Signed, in the asset's units: positive is deposited.</summary>
    public long Units { get; } = units;
}

/// <summary>A move was booked, now or before.</summary>
/// <param name="Units">The account's units of the asset.</param>
public sealed record AssetMoved(long Units);
