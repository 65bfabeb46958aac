using System.Globalization;
using System.Numerics;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;

namespace ClearingActors.Engine.Wire;

/// <summary>The default fund on the wire.</summary>
internal static class FundWire
{
    internal static void Write(WireWriter w, int field, FundContribution fund)
    {
        var start = w.Begin(field);
        w.Field(1, fund.Call);
        w.Field(2, fund.RequiredMinor);
        w.Field(3, fund.Deadline);
        w.Field(4, fund.IsMissed);
        w.End(start);
    }

    internal static FundContribution ReadContribution(ReadOnlySpan<byte> body)
    {
        var fund = new FundContribution(0, 0, 0, false);
        var r = new WireReader(body);
        while (r.Next())
        {
            fund = r.Number switch
            {
                1 => fund with { Call = r.Int64 },
                2 => fund with { RequiredMinor = r.Int64 },
                3 => fund with { Deadline = r.Int64 },
                4 => fund with { IsMissed = r.Bool },
                _ => throw TradeWire.Unknown("the snapshot of a contribution", r.Number),
            };
        }

        return fund;
    }

    internal static void Write(WireWriter w, in FundRequirementSet e)
    {
        w.Field(1, e.Call);
        w.Field(2, e.RequiredMinor);
        w.Field(3, e.Deadline);
    }

    internal static FundRequirementSet ReadRequirement(ReadOnlySpan<byte> body)
    {
        var e = default(FundRequirementSet);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Call = r.Int64 },
                2 => e with { RequiredMinor = r.Int64 },
                3 => e with { Deadline = r.Int64 },
                _ => throw TradeWire.Unknown("FundRequirementSet", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, FundSized e)
    {
        w.Field(1, e.Call);
        w.Field(2, e.Run);
        w.Field(3, e.At);
        w.Field(4, e.Deadline);
        w.Field(5, e.Currency.Code);
        w.Field(6, e.Currency.Digits);
        w.Field(7, e.CoverTwo);
        w.Field(8, e.Scenario);
        w.Field(9, e.Fund);
        foreach (var contribution in e.Contributions)
        {
            Write(w, 10, contribution);
        }
    }

    internal static FundSized ReadSized(ReadOnlySpan<byte> body)
    {
        List<MemberAmount> contributions = [];
        var e = new FundSized(0, 0, 0, 0, default, 0, "", 0, contributions);
        var code = "";
        var digits = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: e = e with { Call = r.Int64 }; break;
                case 2: e = e with { Run = r.Int64 }; break;
                case 3: e = e with { At = r.Int64 }; break;
                case 4: e = e with { Deadline = r.Int64 }; break;
                case 5: code = IdPool.Intern(r.Bytes); break;
                case 6: digits = r.Int32; break;
                case 7: e = e with { CoverTwo = r.Int64 }; break;
                case 8: e = e with { Scenario = r.String }; break;
                case 9: e = e with { Fund = r.Int64 }; break;
                case 10: contributions.Add(ReadAmount(r.Bytes)); break;
                default: throw TradeWire.Unknown("FundSized", r.Number);
            }
        }

        return e with { Currency = new Currency(code, digits) };
    }

    internal static void Write(WireWriter w, in FundCashReported e)
    {
        w.Field(1, e.Member.Value);
        w.Field(2, e.Call);
        w.FieldZigZag(3, e.CashMinor);
        w.Field(4, (long)e.Status);
    }

    internal static FundCashReported ReadCash(ReadOnlySpan<byte> body)
    {
        var e = default(FundCashReported);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Member = Ids.Member(r.Bytes) },
                2 => e with { Call = r.Int64 },
                3 => e with { CashMinor = r.ZigZag },
                4 => e with { Status = (ContributionStatus)r.Int32 },
                _ => throw TradeWire.Unknown("FundCashReported", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, int field, DayMargins day)
    {
        var start = w.Begin(field);
        w.Field(1, Dates.ToInt(day.Date));
        foreach (var margin in day.Margins)
        {
            Write(w, 2, margin);
        }

        w.End(start);
    }

    internal static DayMargins ReadDay(ReadOnlySpan<byte> body)
    {
        DateOnly date = default;
        List<MemberAmount> margins = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: date = Dates.FromInt(r.Int32); break;
                case 2: margins.Add(ReadAmount(r.Bytes)); break;
                default: throw TradeWire.Unknown("DayMargins", r.Number);
            }
        }

        return new DayMargins(date, margins);
    }

    internal static void Write(WireWriter w, int field, in MemberAmount amount)
    {
        var start = w.Begin(field);
        w.Field(1, amount.Member.Value);
        w.Field(2, amount.Minor);
        w.End(start);
    }

    internal static MemberAmount ReadAmount(ReadOnlySpan<byte> body)
    {
        var amount = default(MemberAmount);
        var r = new WireReader(body);
        while (r.Next())
        {
            amount = r.Number switch
            {
                1 => amount with { Member = Ids.Member(r.Bytes) },
                2 => amount with { Minor = r.Int64 },
                _ => throw TradeWire.Unknown("MemberAmount", r.Number),
            };
        }

        return amount;
    }

    /// <summary>A sum of any size, as decimal digits.</summary>
    internal static void Write(WireWriter w, int field, BigInteger sum) => w.Field(field, sum.ToString(CultureInfo.InvariantCulture));

    internal static BigInteger ReadSum(string text) => BigInteger.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
