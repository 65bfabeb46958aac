using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Engine.Wire;

/// <summary>Securities and coins, their prices and exchange rates between the domain and the journal's wire format (journal.proto). Decimals are text, exactly as given.</summary>
internal static class CollateralWire
{
    internal static void Write(WireWriter w, CollateralAsset asset)
    {
        w.Field(1, asset.Id.Value);
        w.Field(2, asset.Currency.Code);
        w.Field(3, asset.Currency.Digits);
        w.Field(4, asset.UnitDigits);
        w.Field(5, asset.Issuer);
        w.Field(6, asset.PricedBy.Value);
        w.Field(7, HouseWire.Text(asset.PriceFactor));
    }

    internal static CollateralAsset ReadAsset(ReadOnlySpan<byte> body)
    {
        AssetId id = default;
        InstrumentId pricedBy = default;
        string code = "", issuer = "";
        int digits = 0, unitDigits = 0;
        decimal factor = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: id = Asset(r.Bytes); break;
                case 2: code = IdPool.Intern(r.Bytes); break;
                case 3: digits = r.Int32; break;
                case 4: unitDigits = r.Int32; break;
                case 5: issuer = IdPool.Intern(r.Bytes); break;
                case 6: pricedBy = Ids.Instrument(r.Bytes); break;
                case 7: factor = HouseWire.Number(r.String); break;
                default: throw TradeWire.Unknown("CollateralAssetDefined", r.Number);
            }
        }

        return CollateralAsset.TryCreate(id, new Currency(code, digits), unitDigits, issuer, pricedBy, factor, out var asset) is { } wrong ? throw new InvalidDataException(wrong) : asset!;
    }

    internal static void Write(WireWriter w, CollateralPricesSet e)
    {
        WritePrices(w, 1, e.Prices);
        WriteRates(w, 2, e.Rates);
    }

    internal static CollateralPricesSet ReadPricesSet(ReadOnlySpan<byte> body)
    {
        List<AssetPrice> prices = [];
        List<ExchangeRate> rates = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: prices.Add(ReadPrice(r.Bytes)); break;
                case 2: rates.Add(ReadRate(r.Bytes)); break;
                default: throw TradeWire.Unknown("CollateralPricesSet", r.Number);
            }
        }

        return new CollateralPricesSet(prices, rates);
    }

    internal static void WritePrices(WireWriter w, int field, IEnumerable<AssetPrice> prices)
    {
        foreach (var price in prices)
        {
            var start = w.Begin(field);
            w.Field(1, price.Asset.Value);
            w.Field(2, HouseWire.Text(price.Price));
            w.End(start);
        }
    }

    internal static void WriteRates(WireWriter w, int field, IEnumerable<ExchangeRate> rates)
    {
        foreach (var rate in rates)
        {
            var start = w.Begin(field);
            w.Field(1, rate.Base);
            w.Field(2, rate.Quote);
            w.Field(3, HouseWire.Text(rate.Rate));
            w.End(start);
        }
    }

    internal static AssetPrice ReadPrice(ReadOnlySpan<byte> body)
    {
        var price = default(AssetPrice);
        var r = new WireReader(body);
        while (r.Next())
        {
            price = r.Number switch
            {
                1 => price with { Asset = Asset(r.Bytes) },
                2 => price with { Price = HouseWire.Number(r.String) },
                _ => throw TradeWire.Unknown("AssetPrice", r.Number),
            };
        }

        return price;
    }

    internal static ExchangeRate ReadRate(ReadOnlySpan<byte> body)
    {
        var rate = new ExchangeRate("", "", 0);
        var r = new WireReader(body);
        while (r.Next())
        {
            rate = r.Number switch
            {
                1 => rate with { Base = IdPool.Intern(r.Bytes) },
                2 => rate with { Quote = IdPool.Intern(r.Bytes) },
                3 => rate with { Rate = HouseWire.Number(r.String) },
                _ => throw TradeWire.Unknown("ExchangeRate", r.Number),
            };
        }

        return rate;
    }

    internal static void Write(WireWriter w, in AssetEntry entry)
    {
        w.Field(1, Dates.ToInt(entry.ValueDate));
        w.Field(2, entry.Account.Value);
        w.Field(3, entry.CounterAccount.Value);
        w.Field(4, entry.Asset.Value);
        w.FieldZigZag(5, entry.Units);
        w.Field(6, entry.Request.Value);
        w.Field(7, entry.Currency.Code);
        w.Field(8, entry.Currency.Digits);
        w.Field(9, entry.UnitDigits);
    }

    internal static AssetEntry ReadEntry(ReadOnlySpan<byte> body)
    {
        DateOnly date = default;
        AccountId account = default, counter = default;
        AssetId asset = default;
        long units = 0;
        RequestId request = default;
        var code = "";
        int digits = 0, unitDigits = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: date = Dates.FromInt(r.Int32); break;
                case 2: account = Ids.Account(r.Bytes); break;
                case 3: counter = Ids.Account(r.Bytes); break;
                case 4: asset = Asset(r.Bytes); break;
                case 5: units = r.ZigZag; break;
                case 6: request = RequestId.Parse(r.String); break;
                case 7: code = IdPool.Intern(r.Bytes); break;
                case 8: digits = r.Int32; break;
                case 9: unitDigits = r.Int32; break;
                default: throw TradeWire.Unknown("AssetEntry", r.Number);
            }
        }

        return new AssetEntry(date, account, counter, asset, unitDigits, new Currency(code, digits), units, request);
    }

    /// <summary>The holdings of an account in its snapshot.</summary>
    internal static void Write(WireWriter w, int field, AssetHoldingsSnapshot holdings)
    {
        var start = w.Begin(field);
        foreach (var held in holdings.Holdings)
        {
            var inner = w.Begin(1);
            w.Field(1, held.Asset.Value);
            w.FieldZigZag(2, held.Units);
            w.End(inner);
        }

        foreach (var request in holdings.Requests)
        {
            var inner = w.Begin(2);
            w.Field(1, request.Asset.Value);
            w.FieldZigZag(2, request.Units);
            w.Field(3, request.Request.Value);
            w.End(inner);
        }

        w.End(start);
    }

    internal static AssetHoldingsSnapshot ReadHoldings(ReadOnlySpan<byte> body)
    {
        List<AssetHolding> holdings = [];
        List<BookedAssetRequest> requests = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            var entry = ReadHeld(r.Bytes);
            switch (r.Number)
            {
                case 1: holdings.Add(new AssetHolding(entry.Asset, entry.Units)); break;
                case 2: requests.Add(entry); break;
                default: throw TradeWire.Unknown("the snapshot of an account's assets", r.Number);
            }
        }

        return new AssetHoldingsSnapshot(holdings, requests);
    }

    internal static void Write(WireWriter w, int field, CollateralBook book)
    {
        var snapshot = book.ToSnapshot();
        var start = w.Begin(field);
        foreach (var asset in snapshot.Assets)
        {
            var inner = w.Begin(1);
            Write(w, asset);
            w.End(inner);
        }

        WritePrices(w, 2, snapshot.Prices);
        WriteRates(w, 3, snapshot.Rates);
        w.End(start);
    }

    internal static CollateralBook ReadBook(ReadOnlySpan<byte> body)
    {
        List<CollateralAsset> assets = [];
        List<AssetPrice> prices = [];
        List<ExchangeRate> rates = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: assets.Add(ReadAsset(r.Bytes)); break;
                case 2: prices.Add(ReadPrice(r.Bytes)); break;
                case 3: rates.Add(ReadRate(r.Bytes)); break;
                default: throw TradeWire.Unknown("the snapshot of a collateral book", r.Number);
            }
        }

        return CollateralBook.Restore(new CollateralBookSnapshot(assets, prices, rates));
    }

    private static AssetId Asset(ReadOnlySpan<byte> utf8) => AssetId.Parse(IdPool.Intern(utf8));

    private static BookedAssetRequest ReadHeld(ReadOnlySpan<byte> body)
    {
        var entry = default(BookedAssetRequest);
        var r = new WireReader(body);
        while (r.Next())
        {
            entry = r.Number switch
            {
                1 => entry with { Asset = Asset(r.Bytes) },
                2 => entry with { Units = r.ZigZag },
                3 => entry with { Request = RequestId.Parse(r.String) },
                _ => throw TradeWire.Unknown("a holding of an asset", r.Number),
            };
        }

        return entry;
    }
}
