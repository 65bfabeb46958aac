namespace ClearingActors.Domain.Instruments;

/// <summary>The right to buy or to sell. The numbers are journaled and never change.</summary>
public enum OptionType
{
    None = 0,
    Call = 1,
    Put = 2,
}

/// <summary>When an option may be exercised. The numbers are journaled and never change.</summary>
public enum ExerciseStyle
{
    None = 0,

    /// <summary>At expiry.</summary>
    European = 1,

    /// <summary>On any business day until expiry.</summary>
    American = 2,
}

/// <summary>How an option is paid for. The numbers are journaled and never change.</summary>
public enum PremiumStyle
{
    None = 0,

    /// <summary>The premium is paid up front, at the next settlement; there is no variation margin.</summary>
    Equity = 1,

    /// <summary>Margined as a future: variation margin on the option's own settlement price.</summary>
    Futures = 2,
}

/// <summary>What makes an instrument an option (rulebook 2, 6.3).</summary>
/// <param name="Type">Call or put.</param>
/// <param name="Strike">In the prices of <paramref name="Reference"/>.</param>
/// <param name="Style">European or American.</param>
/// <param name="PremiumStyle">Equity style or futures style.</param>
/// <param name="Reference">The id of the index or future that it is on.</param>
/// <param name="ExerciseCutOff">UTC ns: from here on no notice is taken and none can be taken back. At expiry or later.</param>
/// <param name="AutomaticThreshold">
/// At expiry lots are exercised automatically if they are in the money by at least this much, in the prices of <paramref name="Reference"/>. 0: by anything above zero.
/// </param>
public sealed record OptionTerms(
    OptionType Type, decimal Strike, ExerciseStyle Style, PremiumStyle PremiumStyle, string Reference, long ExerciseCutOff, decimal AutomaticThreshold);
