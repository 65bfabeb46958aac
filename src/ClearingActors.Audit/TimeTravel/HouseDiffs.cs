using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Wire;
using ClearingActors.Journal;
using static ClearingActors.Audit.TimeTravel.AuditText;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>
/// What changed between two moments, in one replay: at the first a compact stand of everything is kept, then the entries are summed on the way to the second.
/// </summary>
/// <param name="journal">Read only.</param>
/// <param name="from">The first moment.</param>
/// <param name="to">The second; everything of the first belongs to it.</param>
/// <param name="only">One account; null for all, and the house.</param>
internal sealed class HouseDiffs(IJournalStore journal, JournalCut from, JournalCut to, string? only)
{
    private readonly Dictionary<(string Account, Currency Currency, CashEntryType Type), (long Count, Int128 Sum)> _entries = [];
    private readonly SortedDictionary<(string Account, long Number), CallEvents> _calls = [];

    /// <summary>The ids of all accounts at the second moment.</summary>
    internal IReadOnlyList<string> Accounts { get; private set; } = [];

    /// <summary>Replays and compares.</summary>
    /// <exception cref="ArgumentException">The first moment is after the second.</exception>
    /// <exception cref="InvalidDataException">A turn cannot be replayed.</exception>
    internal HouseDiff Run(IProgress<double>? progress, CancellationToken cancellation)
    {
        if (Enumerable.Range(0, from.Positions.Count).Any(s => from.Positions[s] > to.Positions[s]))
        {
            throw new ArgumentException("the first moment is after the second; exchange them");
        }

        using var house = new HouseReplay(journal, to);
        Stand? before = null;
        while (house.Turns.TryPeek(out var row))
        {
            if (house.Turns.Replayed % 4096 == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report((double)house.Turns.Replayed / house.Turns.Rows);
            }

            if (row.Position > from.Positions[row.Shard])
            {
                before ??= StandOf(house);
                Sum(row);
            }

            house.Turns.Next();
        }

        before ??= StandOf(house);
        Accounts = [.. HousePictures.AccountsOf(house).Select(a => a.State.Id.Value)];
        return Compare(before.Moment.Turns == from.Positions.Sum() ? before : StandAlone(cancellation), StandOf(house));
    }

    /// <summary>Where the first moment is no moment of recorded time (heads or a checkpoint taken while shards were writing), it takes a replay of its own.</summary>
    private Stand StandAlone(CancellationToken cancellation)
    {
        using var house = new HouseReplay(journal, from);
        house.Run(null, cancellation);
        return StandOf(house);
    }

    /// <summary>Cash and calls: what is not in the states themselves.</summary>
    private void Sum(in JournalRow row)
    {
        var turn = new WireReader(row.Payload.Span);
        while (turn.Next())
        {
            if (turn.Number != TurnFields.Step)
            {
                continue;
            }

            var (kind, key) = (0, "");
            var step = new WireReader(turn.Bytes);
            while (step.Next())
            {
                switch (step.Number)
                {
                    case TurnFields.StepActorKind:
                        kind = step.Int32;
                        break;
                    case TurnFields.StepActorKey:
                        key = IdPool.Intern(step.Bytes);
                        break;
                    case TurnFields.StepEvent when kind == ActorKinds.Account && (only is null || key == only):
                        var e = new WireReader(step.Bytes);
                        if (e.Next())
                        {
                            Sum(key, e.Number, e.Bytes);
                        }

                        break;
                    default:
                        break;
                }
            }
        }
    }

    private void Sum(string account, int type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case EventTypes.CashBooked:
                var entry = MoneyWire.ReadEntry(body);
                var (count, sum) = _entries.GetValueOrDefault((account, entry.Amount.Currency, entry.Type));
                _entries[(account, entry.Amount.Currency, entry.Type)] = (count + 1, sum + entry.Amount.MinorUnits);
                break;
            case EventTypes.MarginCallIssued:
                var issued = MarginWire.ReadIssued(body);
                CallOf(account, issued.Number).Issued = issued.AmountMinor;
                break;
            case EventTypes.MarginCallCredited:
                var (number, amount) = MarginWire.ReadCall(body);
                CallOf(account, number).Credited += amount;
                break;
            case EventTypes.MarginCallMissed:
                (number, _) = MarginWire.ReadCall(body);
                CallOf(account, number).Ended = MarginCallStatus.Missed;
                break;
            case EventTypes.MarginCallWithdrawn:
                CallOf(account, MarginWire.ReadWithdrawn(body).Number).Ended = MarginCallStatus.Withdrawn;
                break;
            default:
                break;
        }
    }

    private CallEvents CallOf(string account, long number)
    {
        if (!_calls.TryGetValue((account, number), out var call))
        {
            _calls.Add((account, number), call = new CallEvents());
        }

        return call;
    }

    private HouseDiff Compare(Stand before, Stand after)
    {
        List<string> wrong = [];
        var accounts = before.Accounts.Keys.Union(after.Accounts.Keys).Order(StringComparer.Ordinal)
            .Select(a => Compare(a, before.Accounts.GetValueOrDefault(a) ?? AccountStand.None, after.Accounts.GetValueOrDefault(a) ?? AccountStand.None, wrong))
            .Where(a => !a.IsEmpty).ToList();
        return new HouseDiff
        {
            From = before.Moment,
            To = after.Moment,
            Turns = after.Moment.Turns - before.Moment.Turns,
            House = Changes(before.House, after.House),
            Members = Changes(before.Members, after.Members),
            Instruments = Changes(before.Instruments, after.Instruments),
            Defaults = Changes(before.Defaults, after.Defaults),
            Accounts = accounts,
            Wrong = wrong,
        };
    }

    private AccountDiff Compare(string account, AccountStand before, AccountStand after, List<string> wrong)
    {
        List<LotsChange> positions = [];
        foreach (var key in before.Lots.Keys.Union(after.Lots.Keys).Order())
        {
            var (was, is_) = (before.Lots.GetValueOrDefault(key), after.Lots.GetValueOrDefault(key));
            if (was != is_)
            {
                positions.Add(new LotsChange(key.Instrument.Value, key.Client.Value, was, is_, is_ - was));
            }
        }

        List<CashChange> cash = [];
        foreach (var currency in before.Cash.Keys.Union(after.Cash.Keys).Union(_entries.Keys.Where(e => e.Account == account).Select(e => e.Currency)).Order())
        {
            var (was, is_) = (before.Cash.GetValueOrDefault(currency), after.Cash.GetValueOrDefault(currency));
            var entries = _entries.Where(e => e.Key.Account == account && e.Key.Currency == currency).OrderBy(e => e.Key.Type).ToList();
            Int128 sum = 0;
            foreach (var entry in entries)
            {
                sum += entry.Value.Sum;
            }

            if (was + sum != is_)
            {
                wrong.Add($"account {account}: {Amount(was, currency)} and entries of {Amount(sum, currency.Digits)} do not come to {Amount(is_, currency)}");
            }

            if (entries.Count > 0 || was != is_)
            {
                cash.Add(new CashChange(
                    currency.Code, Decimal(was, currency.Digits), Decimal(is_, currency.Digits), Decimal(is_ - was, currency.Digits),
                    [.. entries.Select(e => new EntriesPicture(Words(e.Key.Type), e.Value.Count, Decimal(e.Value.Sum, currency.Digits)))]));
            }
        }

        var assets = before.Assets.Keys.Union(after.Assets.Keys).Order(StringComparer.Ordinal)
            .Select(a => new AssetChange(a, before.Assets.GetValueOrDefault(a), after.Assets.GetValueOrDefault(a), after.Assets.GetValueOrDefault(a) - before.Assets.GetValueOrDefault(a)))
            .Where(a => a.Change != 0).ToList();
        return new AccountDiff(account, Changes(before.Terms, after.Terms), positions, cash, assets, Margin(before, after), [.. CallsOf(account, before, after)]);
    }

    private static List<MarginChange> Margin(AccountStand before, AccountStand after)
    {
        List<MarginChange> changes = [];
        var currency = after.Currency.IsNone ? before.Currency : after.Currency;
        foreach (var figure in before.Margin.Keys.Union(after.Margin.Keys).OrderBy(Rank).ThenBy(f => f, StringComparer.Ordinal))
        {
            long? was = before.Margin.TryGetValue(figure, out var b) ? b : null;
            long? is_ = after.Margin.TryGetValue(figure, out var a) ? a : null;
            if ((was ?? 0) != (is_ ?? 0))
            {
                changes.Add(new MarginChange(
                    figure, currency.Code, was is { } w ? Decimal(w, currency.Digits) : null, is_ is { } i ? Decimal(i, currency.Digits) : null, Decimal((is_ ?? 0) - (was ?? 0), currency.Digits)));
            }
        }

        return changes;

        static int Rank(string figure) => figure switch
        {
            "requirement" => 0,
            "collateral" => 2,
            "excess" => 3,
            _ => 1,
        };
    }

    private IEnumerable<CallChange> CallsOf(string account, AccountStand before, AccountStand after)
    {
        foreach (var ((_, number), events) in _calls.Where(c => c.Key.Account == account))
        {
            var currency = after.Currency;
            var remaining = (events.Issued ?? before.OpenCalls.GetValueOrDefault(number)) - events.Credited;
            var status = events.Ended != MarginCallStatus.None ? events.Ended : remaining == 0 ? MarginCallStatus.Met : MarginCallStatus.Issued;
            yield return new CallChange(
                number, currency.Code, events.Issued is { } issued ? Decimal(issued, currency.Digits) : null, Decimal(events.Credited, currency.Digits),
                Decimal(status == MarginCallStatus.Issued ? remaining : 0, currency.Digits), Words(status));
        }
    }

    private static List<ChangePicture> Changes(SortedDictionary<(string Of, string What), string> before, SortedDictionary<(string Of, string What), string> after) =>
    [
        .. before.Keys.Union(after.Keys).Order().Where(k => before.GetValueOrDefault(k, "") != after.GetValueOrDefault(k, ""))
            .Select(k => new ChangePicture(k.Of, k.What, before.GetValueOrDefault(k, ""), after.GetValueOrDefault(k, ""))),
    ];

    private Stand StandOf(HouseReplay house)
    {
        var stand = new Stand(new MomentPicture(TimeOrNull(house.RecordedTime), TimeOrNull(house.BusinessTime), house.Turns.Replayed));
        foreach (var account in HousePictures.AccountsOf(house).Where(a => only is null || a.State.Id.Value == only))
        {
            stand.Accounts.Add(account.State.Id.Value, AccountStand.Of(account.State, HousePictures.DirectoryOf(house)));
        }

        if (only is not null)
        {
            return stand;
        }

        var directory = HousePictures.DirectoryOf(house);
        stand.House[("house", "halted")] = directory.Halted ? "halted" : "";
        stand.House[("cycle", "open for trades")] = directory.CurrentCycle == 0 ? "" : $"{directory.CurrentCycle} of {Date(directory.BusinessDate)}";
        if (house.Find<SettlementActor>(ActorKinds.Settlement) is { Cycle: > 0 } settlement)
        {
            stand.House[("cycle", "settled")] = $"{settlement.Cycle} {Words(settlement.View().Stage)}";
        }

        foreach (var member in directory.SortedMembers())
        {
            stand.Members[(member.Member.Value, "standing")] = Words(member.Status.Standing);
        }

        foreach (var listed in directory.SortedInstruments())
        {
            var id = listed.Instrument.Id.Value;
            stand.Instruments[(id, "mark")] = house.Marks.Current.TryGet(listed.Instrument.Id, out var mark) ? Plain(listed.Instrument.ToPrice(mark.PriceUnits)) : "";
            stand.Instruments[(id, "settlement price")] = listed.LastSettlementCycle > 0 ? Plain(listed.Instrument.ToPrice(listed.LastSettlementUnits)) : "";
            stand.Instruments[(id, "halted")] = listed.Halted ? "halted" : "";
            stand.Instruments[(id, "expiry")] = listed.Expiry == ExpiryStage.None ? "" : $"{Words(listed.Expiry)}, {Plain(listed.Instrument.ToPrice(listed.FinalUnits))}";
        }

        foreach (var d in HousePictures.DefaultsOf(house))
        {
            stand.Defaults[(string.Create(CultureInfo.InvariantCulture, $"{d.Number} of {d.Member}"), "stage")] = Words(d.Stage);
            foreach (var account in d.Accounts)
            {
                stand.Defaults[(string.Create(CultureInfo.InvariantCulture, $"{d.Number} of {d.Member}"), $"account {account.Account}")] = Words(account.Stage);
            }
        }

        return stand;
    }

    /// <summary>What the journal says of a call in between.</summary>
    private sealed class CallEvents
    {
        internal long? Issued { get; set; }

        internal long Credited { get; set; }

        internal MarginCallStatus Ended { get; set; }
    }

    /// <summary>Everything that is compared, at one moment.</summary>
    private sealed record Stand(MomentPicture Moment)
    {
        internal SortedDictionary<(string Of, string What), string> House { get; } = [];

        internal SortedDictionary<(string Of, string What), string> Members { get; } = [];

        internal SortedDictionary<(string Of, string What), string> Instruments { get; } = [];

        internal SortedDictionary<(string Of, string What), string> Defaults { get; } = [];

        internal Dictionary<string, AccountStand> Accounts { get; } = new(StringComparer.Ordinal);
    }

    private sealed class AccountStand
    {
        internal static AccountStand None { get; } = new();

        internal Currency Currency { get; private init; }

        internal SortedDictionary<(string Of, string What), string> Terms { get; } = [];

        internal Dictionary<PositionKey, long> Lots { get; } = [];

        internal Dictionary<Currency, long> Cash { get; } = [];

        internal Dictionary<string, decimal> Assets { get; } = new(StringComparer.Ordinal);

        internal Dictionary<string, long> Margin { get; } = new(StringComparer.Ordinal);

        internal Dictionary<long, long> OpenCalls { get; } = [];

        internal static AccountStand Of(AccountState account, HouseDirectory directory)
        {
            var stand = new AccountStand { Currency = account.MarginCurrency };
            stand.Terms[("account", "member")] = account.Member.Value;
            stand.Terms[("account", "status")] = Words(account.Status);
            stand.Terms[("account", "intraday limit")] = Amount(account.IntradayLimit, account.MarginCurrency);
            foreach (var position in account.Positions)
            {
                stand.Lots.Add(position.Key, position.Quantity);
            }

            foreach (ref readonly var balance in account.Balances)
            {
                stand.Cash.Add(balance.Currency, balance.Cash);
            }

            foreach (var held in account.Assets?.Held ?? [])
            {
                stand.Assets.Add(held.Asset.Value, Decimal(held.Units, directory.Collateral.Find(held.Asset)?.UnitDigits ?? 0));
            }

            if (account.Margin is { Last: { } last } margin)
            {
                stand.Margin.Add("requirement", last.Coverage.Requirement);
                stand.Margin.Add("collateral", last.Coverage.Collateral);
                stand.Margin.Add("excess", last.Coverage.Excess);
                foreach (var part in last.Parts)
                {
                    stand.Margin.Add($"  {part.Name.Replace('_', ' ')}", part.AmountMinor);
                }

                foreach (var call in margin.Calls.Where(c => c.Status == MarginCallStatus.Issued))
                {
                    stand.OpenCalls.Add(call.Number, call.RemainingMinor);
                }
            }

            return stand;
        }
    }
}
