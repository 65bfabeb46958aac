using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Novation;

/// <summary>Which side of a trade an account is on. The numbers are journaled and never change.</summary>
public enum Side
{
    None = 0,
    Buy = 1,
    Sell = 2,
}

/// <summary>A trade as one account has it: what every trade event of the account carries (rulebook 4).</summary>
/// <param name="Key">Source and trade id.</param>
/// <param name="Kind">Trade, transfer, give-up or adjustment.</param>
/// <param name="Account">The account itself.</param>
/// <param name="Side">Its side.</param>
/// <param name="CounterAccount">The account on the other side of the report; after novation both face the CCP.</param>
/// <param name="Client">As reported; the position is kept per client in gross omnibus only.</param>
/// <param name="Effect">Open or close, as reported.</param>
/// <param name="Instrument">The instrument.</param>
/// <param name="Currency">The instrument's currency.</param>
/// <param name="Valuation">The instrument's: what its prices are worth.</param>
/// <param name="Quantity">Lots, above 0.</param>
/// <param name="PriceUnits">Price units of the instrument.</param>
/// <param name="Cycle">The settlement cycle that the seller stamped.</param>
/// <param name="ClearingDate">The business date that the seller stamped.</param>
public readonly record struct TradeLeg(
    TradeKey Key,
    TradeKind Kind,
    AccountId Account,
    Side Side,
    AccountId CounterAccount,
    ClientId Client,
    PositionEffect Effect,
    InstrumentId Instrument,
    Currency Currency,
    Valuation Valuation,
    long Quantity,
    long PriceUnits,
    long Cycle,
    DateOnly ClearingDate);
