using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Cli.Drills;

/// <summary>Plays a drill on a house of its own, step by step; each begins when all that the one before has set off is done.</summary>
public sealed class DrillRun
{
    private const string Auditor = "auditor:drill";

    private readonly Drill _drill;
    private readonly DrillHouse _house;
    private readonly DrillLog _log;
    private readonly Dictionary<InstrumentId, long> _prices;
    private readonly Dictionary<long, (Default Default, Dictionary<AccountId, long> Cash)> _beforeClose = [];
    private long _now;
    private long _cycle;

    private DrillRun(Drill drill, DrillHouse house, DrillLog log)
    {
        _drill = drill;
        _house = house;
        _log = log;
        _now = drill.Start;
        _prices = drill.Instruments.ToDictionary(i => i.Instrument.Id, i => i.Units);
    }

    /// <summary>Plays a drill to its end, or to the first step that does not go through.</summary>
    /// <param name="drill">What is played.</param>
    /// <param name="output">Takes a line for each thing that happens, with its business time.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="CommandException">The house refuses what the file says of it; nothing was played.</exception>
    public static async Task<DrillResult> PlayAsync(Drill drill, TextWriter output, CancellationToken cancellation)
    {
        using var house = await DrillHouse.StartAsync(drill, cancellation);
        var run = new DrillRun(drill, house, new DrillLog(drill.Currency, output));
        var failure = await run.StepsAsync(cancellation);
        var books = await house.Engine.ReadBooksAsync();
        List<DefaultEnd> ends = [];
        foreach (var d in (await house.Engine.GetDefaultsAsync(Auditor, cancellation: cancellation)).Defaults)
        {
            ends.Add(run._beforeClose.TryGetValue(d.Number, out var before) ? new DefaultEnd(d, before.Default, before.Cash) : new DefaultEnd(d, null, new Dictionary<AccountId, long>()));
        }

        var checks = await DrillChecks.OfAsync(drill, house, ends, books, cancellation);
        return new DrillResult(drill, ends, checks, failure, books.MatchedBook, books.Cash.GetValueOrDefault(drill.Currency));
    }

    private async Task<string> StepsAsync(CancellationToken cancellation)
    {
        foreach (var step in _drill.Steps)
        {
            try
            {
                await PlayAsync(step, cancellation);
                await _house.Engine.QuiesceAsync(cancellation);
            }
            catch (RefusedException e)
            {
                return $"{step.Place} was refused: {e.Message}";
            }

            _log.Changes(_now, (await _house.Engine.GetDefaultsAsync(Auditor, cancellation: cancellation)).Defaults);
        }

        return "";
    }

    private Task PlayAsync(DrillStep step, CancellationToken cancellation) => step switch
    {
        TimeStep s => AdvanceAsync(s.At, cancellation),
        TradeStep s => TradeAsync(s),
        SettleStep s => SettleAsync(s, cancellation),
        UnpaidStep s => _house.Engine.DeclareUnpaidAsync(DrillHouse.FirstOperator, s.Account, _cycle, s.Reason, cancellation),
        TriggerStep s => _house.Engine.ManageDefaultAsync(DrillHouse.FirstOperator, new TriggerDefaultRequest { Member = s.Member.Value, Reason = s.Reason }, cancellation),
        DecideStep s => DecideAsync(s, cancellation),
        PortStep s => PortAsync(s, cancellation),
        BidStep s => BidAsync(s, cancellation),
        CloseAuctionsStep => CloseAuctionsAsync(cancellation),
        ReofferStep s => _house.Engine.ManageDefaultAsync(
            DrillHouse.FirstOperator, new ReofferRequest { Number = s.Default, Account = s.Account.Value, Reason = "once more" }, cancellation),
        CloseStep s => CloseAsync(s, cancellation),
        _ => throw new InvalidOperationException($"{step.GetType().Name} is no step of a drill"),
    };

    private async Task AdvanceAsync(long at, CancellationToken cancellation)
    {
        if (at < _now)
        {
            throw new RefusedException($"it is later than that already: {DrillLog.Time(_now)}");
        }

        await _house.Engine.AdvanceBusinessTimeAsync(DrillHouse.FirstOperator, at, cancellation);
        _now = at;
    }

    private async Task TradeAsync(TradeStep step)
    {
        var outcome = await _house.SubmitAsync(step, _now);
        if (outcome.Kind != TradeOutcomeKind.Novated)
        {
            throw new RefusedException($"the trade is {outcome.Kind}: {outcome.Reason}");
        }

        _log.Say(_now, $"{step.Buyer} buys {step.Lots} {step.Instrument} from {step.Seller} at {step.Price}");
    }

    private async Task SettleAsync(SettleStep step, CancellationToken cancellation)
    {
        foreach (var (instrument, units) in step.Prices)
        {
            _prices[instrument] = units;
        }

        var result = await _house.Engine.RunSettlementCycleAsync(DrillHouse.FirstOperator, step.Next, [.. _prices.Select(p => new PricePoint(p.Key, p.Value))], cancellation);
        _cycle = result.Cycle;
        var prices = string.Join(", ", _drill.Instruments.Select(i => $"{i.Instrument.Id} {i.Instrument.ToPrice(_prices[i.Instrument.Id])}"));
        _log.Say(_now, $"cycle {result.Cycle} of {result.BusinessDate:yyyy-MM-dd} is settled at {prices}; {_log.Amount(result.Currencies.Sum(c => c.Received))} is paid");
    }

    private async Task DecideAsync(DecideStep step, CancellationToken cancellation)
    {
        var request = new DecideDefaultRequest { Number = step.Default, Action = step.Action, Reason = step.Reason };
        await _house.Engine.ManageDefaultAsync(DrillHouse.FirstOperator, request, cancellation);
        await _house.Engine.ManageDefaultAsync(DrillHouse.SecondOperator, request, cancellation);
        _log.Say(_now, $"{DrillHouse.FirstOperator} and {DrillHouse.SecondOperator} decide: {DrillLog.Words(step.Action)} in default {step.Default}");
    }

    private async Task PortAsync(PortStep step, CancellationToken cancellation)
    {
        await _house.Engine.OfferPortingAsync(PrincipalOf(step.Member), new OfferPortingRequest { Member = step.Member.Value, Number = step.Default, Account = step.Account.Value }, cancellation);
        await _house.Engine.ManageDefaultAsync(
            DrillHouse.FirstOperator, new PortAccountRequest { Number = step.Default, Account = step.Account.Value, Member = step.Member.Value, Reason = "it has offered to" }, cancellation);
    }

    private async Task BidAsync(BidStep step, CancellationToken cancellation)
    {
        var d = await DefaultAsync(step.Default, cancellation);
        var lot = d.Auctions.Where(a => !a.Closed && a.Account == step.Account.Value).SelectMany(a => a.Lots).FirstOrDefault(l => l.ProductGroup == step.Group)
            ?? throw new RefusedException($"no lot of {step.Group} of account {step.Account} is on offer in default {step.Default}");
        foreach (var (member, amount) in step.Bids)
        {
            var account = _drill.Members.First(m => m.Id == member).Accounts.First(a => a.Segregation == Segregation.House).Id;
            var request = new PlaceBidRequest { Member = member.Value, Number = step.Default, Lot = lot.Id, Account = account.Value, Amount = amount, Currency = _drill.Currency.Code, Units = 1 };
            await _house.Engine.PlaceBidAsync(PrincipalOf(member), request, cancellation);
            _log.Say(_now, $"{member} hands in a sealed bid for lot {lot.Id}");
        }
    }

    private async Task CloseAuctionsAsync(CancellationToken cancellation)
    {
        var open = (await _house.Engine.GetDefaultsAsync(Auditor, cancellation: cancellation)).Defaults.SelectMany(d => d.Auctions).Where(a => !a.Closed).ToList();
        if (open.Count == 0)
        {
            throw new RefusedException("no auction is open");
        }

        await AdvanceAsync(open.Max(a => a.ClosesAt), cancellation);
    }

    /// <summary>What the books hold before the rest is returned is kept: the checks need it.</summary>
    private async Task CloseAsync(CloseStep step, CancellationToken cancellation)
    {
        var d = await DefaultAsync(step.Default, cancellation);
        var cash = new Dictionary<AccountId, long>();
        foreach (var account in d.Accounts.Where(a => a.Stage == AccountStage.Settled).Select(a => AccountId.Parse(a.Account)).Append(FundAccounts.Of(MemberId.Parse(d.Member))))
        {
            cash[account] = await _house.CashAsync(account, _drill.Currency);
        }

        await _house.Engine.ManageDefaultAsync(DrillHouse.FirstOperator, new CloseDefaultRequest { Number = step.Default, Reason = "all is allocated" }, cancellation);
        _beforeClose[step.Default] = (d, cash);
    }

    private async Task<Default> DefaultAsync(long number, CancellationToken cancellation) =>
        (await _house.Engine.GetDefaultsAsync(Auditor, number, cancellation)).Defaults.FirstOrDefault() ?? throw new RefusedException($"there is no default {number}");

    private static string PrincipalOf(MemberId member) => $"member:{member}";
}
