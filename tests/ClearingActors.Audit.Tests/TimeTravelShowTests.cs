using ClearingActors.Actors;
using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Engine;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Audit.Tests;

/// <summary>Events in words, each with its cause.</summary>
public sealed class TimeTravelShowTests
{
    /// <summary>Seeds of houses with margin calls, and of one in which a member defaults.</summary>
    public static TheoryData<ulong> Seeds => [3, 7, 36];

    [Fact]
    public void Every_type_of_event_has_words() => HouseSimulation.Run(1, 500, journal =>
    {
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        var words = new EventWords(house);
        var account = house.Book.Of(ActorKinds.Account, "A");
        foreach (var field in Event.Descriptor.Fields.InDeclarationOrder())
        {
            var e = new Event();
            field.Accessor.SetValue(e, Filled(field.MessageType, 0));
            words.Of(e, account).ShouldNotBeNullOrWhiteSpace(field.Name);

            // Zeros and empty texts and messages do not stand in the journal.
            field.Accessor.SetValue(e, field.MessageType.Parser.ParseFrom(ByteString.Empty));
            words.Of(e, account).ShouldNotBeNullOrWhiteSpace(field.Name);
        }
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_event_of_a_house_is_shown_once_and_goes_back_to_a_principal(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        var shown = EventShow.Events(house, null, new Everything(), null, CancellationToken.None).ToList();
        shown.Count(s => s.Raw is not null).ShouldBe((int)house.Turns.Events);
        shown.ShouldAllBe(s => !s.Words.Contains("no words for") && s.Unknown == null);
        shown.Select(s => s.RecordedTime).ShouldBeInOrder();

        // Everything that the house does goes back to a command: of an operator, a member, a source or the clock.
        shown.ShouldAllBe(s => s.Root.Length > 0 && s.Cause != "-");
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_novated_trade_is_shown_from_its_source_over_seller_and_buyer_back_to_its_source(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        List<ShownEvent> all;
        using (var house = new HouseReplay(journal, JournalCut.AtHeads(journal)))
        {
            all = [.. EventShow.Events(house, null, new Everything(), null, CancellationToken.None)];
        }

        var seen = 0;
        foreach (var novated in all.Where(s => s.Raw?.TradeNovated is { Source: not "CCP.DEFAULT" }).Take(4))
        {
            var leg = novated.Raw!.TradeNovated;
            using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
            var life = EventShow.Events(house, null, EventQuery.OfTrade(leg.Source, leg.TradeId), null, CancellationToken.None).Where(s => s.Kind != "IndicativeMarginUsed").ToList();
            life.Take(3).Select(s => s.Kind).ShouldBe(["TradeReceived", "TradeReserved", "TradeNovated"]);
            life.Skip(3).Take(2).Select(s => s.Kind).Order().ShouldBe(["TradeAnswered", "TradeConfirmed"]);
            life[1].Raw!.TradeReserved.CounterAccount.ShouldBe(life[2].Actor["account/".Length..]);
            life.Select(s => s.Root).Distinct().Count().ShouldBeLessThanOrEqualTo(2, "the source's report, and its cancel if there was one");
            seen++;
        }

        seen.ShouldBeGreaterThan(0);
    });

    [Theory]
    [InlineData(7)]
    [InlineData(36)]
    public void A_margin_call_is_shown_from_its_run_to_its_end(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        List<(string Account, long Number)> calls = [];
        using (var house = new HouseReplay(journal, JournalCut.AtHeads(journal)))
        {
            calls.AddRange(EventShow.Events(house, null, new Everything(), null, CancellationToken.None)
                .Where(s => s.Raw?.MarginCallIssued is not null).Select(s => (s.Actor["account/".Length..], s.Raw!.MarginCallIssued.Number)));
        }

        calls.ShouldNotBeEmpty();
        foreach (var (account, number) in calls)
        {
            using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
            var shown = EventShow.Events(house, null, EventQuery.OfCall(account, number), null, CancellationToken.None).ToList();
            shown[0].Raw!.MarginRunStarted.Run.ShouldBe(shown[1].Raw!.MarginAssessed.Run);
            shown[1].Raw!.MarginAssessed.Run.ShouldBe(shown.Single(s => s.Kind == "MarginCallIssued").Raw!.MarginCallIssued.Run);
            var open = house.Account(account)!.State.Margin!.TryGetCall(number, out var call) ? call : default;
            shown.Where(s => s.Kind == "MarginCallCredited").Sum(s => s.Raw!.MarginCallCredited.Amount).ShouldBe(open.CreditedMinor);
            shown.Count(s => s.Kind == "MarginCallMissed").ShouldBe(open.Status == Domain.Margin.MarginCallStatus.Missed ? 1 : 0);
            shown.Count(s => s.Kind == "MarginCallWithdrawn").ShouldBe(open.Status == Domain.Margin.MarginCallStatus.Withdrawn ? 1 : 0);
        }
    });

    [Theory]
    [InlineData(7)]
    [InlineData(37)]
    public void A_default_is_shown_from_its_trigger_on(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        foreach (var d in HousePictures.DefaultsOf(house))
        {
            using var again = new HouseReplay(journal, JournalCut.AtHeads(journal));
            var shown = EventShow.Events(again, null, EventQuery.OfDefault(d.Number), null, CancellationToken.None).ToList();
            shown[0].Raw!.DefaultTriggered.Member.ShouldBe(d.Member);
            shown.Count(s => s.Kind == "LegEnded").ShouldBe(d.Legs.Count(l => l.Outcome != 0));
            shown.Count(s => s.Kind == "MemberDefaulted").ShouldBe(d.DeclaredAt > 0 ? journal.Identity.ShardCount : 0);
        }
    });

    [Fact]
    public void Between_two_moments_are_the_events_after_the_first_up_to_the_second() => HouseSimulation.Run(27, HouseSimulation.DefaultSteps, journal =>
    {
        var times = TimeTravelReplayTests.TimesOf(journal);
        var (from, to) = (JournalCut.AtTime(journal, times[times.Count / 3]), JournalCut.AtTime(journal, times[times.Count / 2]));
        using var house = new HouseReplay(journal, to);
        var shown = EventShow.Events(house, from, new Everything(), null, CancellationToken.None).ToList();
        shown.ShouldNotBeEmpty();
        shown.ShouldAllBe(s => s.RecordedTime > times[times.Count / 3] && s.RecordedTime <= times[times.Count / 2]);
    });

    [Fact]
    public void An_account_is_shown_with_its_own_events_and_those_that_name_it() => HouseSimulation.Run(27, HouseSimulation.DefaultSteps, journal =>
    {
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal));
        house.Run(null, CancellationToken.None);
        foreach (var account in HousePictures.AccountsOf(house).Where(a => !a.State.IsCcp))
        {
            var id = account.State.Id.Value;
            using var again = new HouseReplay(journal, JournalCut.AtHeads(journal));
            var shown = EventShow.Events(again, null, EventQuery.OfAccount(id), null, CancellationToken.None).ToList();
            shown.ShouldContain(s => s.Kind == "AccountDefined");
            shown.ShouldAllBe(s => s.Actor == $"account/{id}" || (!s.Actor.StartsWith("account/", StringComparison.Ordinal) && EventQuery.Names(EventQuery.BodyOf(s.Raw!)!, id)));
        }
    });

    /// <summary>A message in which every field, however deep, has a value.</summary>
    private static IMessage Filled(MessageDescriptor descriptor, int depth)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        foreach (var field in descriptor.Fields.InDeclarationOrder())
        {
            if (depth > 4 || (field.RealContainingOneof is not null && field.FieldNumber > EventTypes.InstrumentHalted))
            {
                continue;
            }

            object value = field.FieldType switch
            {
                FieldType.String => field.Name.Contains("multiple", StringComparison.Ordinal) ? "1" : "USD",
                FieldType.Bytes => ByteString.CopyFrom(new byte[16]),
                FieldType.Message => Filled(field.MessageType, depth + 1),
                FieldType.Bool => true,
                FieldType.Double => 1.0,
                FieldType.UInt32 => 1u,
                FieldType.UInt64 => 1ul,
                FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, 1),
                FieldType.Int32 or FieldType.SInt32 => 1,
                _ => 1L,
            };
            if (field.IsRepeated)
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(value);
            }
            else
            {
                field.Accessor.SetValue(message, value);
            }
        }

        return message;
    }

    private sealed class Everything : EventQuery
    {
        internal override bool Wants(ActorAddress actor, IReadOnlyList<Event> events, int index) => true;

        internal override bool WantsActor(ActorAddress actor) => true;
    }
}
