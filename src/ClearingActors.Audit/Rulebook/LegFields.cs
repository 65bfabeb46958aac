using ClearingActors.Actors.Wire;

namespace ClearingActors.Audit.Rulebook;

/// <summary>A leg's event, read in place (journal.proto, TradeLegEvent).</summary>
internal ref struct LegFields
{
    internal ReadOnlySpan<byte> Source;
    internal ReadOnlySpan<byte> Trade;
    internal ReadOnlySpan<byte> Counter;
    internal ReadOnlySpan<byte> Instrument;
    internal long Kind;
    internal long Side;
    internal long Quantity;
    internal long Price;
    internal long Cycle;
    internal long Date;
    internal long Reservation;

    internal static LegFields Read(ReadOnlySpan<byte> body)
    {
        var leg = default(LegFields);
        var reader = new WireReader(body);
        while (reader.Next())
        {
            switch (reader.Number)
            {
                case 1: leg.Source = reader.Bytes; break;
                case 2: leg.Trade = reader.Bytes; break;
                case 3: leg.Kind = reader.Int64; break;
                case 4: leg.Side = reader.Int64; break;
                case 5: leg.Counter = reader.Bytes; break;
                case 8: leg.Instrument = reader.Bytes; break;
                case 9: leg.Quantity = reader.Int64; break;
                case 10: leg.Price = reader.ZigZag; break;
                case 11: leg.Cycle = reader.Int64; break;
                case 12: leg.Date = reader.Int64; break;
                case 13: leg.Reservation = reader.Int64; break;
                default: break;
            }
        }

        return leg;
    }
}

/// <summary>A report in a message, read in place (journal.proto, TradeReport).</summary>
internal ref struct ReportFields
{
    internal ReadOnlySpan<byte> Source;
    internal ReadOnlySpan<byte> Trade;
    internal ReadOnlySpan<byte> Instrument;
    internal ReadOnlySpan<byte> Buyer;
    internal ReadOnlySpan<byte> Seller;
    internal long Kind;
    internal long Quantity;
    internal long Mantissa;
    internal int Scale;

    /// <summary>Reads the report that is a message's first field.</summary>
    internal static ReportFields ReadFirst(ReadOnlySpan<byte> message)
    {
        var report = default(ReportFields);
        var outer = new WireReader(message);
        while (outer.Next())
        {
            if (outer.Number == 1)
            {
                var reader = new WireReader(outer.Bytes);
                while (reader.Next())
                {
                    switch (reader.Number)
                    {
                        case 1: report.Source = reader.Bytes; break;
                        case 2: report.Trade = reader.Bytes; break;
                        case 3: report.Kind = reader.Int64; break;
                        case 4: report.Instrument = reader.Bytes; break;
                        case 5: report.Buyer = reader.Bytes; break;
                        case 8: report.Seller = reader.Bytes; break;
                        case 11: report.Quantity = reader.Int64; break;
                        case 12: report.Mantissa = reader.ZigZag; break;
                        case 13: report.Scale = reader.Int32; break;
                        default: break;
                    }
                }

                return report;
            }
        }

        return report;
    }
}

/// <summary>An answer, read in place (journal.proto, TradeDecided and TradeAnswered).</summary>
internal ref struct AnswerFields
{
    internal ReadOnlySpan<byte> Trade;
    internal long Kind;
    internal long Cycle;
    internal long Date;
    internal long Price;

    /// <summary>The trade's id, which is the first field of all that a source records.</summary>
    internal static ReadOnlySpan<byte> ReadTrade(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        return reader.Next() && reader.Number == 1 ? reader.Bytes : [];
    }

    internal static AnswerFields Read(ReadOnlySpan<byte> body)
    {
        var answer = default(AnswerFields);
        var outer = new WireReader(body);
        while (outer.Next())
        {
            if (outer.Number == 1)
            {
                answer.Trade = outer.Bytes;
            }
            else if (outer.Number == 3)
            {
                var reader = new WireReader(outer.Bytes);
                while (reader.Next())
                {
                    switch (reader.Number)
                    {
                        case 1: answer.Kind = reader.Int64; break;
                        case 3: answer.Cycle = reader.Int64; break;
                        case 4: answer.Date = reader.Int64; break;
                        case 5: answer.Price = reader.ZigZag; break;
                        default: break;
                    }
                }
            }
        }

        return answer;
    }
}
