using System.Diagnostics;
using System.Globalization;
using ClearingActors.Client;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Operations.V1;
using ClearingActors.Contracts.Stress.V1;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Cli.Demo;

/// <summary>
/// A default as the demo's members and two operators live through it, over gRPC: a fund that all have paid into, a member that misses its calls on the worst day, its clients taken
/// over, its positions auctioned by sealed bids, its loss borne layer by layer.
/// </summary>
internal sealed class DemoDefaulting(DemoHouse house, ClearingConnection operators, ClearingConnection secondOperator, IReadOnlyList<MemberDesk> desks, Func<Task<CheckInvariantsResponse>> quiet, IDemoView view)
{
    /// <summary>The day whose calls are not met.</summary>
    internal static readonly DateOnly Day = new(2020, 3, 16);

    /// <summary>The member that does not meet them, by index.</summary>
    internal const int Defaulter = 1;

    private const int Taker = 3;
    private const long Minute = 60_000_000_000;
    private static readonly int[] Bidders = [4, 6, 8];

    private const string Scenarios = $$"""
        [{ "id": "fall", "name": "A fall of a fifth in a day", "type": "hypothetical", "othersUnmoved": true,
           "shocks": [{ "factor": "price", "name": "{{DemoMarginModel.Factor}}", "kind": "relative", "shock": -0.2, "assumed": "for the demo" }] },
         { "id": "rise", "name": "A rise of a sixth in a day", "type": "hypothetical", "othersUnmoved": true,
           "shocks": [{ "factor": "price", "name": "{{DemoMarginModel.Factor}}", "kind": "relative", "shock": 0.16, "assumed": "for the demo" }] }]
        """;

    private const string FundTerms = """
        { "currency": "USD", "minorDigits": 2, "bufferPercent": 10, "minimumContribution": 100000.00, "minutesToMeet": 60, "juniorCapital": 1000000.00, "seniorCapital": 2000000.00 }
        """;

    private const string Terms = """
        { "currency": "USD", "minorDigits": 2, "approvalMinutes": 60, "portingMinutes": 10, "auction": { "minutes": 20, "reserveMultiple": 2 } }
        """;

    private readonly List<string> _ported = [];
    private long _now;
    private int _missedCalls;
    private bool _matched = true;

    /// <summary>The number of the default; 0 before it is triggered.</summary>
    internal long Number { get; private set; }

    internal DemoDefault? Result { get; private set; }

    private DemoMember Member => house.Members[Defaulter];

    /// <summary>Accounts that went over to another member.</summary>
    internal bool IsPorted(DemoAccount account) => _ported.Contains(account.Id);

    /// <summary>True for accounts of the defaulter that it has no more.</summary>
    internal bool IsGone(DemoAccount account) => Number > 0 && account.Member == Defaulter && !IsPorted(account);

    /// <summary>Whose desk sees to an account.</summary>
    internal MemberDesk DeskOf(DemoAccount account) => desks[IsPorted(account) ? Taker : account.Member];

    /// <summary>The terms, the fund's size from a stress run of the house as it stands, and what members pay into it. A cycle must have been settled.</summary>
    internal async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await operators.Stress.SetScenariosAsync(new SetScenariosRequest { Scenarios = Scenarios, Reason = "the demo's" }, cancellationToken);
        await operators.Stress.SetFundTermsAsync(new SetFundTermsRequest { Terms = FundTerms, Reason = "the demo's" }, cancellationToken);
        await operators.Defaults.SetDefaultTermsAsync(new SetDefaultTermsRequest { Terms = Terms, Reason = "the demo's" }, cancellationToken);
        await operators.Stress.RunStressAsync(new RunStressRequest(), cancellationToken);
        await operators.Stress.SizeDefaultFundAsync(new SizeDefaultFundRequest(), cancellationToken);
        await quiet();
        var paid = await PayFundAsync("fund", cancellationToken);
        view.Say($"The default fund covers the two largest uncovered losses of a fall or a rise: USD {paid:N2}, paid in");
    }

    /// <summary>After the day whose calls were missed: declared by two operators, clients ported, the rest auctioned before the next session.</summary>
    /// <param name="now">UTC ns, where business time stands.</param>
    /// <param name="missed">Calls missed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task ManageAsync(long now, int missed, CancellationToken cancellationToken)
    {
        _now = now;
        _missedCalls = missed;
        var triggered = await UntilAsync(d => d.Stage == Stage.Triggered, cancellationToken);
        view.Say($"{Member.Name} has missed {missed} margin calls: suspended, {triggered.Detail}");
        await operators.Defaults.DecideDefaultAsync(Declare("calls missed"), cancellationToken);
        await secondOperator.Defaults.DecideDefaultAsync(Declare("confirmed with the member"), cancellationToken);
        var closing = await UntilAsync(d => d.Stage == Stage.ClosingOut && d.Accounts.All(a => a.Asked == a.Told), cancellationToken);
        foreach (var account in closing.Accounts.Where(a => a.Stage == AccountStage.Porting && !a.Account.EndsWith("-GROSS", StringComparison.Ordinal)))
        {
            await desks[Taker].Auctions.OfferPortingAsync(new OfferPortingRequest { Member = house.Members[Taker].Id, Number = Number, Account = account.Account }, cancellationToken);
            await operators.Defaults.PortAccountAsync(new PortAccountRequest { Number = Number, Account = account.Account, Member = house.Members[Taker].Id, Reason = "the client's wish" }, cancellationToken);
        }

        await AdvanceAsync(10 * Minute, cancellationToken);
        var held = await UntilAsync(d => d.Accounts.All(a => a.Stage is AccountStage.Ported or AccountStage.Held or AccountStage.Settling) && d.Accounts.All(a => a.Stage != AccountStage.Held || d.Auctions.Any(c => c.Account == a.Account)), cancellationToken);
        _ported.AddRange(held.Accounts.Where(a => a.Stage == AccountStage.Ported).Select(a => a.Account));
        view.Say($"{_ported.Count} client accounts went over to {house.Members[Taker].Name}; {held.Auctions.Sum(a => a.Lots.Count)} lots are on offer, bids are sealed");
        for (var i = 0; i < Bidders.Length; i++)
        {
            var bidder = house.Members[Bidders[i]];
            var offered = await desks[Bidders[i]].Auctions.GetAuctionsAsync(new GetAuctionsRequest { Member = bidder.Id }, cancellationToken);
            foreach (var lot in offered.Auctions.Where(a => !a.Auction.Closed).SelectMany(a => a.Auction.Lots))
            {
                await desks[Bidders[i]].Auctions.PlaceBidAsync(new PlaceBidRequest
                {
                    Member = bidder.Id,
                    Number = Number,
                    Lot = lot.Id,
                    Account = $"{bidder.Id}-HOUSE",
                    Amount = -lot.Margin * (40 + (25 * i)) / 100,
                    Currency = "USD",
                    Units = 1,
                }, cancellationToken);
            }
        }

        await AdvanceAsync(20 * Minute, cancellationToken);
        var sold = await UntilAsync(d => d.Accounts.All(a => a.Stage is AccountStage.Ported or AccountStage.Settling or AccountStage.Settled), cancellationToken);
        view.Say($"Sold: {string.Join(", ", sold.Auctions.SelectMany(a => a.Lots).SelectMany(l => l.Awards.Select(w => $"{l.ProductGroup} to {house.Members.First(m => m.Id == w.Member).Name} for USD {w.Amount / 100m:N2}")))}");
    }

    /// <summary>After the next cycle: the loss is allocated, the default closed, and the fund filled again.</summary>
    internal async Task CloseAsync(CancellationToken cancellationToken)
    {
        await UntilAsync(d => d.Stage == Stage.Allocated, cancellationToken);
        await operators.Defaults.CloseDefaultAsync(new CloseDefaultRequest { Number = Number, Reason = "the loss is borne in full" }, cancellationToken);
        var d = await UntilAsync(d => d.Stage == Stage.Closed, cancellationToken);
        await PayFundAsync("refill", cancellationToken);
        Result = new DemoDefault
        {
            Member = Member.Name,
            Stage = d.Stage.ToString().ToUpperInvariant(),
            MissedOn = Day,
            MissedCalls = _missedCalls,
            Ported = [.. _ported],
            Lots = d.Auctions.Sum(a => a.Lots.Count),
            LotsSold = d.Auctions.Sum(a => a.Lots.Count(l => l.UnsoldUnits == 0)),
            Bids = d.Auctions.Sum(a => a.Bids.Count),
            Loss = d.Allocation.Loss / 100m,
            Layers = [.. d.Allocation.Layers.Select(l => new DemoLayer(l.Layer, l.Available / 100m, l.Used / 100m, [.. l.ByMember.Select(m => (m.Member, m.Amount / 100m))]))],
            Unallocated = d.Allocation.Unallocated / 100m,
            MatchedBook = _matched,
        };
    }

    private DecideDefaultRequest Declare(string reason) => new() { Number = Number, Action = Action.Declare, Reason = reason };

    private async Task<decimal> PayFundAsync(string request, CancellationToken cancellationToken)
    {
        var fund = await operators.Stress.GetDefaultFundAsync(new GetDefaultFundRequest(), cancellationToken);
        var due = fund.Contributions.Where(c => ExactDecimal.FromWire(c.Due) > 0).ToList();
        await Task.WhenAll(due.Select(c => operators.Operations.BookCollateralAsync(new BookCollateralRequest { RequestId = $"demo-{request}", Account = c.Account, Currency = c.Currency, Amount = c.Due }, cancellationToken)));
        await quiet();
        return due.Sum(c => ExactDecimal.FromWire(c.Due));
    }

    private async Task AdvanceAsync(long by, CancellationToken cancellationToken)
    {
        _now += by;
        await operators.Operations.AdvanceBusinessTimeAsync(new AdvanceBusinessTimeRequest { Instant = _now }, cancellationToken);
    }

    /// <summary>The default once it has come so far; the book must match whenever it is looked at.</summary>
    private async Task<Default> UntilAsync(Func<Default, bool> there, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var invariants = await quiet();
            _matched &= invariants is { Quiet: true, MatchedBook: true } && invariants.Cash.All(c => ExactDecimal.FromWire(c.Sum) == 0);
            var defaults = (await operators.Defaults.GetDefaultsAsync(new GetDefaultsRequest(), cancellationToken)).Defaults;
            if (defaults.LastOrDefault(d => d.Member == Member.Id) is { } d)
            {
                Number = d.Number;
                if (there(d))
                {
                    return d;
                }

                if (clock.Elapsed > TimeSpan.FromSeconds(30))
                {
                    throw new InvalidOperationException($"the default of {Member.Id} stands at {d.Stage} ({d.Blocked}); its accounts: {string.Join(", ", d.Accounts.Select(a => $"{a.Account} {a.Stage} {a.Blocked}"))}");
                }
            }
            else if (clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"{Member.Id} has missed its calls and no default was triggered");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }
}
