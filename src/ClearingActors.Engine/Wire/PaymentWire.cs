using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Wire;

/// <summary>Payments due, payment terms and claims between the domain and the journal's wire format (journal.proto).</summary>
internal static class PaymentWire
{
    internal static void Write(WireWriter w, in PaymentDue due)
    {
        w.Field(1, due.Cycle);
        WriteMoney(w, 2, due.Amount);
        w.Field(3, due.Deadline);
    }

    internal static PaymentDue ReadDue(ReadOnlySpan<byte> body)
    {
        var due = default(PaymentDue);
        var r = new WireReader(body);
        while (r.Next())
        {
            due = r.Number switch
            {
                1 => due with { Cycle = r.Int64 },
                2 => due with { Amount = ReadMoney(r.Bytes) },
                3 => due with { Deadline = r.Int64 },
                _ => throw TradeWire.Unknown("PaymentDue", r.Number),
            };
        }

        return due;
    }

    internal static void Write(WireWriter w, in PaymentEnded e)
    {
        w.Field(1, e.Cycle);
        WriteMoney(w, 2, e.Missing);
        w.Field(3, e.DecidedBy);
        w.Field(4, e.Reason);
    }

    internal static PaymentEnded ReadEnded(ReadOnlySpan<byte> body, AccountId account)
    {
        var e = new PaymentEnded(account, 0, default, "", "");
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Cycle = r.Int64 },
                2 => e with { Missing = ReadMoney(r.Bytes) },
                3 => e with { DecidedBy = r.String },
                4 => e with { Reason = r.String },
                _ => throw TradeWire.Unknown("PaymentEnded", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, in MissedPayment missed)
    {
        w.Field(1, missed.Account.Value);
        w.Field(2, missed.Member.Value);
        w.Field(3, missed.Cycle);
        WriteMoney(w, 4, missed.Missing);
        w.Field(5, missed.At);
        w.Field(6, missed.DecidedBy);
        w.Field(7, missed.Reason);
    }

    internal static MissedPayment ReadMissed(ReadOnlySpan<byte> body)
    {
        var missed = new MissedPayment(default, default, 0, default, 0, "", "");
        var r = new WireReader(body);
        while (r.Next())
        {
            missed = r.Number switch
            {
                1 => missed with { Account = Ids.Account(r.Bytes) },
                2 => missed with { Member = Ids.Member(r.Bytes) },
                3 => missed with { Cycle = r.Int64 },
                4 => missed with { Missing = ReadMoney(r.Bytes) },
                5 => missed with { At = r.Int64 },
                6 => missed with { DecidedBy = r.String },
                7 => missed with { Reason = r.String },
                _ => throw TradeWire.Unknown("MissedPayment", r.Number),
            };
        }

        return missed;
    }

    internal static void Write(WireWriter w, ClaimOpened claim)
    {
        w.Field(1, claim.Number);
        var missed = w.Begin(2);
        Write(w, claim.Missed);
        w.End(missed);
        foreach (var draw in claim.Draws)
        {
            WriteNamed(w, 3, draw.Source, draw.Amount);
        }

        WriteMoney(w, 4, claim.Uncovered);
    }

    internal static ClaimOpened ReadClaim(ReadOnlySpan<byte> body)
    {
        long number = 0;
        var missed = default(MissedPayment);
        List<LiquidityDraw> draws = [];
        var uncovered = default(Money);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: number = r.Int64; break;
                case 2: missed = ReadMissed(r.Bytes); break;
                case 3:
                    var (source, amount) = ReadNamed(r.Bytes);
                    draws.Add(new LiquidityDraw(source, amount));
                    break;
                case 4: uncovered = ReadMoney(r.Bytes); break;
                default: throw TradeWire.Unknown("ClaimOpened", r.Number);
            }
        }

        return new ClaimOpened(number, missed, draws, uncovered);
    }

    internal static void Write(WireWriter w, PaymentTerms terms)
    {
        w.Field(1, terms.MinutesToPay);
        foreach (var source in terms.Sources)
        {
            WriteNamed(w, 2, source.Name, source.Limit);
        }
    }

    internal static PaymentTerms ReadTerms(ReadOnlySpan<byte> body)
    {
        var minutes = 0;
        List<LiquiditySource> sources = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: minutes = r.Int32; break;
                case 2:
                    var (name, limit) = ReadNamed(r.Bytes);
                    sources.Add(new LiquiditySource(name, limit));
                    break;
                default: throw TradeWire.Unknown("PaymentTerms", r.Number);
            }
        }

        return new PaymentTerms(minutes, sources);
    }

    private static void WriteNamed(WireWriter w, int field, string name, Money amount)
    {
        var start = w.Begin(field);
        w.Field(1, name);
        WriteMoney(w, 2, amount);
        w.End(start);
    }

    private static (string Name, Money Amount) ReadNamed(ReadOnlySpan<byte> body)
    {
        var name = "";
        var amount = default(Money);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: name = r.String; break;
                case 2: amount = ReadMoney(r.Bytes); break;
                default: throw TradeWire.Unknown("NamedMoney", r.Number);
            }
        }

        return (name, amount);
    }

    private static void WriteMoney(WireWriter w, int field, Money amount)
    {
        var start = w.Begin(field);
        w.Field(1, amount.Currency.Code);
        w.Field(2, amount.Currency.Digits);
        w.Field(3, amount.MinorUnits);
        w.End(start);
    }

    private static Money ReadMoney(ReadOnlySpan<byte> body)
    {
        var code = "";
        var digits = 0;
        long amount = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: amount = r.Int64; break;
                default: throw TradeWire.Unknown("Money", r.Number);
            }
        }

        return new Money(amount, new Currency(code, digits));
    }
}
