using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Accounts.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Reports;
using ClearingActors.Engine.Wire;
using ClearingActors.Node.Watch;
using ClearingActors.Risk.Margin;

namespace ClearingActors.Node.Services;

/// <summary>One account's positions, scenarios and timeline as messages.</summary>
internal static class AccountAnswers
{
    /// <summary>Product groups in an answer; more are only counted.</summary>
    private const int MostGroups = 500;

    internal static PositionLine Of(ReportedPosition held)
    {
        var (instrument, position) = held;
        var line = new PositionLine
        {
            Instrument = instrument.Id.Value,
            Client = position.Key.Client.Value,
            Underlying = instrument.Underlying.Value,
            ProductGroup = instrument.Definition.ProductGroup,
            Kind = instrument.Kind.ToString(),
            Expiry = instrument.Definition.Expiry ?? 0,
            Currency = instrument.Currency.Code,
            Lots = held.Lots,
            SettledLots = position.SettledQuantity,
            Selling = position.PendingSell,
            BuyingBack = position.PendingBuyBack,
            MarkTime = held.MarkTime,
            MarkNumber = held.MarkNumber,
            Reserved = WireDecimal.Of(new Money(position.Requirement, instrument.Currency)),
        };
        if (position.SettledQuantity != 0)
        {
            line.ReferencePrice = WireDecimal.Of(position.ReferenceUnits, instrument.PriceScale);
        }

        if (held.MarkUnits is { } units)
        {
            line.Mark = WireDecimal.Of(units, instrument.PriceScale);
        }

        if (held.Unrealised is { } unrealised)
        {
            line.Unrealised = WireDecimal.Of(unrealised);
        }

        if (held.OptionValue is { } value)
        {
            line.OptionValue = WireDecimal.Of(value);
        }

        return line;
    }

    internal static GetScenariosResponse Of(AccountId account, ScenarioReport report)
    {
        var response = new GetScenariosResponse
        {
            Account = account.Value,
            Currency = report.Currency.Code,
            Failure = report.Failure,
            At = report.At,
            ModelVersion = report.ModelVersion,
            ScenarioVersion = report.ScenarioVersion,
            GroupsInAll = report.Groups.Count,
        };
        response.Groups.Add(report.Groups.Take(MostGroups).Select(Of));
        if (report.Selected is { } selected)
        {
            response.Selected = new ScenarioVector
            {
                Group = Of(selected.Group),
                ValueAtRisk = selected.ValueAtRisk,
                ExpectedShortfall = selected.ExpectedShortfall,
                SpreadCharge = selected.SpreadCharge,
                Minimum = selected.Minimum,
            };
            response.Selected.Gains.Add(selected.Gains);
            response.Selected.Dates.Add(selected.Dates.Select(d => Dates.ToInt(d)));
            response.Selected.Labels.Add(selected.Labels);
            response.Selected.Tail.Add(selected.Tail);
        }

        return response;
    }

    /// <summary>The events in words.</summary>
    internal static async ValueTask<GetTimelineResponse> OfAsync(AccountSnapshot account, Timeline timeline, Instruments instruments)
    {
        var named = new Dictionary<string, Instrument>(StringComparer.Ordinal);
        foreach (var name in timeline.Turns.SelectMany(t => t.Events).Select(e => InstrumentOf(e.Event)).Where(n => n.Length > 0).Distinct())
        {
            if (InstrumentId.TryParse(name, out var id) && await instruments.FindAsync(id).ConfigureAwait(false) is { } found)
            {
                named.Add(name, found);
            }
        }

        var words = new AccountEventWords(account.Id.Value, account.MarginCurrency, named);
        var response = new GetTimelineResponse { Account = account.Id.Value, Shard = timeline.Shard, LookedFrom = timeline.LookedFrom, LookedTo = timeline.UpTo };
        foreach (var turn in timeline.Turns)
        {
            foreach (var (e, principal) in turn.Events)
            {
                response.Events.Add(new TimelineEvent
                {
                    Position = turn.Position,
                    RecordedTime = turn.RecordedTime,
                    BusinessTime = turn.BusinessTime,
                    Type = e.EventCase.ToString(),
                    Text = words.Of(e),
                    Principal = principal,
                });
            }
        }

        return response;
    }

    private static ScenarioGroup Of(GroupFigures group) => new()
    {
        Client = group.Client.Value,
        Group = group.Group,
        Scanned = group.IsScanned,
        Measure = group.Measure switch
        {
            RiskMeasure.ExpectedShortfall => "expected shortfall",
            RiskMeasure.ValueAtRisk => "value at risk",
            _ => "",
        },
        Confidence = group.Confidence,
        Days = group.Days,
        Scenarios = group.Scenarios,
        Positions = group.Positions,
        Margin = group.Margin,
    };

    private static string InstrumentOf(Event e) => e.EventCase switch
    {
        Event.EventOneofCase.TradeReserved => e.TradeReserved.Instrument,
        Event.EventOneofCase.TradeNovated => e.TradeNovated.Instrument,
        Event.EventOneofCase.ReversalReserved => e.ReversalReserved.Instrument,
        Event.EventOneofCase.TradeReversed => e.TradeReversed.Instrument,
        Event.EventOneofCase.ExerciseNoticeGiven => e.ExerciseNoticeGiven.Instrument,
        Event.EventOneofCase.OptionExercised => e.OptionExercised.Instrument,
        Event.EventOneofCase.FutureDelivered => e.FutureDelivered.Instrument,
        _ => "",
    };
}
