namespace ClearingActors.Domain.Instruments;

/// <summary>What makes an instrument a perpetual (rulebook 2, 6.4). Rates are fractions of 8 hours, not per cent.</summary>
/// <param name="Inverse">True if it is paid in the base currency: then <paramref name="FaceValue"/> counts and the multiplier is 1.</param>
/// <param name="FaceValue">Quote currency per lot of an inverse perpetual, at most 2 decimal places; 0 for a linear one.</param>
/// <param name="Index">The id of the index that funding compares with.</param>
/// <param name="FundingIntervalHours">1 to 24.</param>
/// <param name="Interest">Interest of 8 hours, -0.1 to 0.1, at most 10 decimal places.</param>
/// <param name="Cap">The largest rate of 8 hours, either way: above 0, at most 0.5, at most 10 decimal places.</param>
public sealed record PerpetualTerms(bool Inverse, decimal FaceValue, string Index, int FundingIntervalHours, decimal Interest, decimal Cap)
{
    /// <summary>The funding interval in ns.</summary>
    public long IntervalNs => FundingIntervalHours * 3_600_000_000_000L;

    /// <summary>The most decimal places of a funding rate: 10 of premium, interest and cap, and those of hours / 8.</summary>
    public int FundingRatePlaces => FundingIntervalHours % 8 == 0 ? 10 : FundingIntervalHours % 4 == 0 ? 11 : FundingIntervalHours % 2 == 0 ? 12 : 13;
}
