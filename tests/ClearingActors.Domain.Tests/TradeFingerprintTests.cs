using System.Security.Cryptography;
using System.Text;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;

namespace ClearingActors.Domain.Tests;

public sealed class TradeFingerprintTests
{
    [Fact]
    public void The_fingerprint_is_half_a_sha256_over_the_documented_bytes()
    {
        byte[] content =
        [
            1, .. Text("VENUE"), .. Text("T1"), 1, .. Text("ESH6"), .. Text("ALPHA.HOUSE"), .. Text("C1"), 1, .. Text("BETA.HOUSE"), 0, 0,
            0, 0, 0, 0, 0, 0, 0, 10,
            0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0x1A, 0x99,
            0, 0, 0, 0, 0, 0, 3, 0xE8,
            1,
        ];
        Span<byte> written = stackalloc byte[TradeFingerprint.Size];
        TradeFingerprint.Of(Report()).WriteTo(written);
        Convert.ToHexString(written).ShouldBe(Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 16)));
        TradeFingerprint.Read(written).ShouldBe(TradeFingerprint.Of(Report()));
    }

    [Fact]
    public void Trailing_zeros_and_the_sign_of_zero_do_not_change_a_price()
    {
        TradeFingerprint.Of(Report(price: 4000.2500m)).ShouldBe(TradeFingerprint.Of(Report(price: 4000.25m)));
        TradeFingerprint.Of(Report(price: -0.000m)).ShouldBe(TradeFingerprint.Of(Report(price: 0m)));
        TradeFingerprint.Of(Report(price: -1m)).ShouldNotBe(TradeFingerprint.Of(Report(price: 1m)));
        TradeFingerprint.Of(Report(price: 10m)).ShouldNotBe(TradeFingerprint.Of(Report(price: 1m)));
    }

    [Fact]
    public void Every_field_counts()
    {
        TradeReport[] others =
        [
            Report(id: "T2"), Report(source: "VENU"), Report(kind: TradeKind.GiveUp), Report(instrument: "ESM6"), Report(buyer: "ALPHA.HOUSF"), Report(client: ""),
            Report(client: "C2"), Report(effect: PositionEffect.Close), Report(quantity: 11), Report(price: 4000.26m), Report(time: 1001), Report(guaranteed: false),
        ];
        others.Append(Report()).Select(TradeFingerprint.Of).Distinct().Count().ShouldBe(others.Length + 1);
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static TradeReport Report(
        string id = "T1",
        string source = "VENUE",
        TradeKind kind = TradeKind.Trade,
        string instrument = "ESH6",
        string buyer = "ALPHA.HOUSE",
        string client = "C1",
        PositionEffect effect = PositionEffect.Open,
        long quantity = 10,
        decimal price = 4000.25m,
        long time = 1000,
        bool guaranteed = true)
    {
        var clientId = client.Length == 0 ? ClientId.None : ClientId.Parse(client);
        return new TradeReport
        {
            Source = SourceId.Parse(source),
            TradeId = TradeId.Parse(id),
            Kind = kind,
            Instrument = InstrumentId.Parse(instrument),
            Buyer = new TradeSide(AccountId.Parse(buyer), clientId, effect),
            Seller = new TradeSide(AccountId.Parse("BETA.HOUSE"), ClientId.None, PositionEffect.Unspecified),
            Quantity = quantity,
            Price = price,
            ExecutionTime = time,
            Guaranteed = guaranteed,
        };
    }
}
