using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain;

namespace ClearingActors.Audit.Rulebook;

/// <summary>A default as its events tell it.</summary>
internal sealed class AuditedDefault(DefaultTriggered triggered)
{
    internal long Number { get; } = triggered.Number;

    internal string Member { get; } = triggered.Member;

    internal Currency Currency { get; } = new(triggered.Currency, triggered.Digits);

    internal Stage Stage { get; set; } = Stage.Triggered;

    /// <summary>It has been declared, and stays so when it is closed.</summary>
    internal bool Declared { get; set; }

    internal List<Decision> Proposals { get; } = [];

    internal int Decisions { get; set; }

    /// <summary>By account id, as default accounts are numbered.</summary>
    internal List<SeizedAccount> Accounts { get; } = [];

    internal List<Claim> Claims { get; } = [];

    internal List<Leg> Legs { get; } = [];

    internal List<Auction> Auctions { get; } = [];

    /// <summary>Bids of auctions that are open.</summary>
    internal List<SealedBid> Bids { get; } = [];

    internal FundTold? Fund { get; set; }

    internal Allocation? Allocation { get; set; }

    internal List<Recovery> Recoveries { get; } = [];

    internal SeizedAccount? Find(string account) => Accounts.Find(a => a.Account == account);

    internal Lot LotOf(string id) => Auctions.SelectMany(static a => a.Lots).First(l => l.Id == id);

    /// <summary>What the accounts' own collateral and their house did not cover.</summary>
    internal long Uncovered => Accounts.Sum(static a => a.Loss is { } loss ? checked(loss.Shortfall - loss.FromHouse) : 0);

    public override string ToString() => $"default {Number} of {Member}";
}
