using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using SealedBid = ClearingActors.Contracts.Defaults.V1.SealedBid;

namespace ClearingActors.Engine.Simulation;

/// <summary>How far a default has come, by durable events alone.</summary>
internal sealed class DefaultCase(DefaultTriggered triggered)
{
    internal long Number { get; } = triggered.Number;

    internal string Member { get; } = triggered.Member;

    internal string Currency { get; } = triggered.Currency;

    internal Stage Stage { get; set; } = Stage.Triggered;

    /// <summary>The furthest stage that it has durably reached.</summary>
    internal Stage Furthest { get; set; } = Stage.Triggered;

    internal long Deadline { get; set; } = triggered.Deadline;

    internal string Blocked { get; set; } = "";

    internal HashSet<uint> Shards { get; } = [];

    /// <summary>By id.</summary>
    internal List<SeizedAccount> Accounts { get; } = [];

    internal List<Decision> Proposals { get; } = [];

    internal List<Decision> Decisions { get; } = [];

    internal List<Leg> Legs { get; } = [];

    internal List<Auction> Auctions { get; } = [];

    internal List<SealedBid> Bids { get; } = [];

    internal List<Claim> Claims { get; } = [];

    internal FundTold? Fund { get; set; }

    internal Allocation? Allocation { get; set; }

    internal long Unallocated { get; set; }

    internal List<Recovery> Recoveries { get; } = [];

    internal bool IsOpen => Stage is Stage.Triggered or Stage.Declared or Stage.ClosingOut or Stage.Allocated;

    internal SeizedAccount? Find(string account) => Accounts.Find(a => a.Account == account);

    internal SeizedAccount? FindHolder(string account) => Accounts.Find(a => a.DefaultAccount == account);

    internal string? BidderOf(long sequence) => Bids.Find(b => b.Sequence == sequence)?.Member;

    internal IEnumerable<Lot> OpenLots(string account) => Auctions.Where(a => !a.Closed && a.Account == account).SelectMany(static a => a.Lots);

    internal IEnumerable<Lot> LotsWithoutBid() => Auctions.Where(static a => !a.Closed).SelectMany(static a => a.Lots).Where(l => !Bids.Exists(b => b.Lot == l.Id));

    internal Lot LotOf(string id) => Auctions.SelectMany(static a => a.Lots).First(l => l.Id == id);

    public override string ToString() =>
        $"default {Number} of {Member} is {Stage}{(Blocked.Length > 0 ? $" ({Blocked})" : "")}: {string.Join(", ", Accounts.Select(a => $"{a.Account} {a.Stage} asked {a.Asked} told {a.Told}{(a.Blocked.Length > 0 ? $" ({a.Blocked})" : "")}"))}, legs open {string.Join(" ", Legs.Where(static l => l.Outcome == 0).Select(static l => l.Number))}";
}
