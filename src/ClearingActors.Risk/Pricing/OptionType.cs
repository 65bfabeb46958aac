namespace ClearingActors.Risk.Pricing;

/// <summary>The right of an option: to buy or to sell at the strike. The default value is neither and is refused.</summary>
public enum OptionType
{
    Call = 1,
    Put = 2,
}
