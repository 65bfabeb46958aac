using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Novation;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Commands;
using static ClearingActors.Audit.TimeTravel.AuditText;
using CollateralLine = ClearingActors.Domain.Margin.CollateralLine;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Audit.TimeTravel;

/// <summary>Takes pictures of an account of a replayed house; changes nothing of it.</summary>
internal static class AccountPictures
{
    /// <summary>The account as the replay stands.</summary>
    internal static AccountPicture Of(HouseReplay house, AccountActor account)
    {
        var state = account.State;
        var directory = HousePictures.DirectoryOf(house);
        var margin = account.CanonicalMargin();
        var seized = HousePictures.DefaultsOf(house).SelectMany(d => d.Accounts.Select(a => (Default: d, Account: a))).LastOrDefault(s => s.Account.Account == state.Id.Value);
        return new AccountPicture
        {
            RecordedTo = TimeOrNull(house.RecordedTime),
            BusinessTime = TimeOrNull(house.BusinessTime),
            Account = state.Id.Value,
            Member = state.Member.Value,
            MemberStanding = Words(directory.MemberStatusOf(state.Member).Standing),
            Segregation = Words(state.Segregation),
            Status = Words(state.Status),
            Currency = state.MarginCurrency.Code,
            IntradayLimit = new Money(state.IntradayLimit, state.MarginCurrency).ToDecimal(),
            LastSettledCycle = state.LastSettledCycle,
            Positions = [.. state.SortedPositions().Select(p => Of(house, directory, p))],
            Balances = [.. state.ToSnapshot().Balances.Select(b => new BalancePicture(b.Currency.Code, new Money(b.Cash, b.Currency).ToDecimal(), new Money(b.Requirement, b.Currency).ToDecimal()))],
            Unbooked = [.. state.UnbookedVariationMargin.Select(u => new UnbookedPicture(Words(u.Type), u.Currency.Code, new Money(u.AmountMinor, u.Currency).ToDecimal()))],
            PaymentsDue = [.. state.PaymentsDue.Select(p => new PaymentPicture(p.Cycle, p.Amount.Currency.Code, p.Amount.ToDecimal(), TimeOrNull(p.Deadline)))],
            Official = state.Margin?.Last is { } last ? Of(last.Run, last.At, last.Coverage, last.Parts, last.GearingExceeded, state.MarginCurrency) : null,
            Now = margin.Indicative is { } now ? Of(0, directory.BusinessTime, now, margin.Parts, false, state.MarginCurrency) : null,
            WhyNotNow = margin.Stale,
            Collateral = [.. margin.Collateral.Select(line => Of(line, state.MarginCurrency))],
            Calls = [.. HousePictures.CallsOf(state)],
            Reservations = [.. state.ToSnapshot().Reservations.Select(r => Of(directory, r))],
            Notices = [.. state.Notices.Select(n => new NoticePicture(n.Position.Instrument.Value, n.Position.Client.Value, Words(n.Kind), n.Lots, n.Cycle))],
            Contribution = state.Fund is { } fund ? Of(state, fund) : null,
            InDefault = seized.Account is null ? null : HousePictures.Of(seized.Account, seized.Default.Digits),
            Default = seized.Default?.Number ?? 0,
        };
    }

    internal static CollateralPicture Of(in CollateralLine line, Currency margin) => new(
        line.Name,
        Decimal(line.Units, line.Asset?.UnitDigits ?? line.Currency.Digits),
        line.Price,
        line.Currency.Code,
        line.Haircut,
        new Money(line.ValueMinor, margin).ToDecimal(),
        new Money(line.CutMinor, margin).ToDecimal(),
        new Money(line.CountedMinor, margin).ToDecimal(),
        line.Why);

    internal static MarginPicture Of(long run, long at, in Coverage coverage, IReadOnlyList<RequirementPart> parts, bool gearing, Currency currency) => new(
        run,
        TimeOrNull(at),
        Decimal(coverage.Requirement, currency.Digits),
        [.. parts.Select(p => new PartPicture(p.Name, Decimal(p.AmountMinor, currency.Digits)))],
        Decimal(coverage.Collateral, currency.Digits),
        Decimal(coverage.NetOptionValue, currency.Digits),
        Decimal(coverage.PremiumReceivable, currency.Digits),
        Decimal(coverage.PremiumPayable, currency.Digits),
        Decimal(coverage.AccruedVariationMargin, currency.Digits),
        Decimal(coverage.Unpaid, currency.Digits),
        Decimal(coverage.Excess, currency.Digits),
        gearing);

    private static ContributionPicture Of(AccountState state, FundContribution fund)
    {
        var cash = state.BalanceOf(state.MarginCurrency).Cash;
        return new ContributionPicture(
            state.Member.Value, Decimal(fund.RequiredMinor, state.MarginCurrency.Digits), Decimal(cash, state.MarginCurrency.Digits), Words(FundAccounts.StatusOf(fund, cash)));
    }

    private static PositionPicture Of(HouseReplay house, HouseDirectory directory, Position position)
    {
        var instrument = directory.TryGetInstrument(position.Key.Instrument, out var listed) ? listed.Instrument : null;
        long? mark = house.Marks.Current.TryGet(position.Key.Instrument, out var newest) ? newest.PriceUnits : instrument is not null && listed.LastSettlementCycle > 0 ? listed.LastSettlementUnits : null;
        return new PositionPicture(
            position.Key.Instrument.Value,
            position.Key.Client.Value,
            position.Quantity,
            position.SettledQuantity,
            position.Quantity - position.SettledQuantity,
            position.PendingSell,
            position.PendingBuyBack,
            position.SettledQuantity != 0 ? instrument?.ToPrice(position.ReferenceUnits) : null,
            mark is { } units ? instrument?.ToPrice(units) : null,
            instrument is not null && mark is { } at ? WorthOf(instrument, position, at) : null,
            position.Currency.Code);
    }

    /// <summary>Rounded half-even to the minor unit, for the eye; the margin figures sum exactly and round once.</summary>
    private static decimal WorthOf(Instrument instrument, Position position, long mark)
    {
        var worth = position.Valuation.Style == ValuationStyle.Premium ? (Int128)position.Quantity * mark : position.AccruedOf(mark);
        return instrument.AmountOf(worth).RoundHalfEven(instrument.Currency).ToDecimal();
    }

    private static ReservationPicture Of(HouseDirectory directory, in Reservation reservation)
    {
        var leg = reservation.Leg;
        return new ReservationPicture(
            reservation.Number,
            Words(reservation.Kind),
            $"{leg.Key.Source}/{leg.Key.Trade}",
            leg.Instrument.Value,
            leg.Quantity,
            directory.TryGetInstrument(leg.Instrument, out var listed) ? listed.Instrument.ToPrice(leg.PriceUnits) : null,
            leg.Cycle);
    }
}
