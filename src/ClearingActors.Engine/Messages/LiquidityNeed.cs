using System.Numerics;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>
/// What the clearing house must pay out in a currency on the day of a stress scenario although two do not pay, and what it has for it (rulebook 10). Minor units of the
/// currency, 0 or more.
/// </summary>
/// <param name="Currency">The currency of the payments.</param>
/// <param name="Members">The members, affiliates as one, with the two largest payment obligations in the currency.</param>
/// <param name="Payments">What they owe and others wait for.</param>
/// <param name="Cash">Their cash collateral in the currency, as far as it pays what they owe.</param>
/// <param name="Fund">The default fund's cash in the currency, of all members.</param>
public sealed record LiquidityNeed(Currency Currency, IReadOnlyList<string> Members, BigInteger Payments, BigInteger Cash, BigInteger Fund)
{
    /// <summary>What neither pays.</summary>
    public BigInteger Shortfall => BigInteger.Max(0, Payments - Cash - Fund);

    internal void Write(WireWriter w, int field)
    {
        var start = w.Begin(field);
        w.Field(1, Currency.Code);
        w.Field(2, Currency.Digits);
        foreach (var member in Members)
        {
            w.Field(3, member);
        }

        FundWire.Write(w, 4, Payments);
        FundWire.Write(w, 5, Cash);
        FundWire.Write(w, 6, Fund);
        w.End(start);
    }

    internal static LiquidityNeed Read(ReadOnlySpan<byte> body)
    {
        List<string> members = [];
        var code = "";
        var digits = 0;
        var need = new LiquidityNeed(default, members, 0, 0, 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: members.Add(r.String); break;
                case 4: need = need with { Payments = FundWire.ReadSum(r.String) }; break;
                case 5: need = need with { Cash = FundWire.ReadSum(r.String) }; break;
                case 6: need = need with { Fund = FundWire.ReadSum(r.String) }; break;
                default: throw TradeWire.Unknown("LiquidityNeed", r.Number);
            }
        }

        return need with { Currency = new Currency(code, digits) };
    }
}
