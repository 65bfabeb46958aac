using System.Buffers.Binary;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Actors;

/// <summary>An account in a snapshot.</summary>
internal static class AccountSnapshots
{
    internal static void Save(WireWriter w, AccountState state)
    {
        var s = state.ToSnapshot();
        w.Field(1, s.Member.Value);
        w.Field(2, (long)s.Segregation);
        w.Field(3, s.MarginCurrency.Code);
        w.Field(4, s.MarginCurrency.Digits);
        w.Field(5, (long)s.Status);
        w.Field(6, s.IntradayLimit);
        w.Field(7, s.FirstCycle);
        w.Field(8, s.LastSettledCycle);
        w.Field(9, s.LastReservation);
        foreach (var balance in s.Balances)
        {
            var start = w.Begin(10);
            w.Field(1, balance.Currency.Code);
            w.Field(2, balance.Currency.Digits);
            w.FieldZigZag(3, balance.Cash);
            w.Field(4, balance.Requirement);
            w.End(start);
        }

        foreach (var position in s.Positions)
        {
            SavePosition(w, position);
        }

        foreach (var reservation in s.Reservations)
        {
            var start = w.Begin(12);
            w.Field(1, (long)reservation.Kind);
            var leg = w.Begin(2);
            TradeWire.WriteLeg(w, reservation.Leg, reservation.Number, 0, 0);
            w.End(leg);
            w.End(start);
        }

        foreach (var amount in s.UnbookedVariationMargin)
        {
            MoneyWire.WriteAmount(w, 13, amount.Currency, amount.Type, amount.Exact, amount.AmountMinor);
        }

        foreach (var request in s.Requests)
        {
            var start = w.Begin(14);
            w.Field(1, request.Request.Value);
            w.Field(2, request.Amount.Currency.Code);
            w.Field(3, request.Amount.Currency.Digits);
            w.FieldZigZag(4, request.Amount.MinorUnits);
            w.End(start);
        }

        w.Field(15, s.LastTradeCycle);
        if (s.Margin is { } margin)
        {
            MarginWire.Write(w, 16, margin);
        }

        if (s.Fund is { } fund)
        {
            FundWire.Write(w, 160, fund);
        }

        foreach (var notice in s.Notices)
        {
            var start = w.Begin(110);
            ExerciseWire.Write(w, notice);
            w.End(start);
        }

        if (s.Assets is { } assets)
        {
            CollateralWire.Write(w, 140, assets);
        }

        foreach (var due in s.PaymentsDue)
        {
            var start = w.Begin(111);
            PaymentWire.Write(w, due);
            w.End(start);
        }

        if (s.Gains is { } gains)
        {
            var start = w.Begin(180);
            w.Field(1, gains.Epoch);
            foreach (var amount in gains.Amounts)
            {
                var entry = w.Begin(2);
                w.Field(1, amount.Currency.Code);
                w.Field(2, amount.Currency.Digits);
                w.FieldZigZag(3, amount.MinorUnits);
                w.End(entry);
            }

            w.End(start);
        }
    }

    /// <param name="body">What was saved.</param>
    /// <param name="id">The account.</param>
    /// <param name="directory">The shard's.</param>
    /// <param name="awaited">A default manager's question that waits; null if none does.</param>
    internal static AccountSnapshot Load(ReadOnlySpan<byte> body, AccountId id, HouseDirectory directory, out ClearingActors.Contracts.Journal.Defaults.V1.HoldingsAsked? awaited)
    {
        GainsSince? gains = null;
        awaited = null;
        MemberId member = default;
        int segregation = 0, digits = 0, status = 0;
        var currency = "";
        long limit = 0, first = 0, settled = 0, lastReservation = 0, lastTrade = 0;
        List<CurrencyBalance> balances = [];
        List<PositionSnapshot> positions = [];
        List<Reservation> reservations = [];
        List<VariationMarginAmount> unbooked = [];
        List<BookedRequest> requests = [];
        MarginSnapshot? margin = null;
        FundContribution? fund = null;
        List<ExerciseNotice> notices = [];
        AssetHoldingsSnapshot? assets = null;
        List<PaymentDue> due = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 180: gains = ReadGains(r.Bytes); break;
                case 181: awaited = ClearingActors.Contracts.Journal.Defaults.V1.HoldingsAsked.Parser.ParseFrom(r.Bytes.ToArray()); break;
                case 1: member = Ids.Member(r.Bytes); break;
                case 2: segregation = r.Int32; break;
                case 3: currency = IdPool.Intern(r.Bytes); break;
                case 4: digits = r.Int32; break;
                case 5: status = r.Int32; break;
                case 6: limit = r.Int64; break;
                case 7: first = r.Int64; break;
                case 8: settled = r.Int64; break;
                case 9: lastReservation = r.Int64; break;
                case 10: balances.Add(LoadBalance(r.Bytes)); break;
                case 11: positions.Add(LoadPosition(r.Bytes)); break;
                case 12: reservations.Add(LoadReservation(r.Bytes, id, directory)); break;
                case 13: unbooked.Add(MoneyWire.ReadAmount(r.Bytes)); break;
                case 14: requests.Add(LoadRequest(r.Bytes)); break;
                case 15: lastTrade = r.Int64; break;
                case 16: margin = MarginWire.ReadSnapshot(r.Bytes); break;
                case 160: fund = FundWire.ReadContribution(r.Bytes); break;
                case 111: due.Add(PaymentWire.ReadDue(r.Bytes)); break;
                case 110: notices.Add(ExerciseWire.ReadNotice(r.Bytes)); break;
                case 140: assets = CollateralWire.ReadHoldings(r.Bytes); break;
                default: throw TradeWire.Unknown("the snapshot of an account", r.Number);
            }
        }

        return new AccountSnapshot(
            id, member, (Segregation)segregation, new Currency(currency, digits), (AccountStatus)status, limit, first, settled, lastReservation, lastTrade, balances, positions, reservations, unbooked, requests)
        {
            Margin = margin,
            Fund = fund,
            Notices = notices,
            Assets = assets,
            PaymentsDue = due,
            Gains = gains,
        };
    }

    private static GainsSince ReadGains(ReadOnlySpan<byte> body)
    {
        long epoch = 0;
        List<Money> amounts = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: epoch = r.Int64; break;
                case 2: amounts.Add(ReadGain(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of gains", r.Number);
            }
        }

        return new GainsSince(epoch, amounts);
    }

    private static Money ReadGain(ReadOnlySpan<byte> body)
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
                case 3: amount = r.ZigZag; break;
                default: throw TradeWire.Unknown("the snapshot of a gain", r.Number);
            }
        }

        return new Money(amount, new Currency(code, digits));
    }

    private static void SavePosition(WireWriter w, in PositionSnapshot position)
    {
        var start = w.Begin(11);
        w.Field(1, position.Key.Instrument.Value);
        w.Field(2, position.Key.Client.Value);
        w.Field(3, position.Currency.Code);
        w.Field(4, position.Currency.Digits);
        w.FieldZigZag(5, position.SettledQuantity);
        w.FieldZigZag(6, position.ReferenceUnits);
        SaveLots(w, 7, position.Older);
        SaveLots(w, 8, position.Newer);
        w.Field(9, position.PendingSell);
        w.Field(10, position.PendingBuyBack);
        w.Field(11, position.Requirement);
        w.Field(12, (long)position.Valuation.Style);
        w.Field(13, position.Valuation.PriceScale);
        w.End(start);
    }

    private static void SaveLots(WireWriter w, int field, in CycleLots lots)
    {
        if (lots.Cycle == 0)
        {
            return;
        }

        Span<byte> cost = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(cost, lots.Cost);
        var start = w.Begin(field);
        w.Field(1, lots.Cycle);
        w.FieldZigZag(2, lots.Quantity);
        w.Field(3, cost);
        w.End(start);
    }

    private static CycleLots LoadLots(ReadOnlySpan<byte> body)
    {
        var lots = default(CycleLots);
        var r = new WireReader(body);
        while (r.Next())
        {
            lots = r.Number switch
            {
                1 => lots with { Cycle = r.Int64 },
                2 => lots with { Quantity = r.ZigZag },
                3 => lots with { Cost = BinaryPrimitives.ReadInt128BigEndian(r.Bytes) },
                _ => throw TradeWire.Unknown("a cycle's lots", r.Number),
            };
        }

        return lots;
    }

    private static PositionSnapshot LoadPosition(ReadOnlySpan<byte> body)
    {
        var position = default(PositionSnapshot);
        var code = "";
        var digits = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: position = position with { Key = position.Key with { Instrument = Ids.Instrument(r.Bytes) } }; break;
                case 2: position = position with { Key = position.Key with { Client = Ids.Client(r.Bytes) } }; break;
                case 3: code = IdPool.Intern(r.Bytes); break;
                case 4: digits = r.Int32; break;
                case 5: position = position with { SettledQuantity = r.ZigZag }; break;
                case 6: position = position with { ReferenceUnits = r.ZigZag }; break;
                case 7: position = position with { Older = LoadLots(r.Bytes) }; break;
                case 8: position = position with { Newer = LoadLots(r.Bytes) }; break;
                case 9: position = position with { PendingSell = r.Int64 }; break;
                case 10: position = position with { PendingBuyBack = r.Int64 }; break;
                case 11: position = position with { Requirement = r.Int64 }; break;
                case 12: position = position with { Valuation = position.Valuation with { Style = (ValuationStyle)r.Int32 } }; break;
                case 13: position = position with { Valuation = position.Valuation with { PriceScale = r.Int32 } }; break;
                default: throw TradeWire.Unknown("the snapshot of a position", r.Number);
            }
        }

        return position with { Currency = new Currency(code, digits) };
    }

    private static CurrencyBalance LoadBalance(ReadOnlySpan<byte> body)
    {
        var code = "";
        var digits = 0;
        long cash = 0, requirement = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: cash = r.ZigZag; break;
                case 4: requirement = r.Int64; break;
                default: throw TradeWire.Unknown("the snapshot of a balance", r.Number);
            }
        }

        return new CurrencyBalance(new Currency(code, digits), cash, requirement);
    }

    private static Reservation LoadReservation(ReadOnlySpan<byte> body, AccountId id, HouseDirectory directory)
    {
        ReservationKind kind = default;
        TradeLeg leg = default;
        long number = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: kind = (ReservationKind)r.Int32; break;
                case 2: leg = TradeWire.ReadLeg(r.Bytes, id, directory, out number, out _, out _); break;
                default: throw TradeWire.Unknown("the snapshot of a reservation", r.Number);
            }
        }

        return new Reservation(number, kind, leg);
    }

    private static BookedRequest LoadRequest(ReadOnlySpan<byte> body)
    {
        RequestId request = default;
        var code = "";
        var digits = 0;
        long amount = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: request = RequestId.Parse(r.String); break;
                case 2: code = IdPool.Intern(r.Bytes); break;
                case 3: digits = r.Int32; break;
                case 4: amount = r.ZigZag; break;
                default: throw TradeWire.Unknown("the snapshot of a request", r.Number);
            }
        }

        return new BookedRequest(request, new Money(amount, new Currency(code, digits)));
    }
}
