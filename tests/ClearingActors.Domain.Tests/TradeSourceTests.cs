using ClearingActors.Domain.House;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Novation;

namespace ClearingActors.Domain.Tests;

public sealed class TradeSourceTests
{
    private readonly TestHouse _house = new();

    public static TheoryData<RejectReason, string> RecordedReasons() => new()
    {
        { RejectReason.UnknownInstrument, "unknown instrument" },
        { RejectReason.SameAccount, "same account" },
        { RejectReason.OffTick, "off tick" },
        { RejectReason.QuantityLimit, "quantity" },
        { RejectReason.InstrumentHalted, "halt" },
        { RejectReason.InstrumentHalted, "house halt" },
        { RejectReason.InstrumentExpired, "expired" },
        { RejectReason.InstrumentExpired, "executed after expiry" },
    };

    [Fact]
    public void A_fresh_report_is_forwarded_and_recorded_as_pending()
    {
        var report = _house.Report();
        _house.Receive(report).Kind.ShouldBe(SourceDecisionKind.Forward);
        _house.Source.Count.ShouldBe(1);
        _house.Source.PendingCount.ShouldBe(1);
        _house.Receive(report).Kind.ShouldBe(SourceDecisionKind.RepeatPending);
    }

    [Fact]
    public void A_repeat_gets_the_first_answer_with_cycle_date_and_price()
    {
        var report = _house.Report(price: 4000.25m);
        Answer(report, TradeOutcome.Novated(1, TestHouse.Monday, 400_025));
        var repeat = _house.Receive(report);
        repeat.Kind.ShouldBe(SourceDecisionKind.RepeatAnswered);
        repeat.Outcome.ShouldBe(TradeOutcome.Novated(1, TestHouse.Monday, 400_025));
    }

    [Theory]
    [MemberData(nameof(RecordedReasons))]
    public void A_rejection_that_needs_no_account_is_recorded_and_repeated(RejectReason reason, string why)
    {
        var report = why switch
        {
            "unknown instrument" => _house.Report(instrument: "NONE"),
            "same account" => _house.Report(seller: _house.Buyer),
            "off tick" => _house.Report(price: 4000.1m),
            "quantity" => _house.Report(quantity: 1001),
            _ => _house.Report(),
        };
        switch (why)
        {
            case "halt":
                _house.Directory.Apply(new InstrumentHalted(TestHouse.Future));
                break;
            case "house halt":
                _house.Directory.Apply(new HouseHalted());
                break;
            case "expired":
                Redefine(TestHouse.Definition() with { Expiry = TestHouse.Noon });
                break;
            case "executed after expiry":
                Redefine(TestHouse.Definition() with { Expiry = TestHouse.Noon + 1 });
                report = _house.Report(executionTime: TestHouse.Noon + 1);
                break;
        }

        var first = _house.Receive(report);
        first.Kind.ShouldBe(SourceDecisionKind.RecordRejected);
        first.Reason.ShouldBe(reason);
        var repeat = _house.Receive(report);
        repeat.Kind.ShouldBe(SourceDecisionKind.RepeatAnswered);
        repeat.Outcome.ShouldBe(TradeOutcome.Rejected(reason));
    }

    [Fact]
    public void A_repeat_gets_its_first_answer_whatever_has_happened_since()
    {
        var report = _house.Report();
        Answer(report, TradeOutcome.Novated(1, TestHouse.Monday, 400_000));
        _house.Directory.Apply(new HouseHalted());
        Redefine(TestHouse.Definition() with { Expiry = TestHouse.Noon });
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday.AddDays(30)));
        _house.Receive(report).Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
    }

    [Fact]
    public void The_same_id_with_other_content_is_a_conflict_and_leaves_no_trace_even_under_another_date()
    {
        var report = _house.Report(id: "X");
        _house.Receive(report);
        foreach (var other in new[]
        {
            _house.Report(id: "X", quantity: 11),
            _house.Report(id: "X", executionTime: TestHouse.Noon - UtcTime.NanosecondsPerDay),
        })
        {
            var decision = _house.Receive(other);
            decision.Kind.ShouldBe(SourceDecisionKind.RefuseUnrecorded);
            decision.Reason.ShouldBe(RejectReason.Conflict);
        }

        _house.Source.Count.ShouldBe(1);
        _house.Receive(report).Kind.ShouldBe(SourceDecisionKind.RepeatPending);
    }

    [Fact]
    public void A_malformed_report_leaves_no_trace()
    {
        TradeReport[] wrong =
        [
            _house.Report(quantity: 0),
            _house.Report(quantity: -1),
            _house.Report(executionTime: 0),
            _house.Report(kind: TradeKind.None),
            _house.Report(kind: (TradeKind)99),
            _house.Report(executionTime: TestHouse.Noon + UtcTime.NanosecondsPerDay + 1),
        ];
        foreach (var report in wrong)
        {
            _house.Receive(report).Reason.ShouldBe(RejectReason.Malformed);
        }

        _house.Source.Count.ShouldBe(0);
        _house.Receive(_house.Report(executionTime: TestHouse.Noon + UtcTime.NanosecondsPerDay)).Kind.ShouldBe(SourceDecisionKind.Forward);
    }

    [Fact]
    public void An_unknown_source_is_refused_without_a_trace()
    {
        var directory = new HouseDirectory();
        var report = _house.Report();
        var decision = TradeSourceDecisions.DecideReceive(_house.Source, report, TradeFingerprint.Of(report), directory, TradeIdLimits.Default);
        decision.Kind.ShouldBe(SourceDecisionKind.RefuseUnrecorded);
        decision.Reason.ShouldBe(RejectReason.UnknownSource);
    }

    [Theory]
    [InlineData(26, SourceDecisionKind.Forward)]
    [InlineData(25, SourceDecisionKind.RefuseUnrecorded)]
    public void A_report_is_stale_after_two_business_days_and_a_weekend_does_not_count(int dayOfFebruary, SourceDecisionKind expected)
    {
        // The business date is Monday the 2nd of March; two business days before is Thursday the 26th.
        var decision = _house.Receive(_house.Report(executionTime: UtcTime.StartOf(new DateOnly(2026, 2, dayOfFebruary)) + 1));
        decision.Kind.ShouldBe(expected);
        decision.Reason.ShouldBe(expected == SourceDecisionKind.Forward ? RejectReason.None : RejectReason.StaleTradeDate);
    }

    [Fact]
    public void Ids_are_dropped_by_date_when_reports_of_that_date_are_stale_and_never_come_back()
    {
        var old = _house.Report(executionTime: UtcTime.StartOf(new DateOnly(2026, 2, 26)));
        var fresh = _house.Report();
        Answer(old, TradeOutcome.Rejected(RejectReason.InsufficientHeadroom));
        Answer(fresh, TradeOutcome.Rejected(RejectReason.InsufficientHeadroom));
        TradeSourceDecisions.TryDecideExpiry(_house.Source, _house.Directory, out _).ShouldBeFalse();

        _house.Directory.Apply(new CycleOpened(2, new DateOnly(2026, 3, 3)));
        TradeSourceDecisions.TryDecideExpiry(_house.Source, _house.Directory, out var expired).ShouldBeTrue();
        expired.ExecutionDate.ShouldBe(new DateOnly(2026, 2, 26));
        _house.Receive(old).Kind.ShouldBe(SourceDecisionKind.RepeatAnswered);
        _house.Source.Apply(expired);
        _house.Source.Count.ShouldBe(1);
        _house.Receive(old).Reason.ShouldBe(RejectReason.StaleTradeDate);
        TradeSourceDecisions.TryDecideExpiry(_house.Source, _house.Directory, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_date_with_a_trade_in_flight_is_not_dropped()
    {
        _house.Receive(_house.Report(executionTime: UtcTime.StartOf(new DateOnly(2026, 2, 26))));
        _house.Directory.Apply(new CycleOpened(2, new DateOnly(2026, 3, 9)));
        TradeSourceDecisions.TryDecideExpiry(_house.Source, _house.Directory, out _).ShouldBeFalse();
        Should.Throw<InvalidOperationException>(() => _house.Source.Apply(new TradeIdsExpired(TestHouse.Venue, new DateOnly(2026, 2, 26))));
    }

    [Fact]
    public void A_full_book_turns_reports_away_as_overload_and_still_answers_repeats()
    {
        _house.Limits = new TradeIdLimits(2, 3);
        var first = _house.Report();
        _house.Receive(first);
        _house.Receive(_house.Report());
        _house.Receive(_house.Report()).Kind.ShouldBe(SourceDecisionKind.Full);
        _house.Receive(_house.Report(executionTime: TestHouse.Noon - UtcTime.NanosecondsPerDay)).Kind.ShouldBe(SourceDecisionKind.Forward);
        _house.Receive(_house.Report(executionTime: TestHouse.Noon - UtcTime.NanosecondsPerDay)).Kind.ShouldBe(SourceDecisionKind.Full);
        _house.Receive(first).Kind.ShouldBe(SourceDecisionKind.RepeatPending);
        _house.Source.Count.ShouldBe(3);
    }

    [Fact]
    public void A_cancel_goes_through_once_and_its_repeat_gets_the_same_answer()
    {
        var report = _house.Report();
        Cancel(report).Reason.ShouldBe(RejectReason.NotCancellable);
        _house.Receive(report);
        Cancel(report).Kind.ShouldBe(CancelDecisionKind.TradePending);
        _house.Source.Apply(new TradeAnswered(report.Key, report.ExecutionDate, TradeOutcome.Novated(1, TestHouse.Monday, 400_000)));

        var forward = Cancel(report);
        forward.Kind.ShouldBe(CancelDecisionKind.Forward);
        forward.Outcome.ShouldBe(TradeOutcome.Novated(1, TestHouse.Monday, 400_000));
        _house.Source.Apply(forward.Received);
        Cancel(report).Kind.ShouldBe(CancelDecisionKind.RepeatPending);
        _house.Receive(report).Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        _house.Source.PendingCount.ShouldBe(1);

        _house.Source.Apply(new CancelAnswered(report.Key, report.ExecutionDate, RejectReason.None));
        Cancel(report).Kind.ShouldBe(CancelDecisionKind.RepeatCancelled);
        _house.Receive(report).Outcome.ShouldBe(TradeOutcome.Novated(1, TestHouse.Monday, 400_000));
        _house.Source.PendingCount.ShouldBe(0);
    }

    [Fact]
    public void A_refused_cancel_leaves_the_trade_novated_and_a_cancel_of_other_content_is_a_conflict()
    {
        var report = _house.Report(id: "C");
        Answer(report, TradeOutcome.Novated(1, TestHouse.Monday, 400_000));
        Cancel(_house.Report(id: "C", quantity: 11)).Reason.ShouldBe(RejectReason.Conflict);
        _house.Source.Apply(Cancel(report).Received);
        _house.Source.Apply(new CancelAnswered(report.Key, report.ExecutionDate, RejectReason.NotCancellable));
        _house.Receive(report).Outcome.Kind.ShouldBe(TradeOutcomeKind.Novated);
        _house.Directory.Apply(new CycleOpened(2, TestHouse.Monday));
        Cancel(report).Reason.ShouldBe(RejectReason.NotCancellable);
    }

    [Fact]
    public void A_rejected_trade_cannot_be_cancelled()
    {
        var report = _house.Report();
        Answer(report, TradeOutcome.Rejected(RejectReason.InsufficientHeadroom));
        Cancel(report).Reason.ShouldBe(RejectReason.NotCancellable);
    }

    [Fact]
    public void Events_that_contradict_the_book_stop_it()
    {
        var report = _house.Report();
        var novated = new TradeAnswered(report.Key, report.ExecutionDate, TradeOutcome.Novated(1, TestHouse.Monday, 1));
        Should.Throw<InvalidOperationException>(() => _house.Source.Apply(novated)).Message.ShouldContain("unknown");
        _house.Receive(report);
        Should.Throw<InvalidOperationException>(() => _house.Source.Apply(new TradeReceived(report.Key, TradeFingerprint.Of(report), report.ExecutionDate)));
        _house.Source.Apply(novated);
        Should.Throw<InvalidOperationException>(() => _house.Source.Apply(novated));
        Should.Throw<InvalidOperationException>(() => _house.Source.Apply(new CancelAnswered(report.Key, report.ExecutionDate, RejectReason.None)));
    }

    [Fact]
    public void A_book_of_many_ids_restores_from_its_bytes_and_its_sealed_segments_never_change()
    {
        const int trades = 20_000;
        var reports = Enumerable.Range(0, trades).Select(i => _house.Report(id: $"VENUE-{i:D10}")).ToList();
        foreach (var report in reports)
        {
            _house.Receive(report).Kind.ShouldBe(SourceDecisionKind.Forward);
        }

        var before = _house.Source.ToSnapshot().Days.ShouldHaveSingleItem();
        var sealedBytes = before.IdSegments.SkipLast(1).Select(s => s.ToArray()).ToList();
        sealedBytes.Count.ShouldBeGreaterThan(5);
        for (var i = 0; i < trades; i++)
        {
            var outcome = (i % 3) switch
            {
                0 => TradeOutcome.Novated(1, TestHouse.Monday, 400_000),
                1 => TradeOutcome.Novated(2, TestHouse.Monday.AddDays(1), 400_000),
                _ => TradeOutcome.Rejected(RejectReason.InsufficientHeadroom),
            };
            if (i % 7 != 0)
            {
                _house.Source.Apply(new TradeAnswered(reports[i].Key, reports[i].ExecutionDate, outcome));
            }
        }

        _house.Receive(_house.Report(executionTime: TestHouse.Noon - UtcTime.NanosecondsPerDay));
        var snapshot = _house.Source.ToSnapshot();
        for (var i = 0; i < sealedBytes.Count; i++)
        {
            snapshot.Days[1].IdSegments[i].Span.SequenceEqual(sealedBytes[i]).ShouldBeTrue();
        }

        var restored = TradeSourceState.Restore(snapshot);
        Same.State(restored.ToSnapshot(), snapshot);
        restored.PendingCount.ShouldBe(_house.Source.PendingCount);
        restored.Count.ShouldBe(trades + 1);
        foreach (var report in reports)
        {
            var live = TradeSourceDecisions.DecideReceive(_house.Source, report, TradeFingerprint.Of(report), _house.Directory, _house.Limits);
            var again = TradeSourceDecisions.DecideReceive(restored, report, TradeFingerprint.Of(report), _house.Directory, _house.Limits);
            again.ShouldBe(live);
        }
    }

    [Fact]
    public void Stored_bytes_that_were_cut_short_are_refused()
    {
        _house.Receive(_house.Report());
        var snapshot = _house.Source.ToSnapshot();
        var day = snapshot.Days[0];
        Should.Throw<InvalidOperationException>(() => TradeSourceState.Restore(snapshot with { Days = [day with { IdSegments = [day.IdSegments[0][..^1]] }] }));
        Should.Throw<InvalidOperationException>(() => TradeSourceState.Restore(snapshot with { Days = [day with { Count = 2 }] }));
        Should.Throw<InvalidOperationException>(() => TradeSourceState.Restore(snapshot with { Days = [day with { AnswerChunks = [] }] }));
    }

    [Theory]
    [InlineData("T1", 1, 0)]
    [InlineData("T1", 256, 118)]
    [InlineData("VENUE-0000000001", 256, 168)]
    public void The_lane_of_an_id_is_fixed_for_good(string id, int lanes, int lane) => TradeSourceDecisions.LaneOf(TradeId.Parse(id), lanes).ShouldBe(lane);

    [Fact]
    public void An_instant_belongs_to_its_utc_date_before_1970_too()
    {
        UtcTime.DateOf(0).ShouldBe(new DateOnly(1970, 1, 1));
        UtcTime.DateOf(-1).ShouldBe(new DateOnly(1969, 12, 31));
        UtcTime.DateOf(UtcTime.StartOf(TestHouse.Monday)).ShouldBe(TestHouse.Monday);
        UtcTime.DateOf(UtcTime.StartOf(TestHouse.Monday) - 1).ShouldBe(TestHouse.Monday.AddDays(-1));
    }

    private void Redefine(InstrumentDefinition definition) => _house.Directory.Apply(new InstrumentDefined(TestHouse.Instrument(definition)));

    private void Answer(TradeReport report, TradeOutcome outcome)
    {
        _house.Receive(report).Kind.ShouldBe(SourceDecisionKind.Forward);
        _house.Source.Apply(new TradeAnswered(report.Key, report.ExecutionDate, outcome));
    }

    private CancelDecision Cancel(TradeReport report) =>
        TradeSourceDecisions.DecideCancel(_house.Source, report, TradeFingerprint.Of(report), _house.Directory);
}
