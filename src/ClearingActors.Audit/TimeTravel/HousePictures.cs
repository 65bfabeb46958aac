using System.Globalization;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using static ClearingActors.Audit.TimeTravel.AuditText;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Takes pictures of a replayed house; changes nothing of it.</summary>
internal static class HousePictures
{
    /// <summary>The house as the replay stands.</summary>
    internal static HousePicture Of(HouseReplay house)
    {
        var directory = DirectoryOf(house);
        var books = house.Books();
        var accounts = AccountsOf(house);
        var flight = new FlightPicture(
            house.Shards().Sum(s => s.UnderWay.Sum(u => (long)u.Messages)), house.Scopes.Sum(s => s.Sources.Sum(l => (long)l.Pending)), books.OpenReservations, books.Unbooked);
        var settlement = house.Find<SettlementActor>(ActorKinds.Settlement);
        var view = settlement?.View();
        return new HousePicture
        {
            RecordedTo = TimeOrNull(house.RecordedTime),
            BusinessTime = TimeOrNull(house.BusinessTime),
            Turns = house.Turns.Replayed,
            Events = house.Turns.Events,
            Shards = [.. house.Shards().Select(s => new ShardPicture(s.Number, s.Position, s.UnderWay.Sum(u => (long)u.Messages)))],
            Cycle = new CyclePicture(directory.CurrentCycle, Date(directory.BusinessDate), settlement?.Cycle ?? 0, view is null ? "" : Words(view.Stage), view?.Blocked ?? ""),
            Halted = directory.Halted,
            Members = [.. directory.SortedMembers().Select(m => new MemberPicture(
                m.Member.Value, Words(m.Status.Standing), TimeOrNull(m.Status.SuspendedAt), accounts.Count(a => a.State.Member == m.Member && a.State.Status == AccountStatus.Active)))],
            Instruments = [.. directory.SortedInstruments().Select(listed => Of(house, books, listed))],
            Currencies = Currencies(accounts),
            Assets = Assets(directory, accounts),
            MarginRun = RunOf(house.Find<MarginActor>(ActorKinds.Margin)),
            OpenCalls = [.. accounts.SelectMany(a => CallsOf(a.State).Where(c => c.Status == "issued").Select(c => new HouseCallPicture(a.State.Id.Value, c)))],
            Fund = FundOf(house.Find<StressActor>(ActorKinds.Stress)),
            Defaults = [.. DefaultsOf(house).Select(Of)],
            Claims = [.. (view?.Claims ?? []).Select(c => new ClaimPicture(
                c.Number, c.Missed.Account.Value, c.Missed.Cycle, c.Missed.Missing.Currency.Code, c.Missed.Missing.ToDecimal(), TimeOrNull(c.Missed.At)))],
            Quarantined = [.. house.Shards().SelectMany(s => s.Quarantines.Select(q => new QuarantinePicture($"{ActorKinds.NameOf(q.Actor.Kind)}/{q.Actor.Key}", s.Number, q.Reason, q.Parked)))],
            Overdue = [.. house.Shards().SelectMany(s => s.Actors.OfType<MarketActor>()).SelectMany(m => m.Overdue).OrderBy(o => o.Key).Select(o => new OverduePicture(o.Key.Value, o.Value))],
            InFlight = flight,
            Checks = new ChecksPicture(
                flight is { Messages: 0, Trades: 0, Reservations: 0, Unbooked: 0 },
                books.MatchedBook,
                books.Positions.Where(p => p.Value.Sum != 0).ToDictionary(p => p.Key.Value, p => (decimal)p.Value.Sum),
                books.CashConserved,
                books.AssetsConserved),
        };
    }

    /// <summary>What the house knows of instruments and members: as the shard that settles knows it, since cycles and settlement prices begin there.</summary>
    internal static HouseDirectory DirectoryOf(HouseReplay house) => house.Scopes[house.Book.Of(ActorKinds.Settlement, ActorKinds.House).Shard].Directory;

    /// <summary>All accounts, the house's own included, by id.</summary>
    internal static IReadOnlyList<AccountActor> AccountsOf(HouseReplay house) => [.. house.Scopes.SelectMany(s => s.Accounts).OrderBy(a => a.State.Id)];

    /// <summary>All defaults that ever were.</summary>
    internal static IEnumerable<Default> DefaultsOf(HouseReplay house) => house.Find<DefaultActor>(ActorKinds.Default)?.View(0).Defaults ?? [];

    /// <summary>The account's calls that are remembered.</summary>
    internal static IEnumerable<CallPicture> CallsOf(AccountState account) => (account.Margin?.Calls ?? []).Select(c => new CallPicture(
        c.Number,
        c.Run,
        account.MarginCurrency.Code,
        new Money(c.AmountMinor, account.MarginCurrency).ToDecimal(),
        new Money(c.RemainingMinor, account.MarginCurrency).ToDecimal(),
        TimeOrNull(c.IssuedAt),
        TimeOrNull(c.Deadline),
        Words(c.Status)));

    internal static SeizedPicture Of(SeizedAccount seized, int digits) =>
        new(seized.Account, Words(seized.Stage), seized.DefaultAccount, seized.PortedTo, seized.Loss is { } loss ? Decimal(loss.Loss, digits) : null);

    private static InstrumentPicture Of(HouseReplay house, HouseBooks books, ListedInstrument listed)
    {
        var instrument = listed.Instrument;
        var marked = house.Marks.Current.TryGet(instrument.Id, out var mark);
        var (_, lots, holders) = books.Positions.GetValueOrDefault(instrument.Id);
        var market = house.Find<MarketActor>(ActorKinds.Market, instrument.Underlying.Value);
        var held = market?.Held.Where(h => h.Instrument == instrument.Id).Select(h => (long?)h.Held.PriceUnits).FirstOrDefault();
        var state = (listed.Halted ? "halted" : "", listed.Expiry) switch
        {
            (var halted, ExpiryStage.None) => halted,
            (_, ExpiryStage.Closed) => "expired and settled",
            _ => string.Create(CultureInfo.InvariantCulture, $"final price {instrument.ToPrice(listed.FinalUnits)}"),
        };
        return new InstrumentPicture(
            instrument.Id.Value,
            Words(instrument.Kind),
            instrument.Currency.Code,
            marked ? instrument.ToPrice(mark.PriceUnits) : null,
            marked ? TimeOrNull(mark.Time) : null,
            listed.LastSettlementCycle > 0 ? instrument.ToPrice(listed.LastSettlementUnits) : null,
            listed.LastSettlementCycle,
            (decimal)lots,
            holders,
            state,
            held is { } units ? instrument.ToPrice(units) : null);
    }

    private static List<CurrencyPicture> Currencies(IReadOnlyList<AccountActor> accounts)
    {
        var sums = new SortedDictionary<Currency, (Int128 Cash, Int128 House, Int128 Requirement, Int128 Collateral, Int128 Excess, Int128 Short, Int128 Calls)>();
        foreach (var state in accounts.Select(a => a.State))
        {
            foreach (ref readonly var balance in state.Balances)
            {
                var sum = sums.GetValueOrDefault(balance.Currency);
                sums[balance.Currency] = state.IsCcp ? sum with { House = sum.House + balance.Cash } : sum with { Cash = sum.Cash + balance.Cash };
            }

            if (!state.IsCcp && state.Margin?.Last is { Coverage: var coverage })
            {
                var sum = sums.GetValueOrDefault(state.MarginCurrency);
                sums[state.MarginCurrency] = sum with
                {
                    Requirement = sum.Requirement + coverage.Requirement,
                    Collateral = sum.Collateral + coverage.Collateral,
                    Excess = sum.Excess + Math.Max(0, coverage.Excess),
                    Short = sum.Short - Math.Min(0, coverage.Excess),
                    Calls = sum.Calls + state.Margin.OpenMinor,
                };
            }
        }

        return [.. sums.Select(s => new CurrencyPicture(
            s.Key.Code,
            Decimal(s.Value.Cash, s.Key.Digits),
            Decimal(s.Value.House, s.Key.Digits),
            Decimal(s.Value.Requirement, s.Key.Digits),
            Decimal(s.Value.Collateral, s.Key.Digits),
            Decimal(s.Value.Excess, s.Key.Digits),
            Decimal(s.Value.Short, s.Key.Digits),
            Decimal(s.Value.Calls, s.Key.Digits)))];
    }

    private static List<AssetPicture> Assets(HouseDirectory directory, IReadOnlyList<AccountActor> accounts)
    {
        List<AssetPicture> pictures = [];
        foreach (var asset in directory.Collateral.Assets)
        {
            Int128 members = 0, house = 0;
            foreach (var state in accounts.Select(a => a.State))
            {
                var units = (state.Assets?.Held ?? []).Where(h => h.Asset == asset.Id).Sum(h => h.Units);
                (members, house) = state.IsCcp ? (members, house + units) : (members + units, house);
            }

            pictures.Add(new AssetPicture(asset.Id.Value, Decimal(members, asset.UnitDigits), Decimal(house, asset.UnitDigits)));
        }

        return pictures;
    }

    private static RunPicture? RunOf(MarginActor? margin) => margin?.View() is { Last: { Inputs: var inputs } } view
        ? new RunPicture(inputs.Run, TimeOrNull(inputs.At), Words(inputs.Cause), inputs.By, view.ShardsMissing, view.Failure)
        : null;

    private static FundPicture? FundOf(StressActor? stress)
    {
        if (stress?.FundView() is not { Sized: { } sized } view)
        {
            return null;
        }

        var held = view.Held.ToDictionary(h => h.Member);
        return new FundPicture(
            sized.Call,
            TimeOrNull(sized.At),
            sized.Currency.Code,
            Decimal(sized.Fund, sized.Currency.Digits),
            sized.Scenario,
            [.. sized.Contributions.Select(c => new ContributionPicture(
                c.Member.Value,
                Decimal(c.Minor, sized.Currency.Digits),
                Decimal(held.TryGetValue(c.Member, out var told) ? told.CashMinor : 0, sized.Currency.Digits),
                Words(held.TryGetValue(c.Member, out told) ? told.Status : ContributionStatus.Due)))]);
    }

    private static DefaultPicture Of(Default d) => new(
        d.Number,
        d.Member,
        Words(d.Stage),
        Words(d.Cause),
        d.Detail,
        d.TriggeredBy,
        TimeOrNull(d.TriggeredAt),
        TimeOrNull(d.DeclaredAt),
        TimeOrNull(d.Deadline),
        d.Next,
        d.Blocked,
        d.Currency,
        [.. d.Accounts.Select(a => Of(a, d.Digits))],
        d.Allocation is { } allocation ? Decimal(allocation.Loss, d.Digits) : null,
        [.. (d.Allocation?.Layers ?? []).Select(l => new LayerPicture(l.Layer, Decimal(l.Available, d.Digits), Decimal(l.Used, d.Digits)))],
        d.Allocation is { } left ? Decimal(left.Unallocated, d.Digits) : null);
}
