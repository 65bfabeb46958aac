using ClearingActors.Contracts.Audit.V1;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Wire;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Takes the small picture of a replayed house that a slider shows; changes nothing of it. One pass over the accounts.</summary>
internal static class HouseMoments
{
    private const int MostInstruments = 200;
    private const int MostShort = 20;
    private const int MostEnded = 10;

    /// <summary>The house as the replay stands.</summary>
    /// <exception cref="OverflowException">A sum is beyond 64 bits of minor units.</exception>
    internal static HouseAt Of(HouseReplay house)
    {
        var directory = HousePictures.DirectoryOf(house);
        var books = house.Books();
        var settlement = house.Find<SettlementActor>(ActorKinds.Settlement);
        var view = settlement?.View();
        var totals = new AccountTotals(house);
        var moment = new HouseAt
        {
            Turn = house.Turns.Replayed,
            RecordedTime = house.RecordedTime,
            NextRecordedTime = house.Turns.TryPeek(out var next) ? next.RecordedTime : 0,
            Events = house.Turns.Events,
            BusinessTime = house.BusinessTime,
            Cycle = directory.CurrentCycle,
            BusinessDate = directory.CurrentCycle == 0 ? 0 : Dates.ToInt(directory.BusinessDate),
            SettlingCycle = settlement?.Cycle ?? 0,
            SettlingStage = view is null || settlement!.Cycle == 0 ? "" : AuditText.Words(view.Stage),
            SettlingBlocked = view?.Blocked ?? "",
            Halted = directory.Halted,
            Accounts = totals.Accounts,
            Claims = view?.Claims.Count ?? 0,
            ShortAccountCount = totals.ShortCount,
            MarginRun = RunOf(house.Find<MarginActor>(ActorKinds.Margin)),
            InFlight = new FlightAt
            {
                Messages = house.Shards().Sum(s => s.UnderWay.Sum(u => (long)u.Messages)),
                Trades = house.Scopes.Sum(s => s.Sources.Sum(l => (long)l.Pending)),
                Reservations = books.OpenReservations,
                Unbooked = books.Unbooked,
            },
        };
        moment.Checks = new ChecksAt
        {
            AtRest = moment.InFlight is { Messages: 0, Trades: 0, Reservations: 0, Unbooked: 0 },
            MatchedBook = books.MatchedBook,
            CashConserved = books.CashConserved,
            AssetsConserved = books.AssetsConserved,
        };
        foreach (var member in directory.SortedMembers())
        {
            moment.Members++;
            if (member.Status.Standing != MemberStanding.Active)
            {
                moment.StoppedMembers.Add(new MemberAt { Member = member.Member.Value, Standing = AuditText.Words(member.Status.Standing), Since = member.Status.SuspendedAt });
            }
        }

        AddInstruments(moment, house, directory, books);
        moment.Currencies.Add(totals.Currencies());
        moment.ShortAccounts.Add(totals.Shortest(MostShort));
        foreach (var asset in directory.Collateral.Assets)
        {
            var (members, custody) = totals.Assets.GetValueOrDefault(asset.Id);
            moment.Assets.Add(new AssetAt { Asset = asset.Id.Value, Members = Of(members, asset.UnitDigits), Custody = Of(custody, asset.UnitDigits) });
        }

        var defaults = HousePictures.DefaultsOf(house).ToList();
        var shown = defaults.Where(d => !HasEnded(d)).Concat(defaults.Where(HasEnded).TakeLast(MostEnded)).OrderBy(d => d.Number);
        moment.Defaults.Add(shown.Select(d => new DefaultAt
        {
            Number = d.Number,
            Member = d.Member,
            Stage = AuditText.Words(d.Stage),
            DeclaredAt = d.DeclaredAt,
            Deadline = d.Deadline,
            Next = d.Next,
            Blocked = d.Blocked,
            Currency = d.Currency,
            Loss = d.Allocation is { } allocation ? Of(allocation.Loss, d.Digits) : null,
        }));
        foreach (var shard in house.Shards())
        {
            moment.Quarantined.Add(shard.Quarantines.Select(q => new QuarantineAt { Actor = $"{ActorKinds.NameOf(q.Actor.Kind)}/{q.Actor.Key}", Shard = shard.Number, Reason = q.Reason, Messages = q.Parked }));
        }

        return moment;
    }

    /// <summary>Whole minor units.</summary>
    internal static Decimal Of(Int128 minor, int digits) => new() { Mantissa = checked((long)minor), Exponent = -digits };

    private static bool HasEnded(Default d) => d.Stage is Stage.Closed or Stage.Lifted;

    private static void AddInstruments(HouseAt moment, HouseReplay house, HouseDirectory directory, HouseBooks books)
    {
        var listed = directory.SortedInstruments().ToList();
        moment.InstrumentCount = listed.Count;
        var shown = listed.Count <= MostInstruments
            ? listed
            : [.. listed.OrderByDescending(l => books.Positions.GetValueOrDefault(l.Instrument.Id).Long).Take(MostInstruments).OrderBy(l => l.Instrument.Id)];
        foreach (var one in shown)
        {
            var instrument = one.Instrument;
            var (sum, lots, holders) = books.Positions.GetValueOrDefault(instrument.Id);
            var at = new InstrumentAt
            {
                Instrument = instrument.Id.Value,
                Kind = AuditText.Words(instrument.Kind),
                Currency = instrument.Currency.Code,
                SettledCycle = one.LastSettlementCycle,
                OpenInterest = checked((long)lots),
                Accounts = holders,
                Unmatched = checked((long)sum),
                Halted = one.Halted,
                Expired = one.Expiry == ExpiryStage.Closed,
            };
            if (house.Marks.Current.TryGet(instrument.Id, out var mark))
            {
                at.Mark = Of(mark.PriceUnits, instrument.PriceScale);
                at.MarkTime = mark.Time;
            }

            if (one.LastSettlementCycle > 0)
            {
                at.Settled = Of(one.LastSettlementUnits, instrument.PriceScale);
            }

            moment.Instruments.Add(at);
        }
    }

    private static MarginRunAt? RunOf(MarginActor? margin) => margin?.View() is { Last: { Inputs: var inputs } } view
        ? new MarginRunAt { Run = inputs.Run, At = inputs.At, Cause = AuditText.Words(inputs.Cause), ShardsMissing = view.ShardsMissing, Failure = view.Failure }
        : null;

    /// <summary>What the accounts add up to.</summary>
    private sealed class AccountTotals
    {
        private readonly SortedDictionary<Currency, Sums> _sums = [];
        private readonly List<AccountState> _short = [];

        internal AccountTotals(HouseReplay house)
        {
            foreach (var state in house.Scopes.SelectMany(s => s.Accounts).Select(a => a.State))
            {
                Add(state);
            }
        }

        internal int Accounts { get; private set; }

        internal int ShortCount => _short.Count;

        internal Dictionary<Domain.Ledger.AssetId, (Int128 Members, Int128 Custody)> Assets { get; } = [];

        internal IEnumerable<CurrencyAt> Currencies() => _sums.Select(s => new CurrencyAt
        {
            Currency = s.Key.Code,
            MembersCash = Of(s.Value.Cash, s.Key.Digits),
            HouseCash = Of(s.Value.House, s.Key.Digits),
            Sum = Of(s.Value.Cash + s.Value.House, s.Key.Digits),
            Requirement = Of(s.Value.Requirement, s.Key.Digits),
            Collateral = Of(s.Value.Collateral, s.Key.Digits),
            Excess = Of(s.Value.Excess, s.Key.Digits),
            Shortfall = Of(s.Value.Shortfall, s.Key.Digits),
            OpenCalls = Of(s.Value.OpenCalls, s.Key.Digits),
            OpenCallCount = s.Value.CallCount,
        });

        /// <summary>Of each currency, since amounts of several are not compared; the greatest shortfall first.</summary>
        internal IEnumerable<ShortAccountAt> Shortest(int most) => _short
            .GroupBy(s => s.MarginCurrency).OrderBy(g => g.Key).SelectMany(g => g.OrderBy(s => s.Margin!.Last!.Coverage.Excess).ThenBy(s => s.Id).Take(most))
            .Select(s => new ShortAccountAt
            {
                Account = s.Id.Value,
                Member = s.Member.Value,
                Currency = s.MarginCurrency.Code,
                Requirement = Of(s.Margin!.Last!.Coverage.Requirement, s.MarginCurrency.Digits),
                Collateral = Of(s.Margin.Last.Coverage.Collateral, s.MarginCurrency.Digits),
                Shortfall = Of(-s.Margin.Last.Coverage.Excess, s.MarginCurrency.Digits),
                OpenCalls = Of(s.Margin.OpenMinor, s.MarginCurrency.Digits),
            });

        private void Add(AccountState state)
        {
            foreach (ref readonly var balance in state.Balances)
            {
                var sums = SumsOf(balance.Currency);
                (sums.Cash, sums.House) = state.IsCcp ? (sums.Cash, sums.House + balance.Cash) : (sums.Cash + balance.Cash, sums.House);
            }

            foreach (var held in state.Assets?.Held ?? [])
            {
                var (members, custody) = Assets.GetValueOrDefault(held.Asset);
                Assets[held.Asset] = state.IsCcp ? (members, custody + held.Units) : (members + held.Units, custody);
            }

            if (state.IsCcp)
            {
                return;
            }

            Accounts += state.Status == AccountStatus.Active ? 1 : 0;
            if (state.Margin is not { Last.Coverage: var coverage } margin)
            {
                return;
            }

            var sum = SumsOf(state.MarginCurrency);
            sum.Requirement += coverage.Requirement;
            sum.Collateral += coverage.Collateral;
            sum.Excess += Math.Max(0, coverage.Excess);
            sum.Shortfall -= Math.Min(0, coverage.Excess);
            sum.OpenCalls += margin.OpenMinor;
            sum.CallCount += margin.Calls.Count(c => c.Status == MarginCallStatus.Issued);
            if (coverage.Excess < 0)
            {
                _short.Add(state);
            }
        }

        private Sums SumsOf(Currency currency)
        {
            if (!_sums.TryGetValue(currency, out var sums))
            {
                _sums[currency] = sums = new Sums();
            }

            return sums;
        }

        private sealed class Sums
        {
            internal Int128 Cash { get; set; }

            internal Int128 House { get; set; }

            internal Int128 Requirement { get; set; }

            internal Int128 Collateral { get; set; }

            internal Int128 Excess { get; set; }

            internal Int128 Shortfall { get; set; }

            internal Int128 OpenCalls { get; set; }

            internal int CallCount { get; set; }
        }
    }
}
