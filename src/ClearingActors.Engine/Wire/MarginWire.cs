using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Wire;

/// <summary>An account's margin on the wire.</summary>
internal static class MarginWire
{
    internal static void Write(WireWriter w, MarginAssessed e)
    {
        w.Field(1, e.Run);
        w.Field(2, e.At);
        w.Field(3, e.Coverage.Requirement);
        w.FieldZigZag(4, e.Coverage.Collateral);
        w.FieldZigZag(5, e.Coverage.NetOptionValue);
        w.Field(6, e.Coverage.PremiumReceivable);
        w.Field(7, e.Coverage.PremiumPayable);
        w.FieldZigZag(8, e.Coverage.AccruedVariationMargin);
        w.Field(9, e.Coverage.Unpaid);
        foreach (var part in e.Parts)
        {
            var start = w.Begin(10);
            w.Field(1, part.Name);
            w.FieldZigZag(2, part.AmountMinor);
            w.End(start);
        }

        w.Field(130, e.GearingExceeded);
        foreach (var buffered in e.Buffered)
        {
            var start = w.Begin(152);
            w.Field(1, buffered.Client.Value);
            foreach (var group in buffered.Groups)
            {
                w.Field(2, group);
            }

            w.FieldFixed64(3, BitConverter.DoubleToUInt64Bits(buffered.Margin));
            w.End(start);
        }
    }

    internal static void Write(WireWriter w, in IndicativeMarginUsed e)
    {
        w.Field(1, e.Requirement);
        w.FieldZigZag(2, e.OptionValue);
        w.FieldZigZag(3, e.Accrued);
        w.Field(4, e.Reduces);
        w.FieldZigZag(5, e.Collateral);
    }

    internal static IndicativeMarginUsed ReadIndicative(ReadOnlySpan<byte> body)
    {
        var e = default(IndicativeMarginUsed);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Requirement = r.Int64 },
                2 => e with { OptionValue = r.ZigZag },
                3 => e with { Accrued = r.ZigZag },
                4 => e with { Reduces = r.Bool },
                5 => e with { Collateral = r.ZigZag },
                _ => throw TradeWire.Unknown("IndicativeMarginUsed", r.Number),
            };
        }

        return e;
    }

    internal static MarginAssessed ReadAssessed(ReadOnlySpan<byte> body)
    {
        long run = 0, at = 0, requirement = 0, collateral = 0, options = 0, receivable = 0, payable = 0, accrued = 0, unpaid = 0;
        var gearing = false;
        List<RequirementPart> parts = [];
        List<BufferedMargin> buffered = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: at = r.Int64; break;
                case 3: requirement = r.Int64; break;
                case 4: collateral = r.ZigZag; break;
                case 5: options = r.ZigZag; break;
                case 6: receivable = r.Int64; break;
                case 7: payable = r.Int64; break;
                case 8: accrued = r.ZigZag; break;
                case 9: unpaid = r.Int64; break;
                case 10: parts.Add(ReadPart(r.Bytes)); break;
                case 130: gearing = r.Bool; break;
                case 152: buffered.Add(ReadBuffered(r.Bytes)); break;
                default: throw TradeWire.Unknown("MarginAssessed", r.Number);
            }
        }

        return new MarginAssessed(run, new Coverage(requirement, collateral, options, receivable, payable, accrued, unpaid), parts, at)
        {
            GearingExceeded = gearing,
            Buffered = buffered,
        };
    }

    internal static void Write(WireWriter w, in MarginCallIssued e)
    {
        w.Field(1, e.Number);
        w.Field(2, e.Run);
        w.Field(3, e.AmountMinor);
        w.Field(4, e.IssuedAt);
        w.Field(5, e.Deadline);
    }

    internal static MarginCallIssued ReadIssued(ReadOnlySpan<byte> body)
    {
        var e = default(MarginCallIssued);
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Number = r.Int64 },
                2 => e with { Run = r.Int64 },
                3 => e with { AmountMinor = r.Int64 },
                4 => e with { IssuedAt = r.Int64 },
                5 => e with { Deadline = r.Int64 },
                _ => throw TradeWire.Unknown("MarginCallIssued", r.Number),
            };
        }

        return e;
    }

    /// <summary>An event of a call that holds its number and an amount.</summary>
    internal static void WriteCall(WireWriter w, long number, long amountMinor)
    {
        w.Field(1, number);
        w.Field(2, amountMinor);
    }

    internal static (long Number, long AmountMinor) ReadCall(ReadOnlySpan<byte> body)
    {
        long number = 0, amount = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: number = r.Int64; break;
                case 2: amount = r.Int64; break;
                default: throw TradeWire.Unknown("MarginCallAmount", r.Number);
            }
        }

        return (number, amount);
    }

    internal static void Write(WireWriter w, in MarginCallWithdrawn e)
    {
        w.Field(1, e.Number);
        w.Field(2, e.Reason);
        w.Field(140, e.Run);
    }

    internal static MarginCallWithdrawn ReadWithdrawn(ReadOnlySpan<byte> body)
    {
        var e = new MarginCallWithdrawn(0, "");
        var r = new WireReader(body);
        while (r.Next())
        {
            e = r.Number switch
            {
                1 => e with { Number = r.Int64 },
                2 => e with { Reason = r.String },
                140 => e with { Run = r.Int64 },
                _ => throw TradeWire.Unknown("MarginCallWithdrawn", r.Number),
            };
        }

        return e;
    }

    internal static void Write(WireWriter w, int field, MarginSnapshot margin)
    {
        var start = w.Begin(field);
        if (margin.Last is { } last)
        {
            var assessed = w.Begin(1);
            Write(w, last);
            w.End(assessed);
        }

        w.Field(2, margin.LastCall);
        foreach (var call in margin.Calls)
        {
            var entry = w.Begin(3);
            w.Field(1, call.Number);
            w.Field(2, call.Run);
            w.Field(3, call.AmountMinor);
            w.Field(4, call.CreditedMinor);
            w.Field(5, call.IssuedAt);
            w.Field(6, call.Deadline);
            w.Field(7, (long)call.Status);
            w.End(entry);
        }

        w.End(start);
    }

    internal static MarginSnapshot ReadSnapshot(ReadOnlySpan<byte> body)
    {
        MarginAssessed? last = null;
        long lastCall = 0;
        List<MarginCall> calls = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: last = ReadAssessed(r.Bytes); break;
                case 2: lastCall = r.Int64; break;
                case 3: calls.Add(ReadMarginCall(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of an account's margin", r.Number);
            }
        }

        return new MarginSnapshot(last, lastCall, calls);
    }

    private static MarginCall ReadMarginCall(ReadOnlySpan<byte> body)
    {
        var call = default(MarginCall);
        var r = new WireReader(body);
        while (r.Next())
        {
            call = r.Number switch
            {
                1 => call with { Number = r.Int64 },
                2 => call with { Run = r.Int64 },
                3 => call with { AmountMinor = r.Int64 },
                4 => call with { CreditedMinor = r.Int64 },
                5 => call with { IssuedAt = r.Int64 },
                6 => call with { Deadline = r.Int64 },
                7 => call with { Status = (MarginCallStatus)r.Int32 },
                _ => throw TradeWire.Unknown("the snapshot of a margin call", r.Number),
            };
        }

        return call;
    }

    private static BufferedMargin ReadBuffered(ReadOnlySpan<byte> body)
    {
        ClientId client = default;
        List<string> groups = [];
        var margin = 0.0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: client = Ids.Client(r.Bytes); break;
                case 2: groups.Add(IdPool.Intern(r.Bytes)); break;
                case 3: margin = BitConverter.UInt64BitsToDouble(r.UInt64); break;
                default: throw TradeWire.Unknown("BufferedMargin", r.Number);
            }
        }

        return new BufferedMargin(client, groups, margin);
    }

    private static RequirementPart ReadPart(ReadOnlySpan<byte> body)
    {
        var part = new RequirementPart("", 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            part = r.Number switch
            {
                1 => part with { Name = IdPool.Intern(r.Bytes) },
                2 => part with { AmountMinor = r.ZigZag },
                _ => throw TradeWire.Unknown("a part of a requirement", r.Number),
            };
        }

        return part;
    }
}
