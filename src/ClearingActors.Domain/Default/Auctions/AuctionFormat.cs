namespace ClearingActors.Domain.Default.Auctions;

/// <summary>How a lot is sold (rulebook 11.3). The numbers are journaled and never change.</summary>
public enum AuctionFormat
{
    None = 0,

    /// <summary>The lot goes whole to the best amount.</summary>
    SingleUnit = 1,

    /// <summary>Units go to the best amounts, each at its own.</summary>
    MultiUnitPayAsBid = 2,

    /// <summary>Units go to the best amounts, all at the lowest that won.</summary>
    MultiUnitUniformPrice = 3,
}
