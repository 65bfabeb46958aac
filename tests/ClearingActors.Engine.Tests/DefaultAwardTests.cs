using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Defaults;
using Google.Protobuf;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Engine.Tests;

/// <summary>What becomes of a won lot that cannot move, and of bids as the journal has them.</summary>
public sealed class DefaultAwardTests
{
    private const string Anna = "operator:anna";
    private const string Ben = "operator:ben";
    private const long Minute = 60_000_000_000;

    [Fact]
    public async Task A_winner_whose_account_was_closed_meanwhile_is_paid_nothing_and_the_lot_is_offered_again()
    {
        await using var house = await DefaultTests.StartAsync();
        var engine = house.Engine;
        var spare = AccountId.Parse("GAMMA.SPARE");
        await engine.DefineAccountAsync(Anna, spare, MemberId.Parse("GAMMA"), Segregation.House, TestHouse.Usd, 0);
        await DeclareAsync(house);
        await BidAsync(house, "GAMMA", "D1.1.1", "GAMMA.SPARE", -50_000_00);
        await engine.CloseAccountAsync(Anna, spare);

        await engine.AdvanceAsync(Anna, TestHouse.Noon + (21 * Minute));
        var d = await GetAsync(house);
        d.Auctions[0].Lots.Single().Awards.Single().Member.ShouldBe("GAMMA");
        (await CashAsync(house, "GAMMA.SPARE")).ShouldBe(0);
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(0);
        (await house.PositionAsync("CCP.DEFAULT.1.2")).ShouldBe(-500);
        d.Notes.ShouldContain(n => n.What == "of 500 lots of D1.1.1 that member GAMMA has won, 0 have moved to account GAMMA.SPARE; it is paid for these, and the rest is offered again");
        d.Accounts[1].Blocked.ShouldContain("AccountNotActive");

        await engine.AdvanceAsync(Anna, TestHouse.Noon + (23 * Minute));
        await BidAsync(house, "GAMMA", "D1.2.1", "GAMMA.HOUSE", -60_000_00);
        await engine.AdvanceAsync(Anna, TestHouse.Noon + (44 * Minute));
        (await house.PositionAsync("GAMMA.HOUSE")).ShouldBe(-500);
        (await CashAsync(house, "GAMMA.HOUSE")).ShouldBe(1_060_000_00);
        (await CashAsync(house, "CCP.DEFAULT.1.2")).ShouldBe(-60_000_00);
        house.Alarms.ShouldBeEmpty();
    }

    [Fact]
    public void Every_sealed_bid_has_the_same_length_and_opens_to_what_it_was_in_its_own_place_only()
    {
        var sealer = new BidSealer([.. Enumerable.Range(0, BidSealer.KeyLength).Select(i => (byte)i)]);
        BidContent Content(string account, long amount) => new() { Account = account, Amount = amount, Units = 10_000, Nonce = ByteString.CopyFrom(new byte[32]) };
        foreach (var content in new[] { Content("A", 0), Content(new string('A', 64), long.MinValue), Content("B", -1) })
        {
            var sealedBid = sealer.Seal("1/L/M/1", content);
            sealedBid.Length.ShouldBe(BidSealer.SealedLength);
            sealer.Open("1/L/M/1", sealedBid).ShouldBe(content);
            Should.Throw<System.Security.Cryptography.CryptographicException>(() => sealer.Open("1/L/M/2", sealedBid));
            Should.Throw<System.Security.Cryptography.CryptographicException>(() => new BidSealer(new byte[BidSealer.KeyLength]).Open("1/L/M/1", sealedBid));
            Should.Throw<System.Security.Cryptography.CryptographicException>(() => sealer.Open("1/L/M/1", ByteString.CopyFrom(sealedBid.Span[..^1])));
        }

        sealer.Seal("1/L/M/1", Content("A", 1)).Span[..12].SequenceEqual(sealer.Seal("1/L/M/1", Content("A", 2)).Span[..12]).ShouldBeFalse("a vector serves one content");
    }

    private static async Task DeclareAsync(TestHouse house)
    {
        await house.Engine.ManageDefaultAsync(Anna, new TriggerDefaultRequest { Member = "BETA", Reason = "it cannot pay" });
        await house.Engine.ManageDefaultAsync(Anna, new DecideDefaultRequest { Number = 1, Action = Action.Declare, Reason = "seen" });
        await house.Engine.ManageDefaultAsync(Ben, new DecideDefaultRequest { Number = 1, Action = Action.Declare, Reason = "seen" });
        await house.Engine.QuiesceAsync();
    }

    private static Task<PlaceBidResponse> BidAsync(TestHouse house, string member, string lot, string account, long amount) =>
        house.Engine.PlaceBidAsync($"member:{member}", new PlaceBidRequest { Member = member, Number = 1, Lot = lot, Account = account, Amount = amount, Currency = "USD", Units = 1 });

    private static async Task<Default> GetAsync(TestHouse house) => (await house.Engine.GetDefaultsAsync("auditor:x")).Defaults.ShouldHaveSingleItem();

    private static async Task<long> CashAsync(TestHouse house, string account) => (await house.Engine.GetAccountAsync("test", AccountId.Parse(account)))?.Account.Balances.Sum(b => b.Cash) ?? 0;
}
