using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Contracts.Members.V1;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Ledger;
using ClearingActors.Node.Services;
using AccountEvent = ClearingActors.Contracts.Members.V1.AccountEvent;
using CashEntry = ClearingActors.Contracts.Journal.V1.CashEntry;

namespace ClearingActors.Node.Watch;

/// <summary>The journal's events of one account as members read them. A sale's end names its reservation only, so the legs that were reserved are remembered until then.</summary>
internal sealed class AccountEvents(Instruments instruments)
{
    private const int Sell = 2;

    private readonly Dictionary<long, TradeLegEvent> _reserved = [];

    /// <summary>Remembers reservations without telling of them: those before the place where a watch begins.</summary>
    internal void Skip(Event e)
    {
        switch (e.EventCase)
        {
            case Event.EventOneofCase.TradeReserved:
                _reserved[e.TradeReserved.Reservation] = e.TradeReserved;
                break;
            case Event.EventOneofCase.TradeConfirmed:
                _reserved.Remove(e.TradeConfirmed.Reservation);
                break;
            case Event.EventOneofCase.ReservationReleased:
                _reserved.Remove(e.ReservationReleased.Reservation);
                break;
            default:
                break;
        }
    }

    /// <summary>The event as a member reads it.</summary>
    internal async ValueTask<AccountEvent> ReadAsync(Event e)
    {
        var told = new AccountEvent { Type = e.EventCase.ToString() };
        switch (e.EventCase)
        {
            case Event.EventOneofCase.TradeReserved:
                _reserved[e.TradeReserved.Reservation] = e.TradeReserved;
                await SetLegAsync(told, e.TradeReserved, 0).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.TradeNovated:
                await SetLegAsync(told, e.TradeNovated, e.TradeNovated.Quantity).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.ReversalReserved:
                await SetLegAsync(told, e.ReversalReserved, 0).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.TradeReversed:
                await SetLegAsync(told, e.TradeReversed, e.TradeReversed.Side == Sell ? e.TradeReversed.Quantity : -e.TradeReversed.Quantity).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.TradeConfirmed:
                await SetEndedAsync(told, e.TradeConfirmed, -1).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.ReservationReleased:
                await SetEndedAsync(told, e.ReservationReleased, 0).ConfigureAwait(false);
                break;
            case Event.EventOneofCase.CashBooked:
                told.Cash = CashOf(e.CashBooked);
                told.Cycle = e.CashBooked.CauseCycle;
                break;
            case Event.EventOneofCase.AssetBooked:
                told.Asset = AssetOf(e.AssetBooked);
                break;
            case Event.EventOneofCase.VariationMarginSettled:
                told.Cycle = e.VariationMarginSettled.Cycle;
                break;
            case Event.EventOneofCase.ExerciseNoticeGiven:
                told.Instrument = e.ExerciseNoticeGiven.Instrument;
                told.Client = e.ExerciseNoticeGiven.Client;
                told.Cycle = e.ExerciseNoticeGiven.Cycle;
                break;
            case Event.EventOneofCase.OptionExercised:
                SetLots(told, e.OptionExercised, -e.OptionExercised.Lots);
                break;
            case Event.EventOneofCase.FutureDelivered:
                SetLots(told, e.FutureDelivered, e.FutureDelivered.Lots);
                told.Price = WireDecimal.Of(e.FutureDelivered.PriceUnits, (await FindAsync(e.FutureDelivered.Instrument).ConfigureAwait(false)).PriceScale);
                break;
            case Event.EventOneofCase.AccountDefined:
                told.Cycle = e.AccountDefined.Cycle;
                break;
            default:
                // The type says all there is to say.
                break;
        }

        return told;
    }

    private static CashMovement CashOf(CashEntry entry) => new()
    {
        Type = ((CashEntryType)entry.Type).ToString(),
        Currency = entry.Currency,
        Amount = WireDecimal.Of(entry.Amount, (int)entry.Digits),
        CounterAccount = entry.CounterAccount,
        Cause = entry.CauseRequest.Length > 0 ? $"request {entry.CauseRequest}" : $"cycle {entry.CauseCycle}",
        ValueDate = entry.ValueDate,
    };

    private static void SetLots(AccountEvent told, ExercisedLots lots, long quantity)
    {
        told.Instrument = lots.Instrument;
        told.Client = lots.Client;
        told.Quantity = quantity;
        told.Cycle = lots.Cycle;
    }

    private async ValueTask<Instrument> FindAsync(string instrument) => await instruments.FindAsync(InstrumentId.Parse(instrument)).ConfigureAwait(false)
        ?? throw new InvalidOperationException($"an event of the journal names instrument {instrument}, which the house does not know");
    private static AssetMovement AssetOf(Contracts.Journal.V1.AssetEntry entry) => new()
    {
        Asset = entry.Asset,
        Quantity = WireDecimal.Of(entry.Units, (int)entry.UnitDigits),
        CounterAccount = entry.CounterAccount,
        Cause = $"request {entry.Request}",
        ValueDate = entry.ValueDate,
    };

    private async ValueTask SetEndedAsync(AccountEvent told, ReservationEnded ended, int sign)
    {
        told.Source = ended.Source;
        told.TradeId = ended.TradeId;
        if (_reserved.Remove(ended.Reservation, out var leg))
        {
            await SetLegAsync(told, leg, sign * leg.Quantity).ConfigureAwait(false);
        }
    }

    private async ValueTask SetLegAsync(AccountEvent told, TradeLegEvent leg, long quantity)
    {
        told.Source = leg.Source;
        told.TradeId = leg.TradeId;
        told.Instrument = leg.Instrument;
        told.Client = leg.Client;
        told.Quantity = quantity;
        told.Cycle = leg.Cycle;
        told.ClearingDate = leg.ClearingDate;
        told.Price = WireDecimal.Of(leg.PriceUnits, (await FindAsync(leg.Instrument).ConfigureAwait(false)).PriceScale);
    }
}
