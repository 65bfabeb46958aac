namespace ClearingActors.Risk.Pricing;

/// <summary>
/// A price and its sensitivities, each an analytical derivative unless the pricing function says otherwise. Delta and gamma are in the price the function takes,
/// spot or forward. Exactly at the strike without time or volatility gamma and the decay have no finite value and are given as 0, delta as its middle.
/// </summary>
/// <param name="Price">Of one unit.</param>
/// <param name="Delta">First derivative in the underlying price.</param>
/// <param name="Gamma">Second derivative in the underlying price.</param>
/// <param name="Vega">Per 1.00 of volatility.</param>
/// <param name="Theta">Per year that passes: minus the derivative in the time to expiry.</param>
/// <param name="Rho">Per 1.00 of the continuous rate.</param>
public readonly record struct Greeks(double Price, double Delta, double Gamma, double Vega, double Theta, double Rho);
