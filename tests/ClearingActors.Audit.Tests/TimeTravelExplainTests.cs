using ClearingActors.Audit.TimeTravel;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Margin;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Risk;
using ClearingActors.Engine.Simulation;
using ClearingActors.Journal;
using MarginAssessed = ClearingActors.Domain.Margin.MarginAssessed;
using MarginCallIssued = ClearingActors.Domain.Margin.MarginCallIssued;
using MarginInputs = ClearingActors.Engine.Messages.MarginInputs;

namespace ClearingActors.Audit.Tests;

/// <summary>Every requirement and every call is derived again, and every sum comes to what was recorded.</summary>
public sealed class TimeTravelExplainTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void Every_assessment_and_every_call_of_a_house_is_derived_to_the_last_bit(ulong seed) => HouseSimulation.RunWithDefaults(seed, HouseSimulation.DefaultSteps, journal =>
    {
        var derived = DeriveAll(journal, recorded => recorded);
        derived.ShouldNotBeEmpty();
        foreach (var derivation in derived)
        {
            derivation.Checks.Where(c => !c.Holds).Select(c => $"{derivation.Account} run {derivation.Run.Run}: {c}").ShouldBeEmpty();
            derivation.Sums.Sum(s => s.Recorded).ShouldBe(derivation.Rounded);
            derivation.Collateral.Sum(c => c.Counted).ShouldBe(derivation.Recorded.Collateral);
        }
    });

    [Fact]
    public void A_figure_that_is_not_what_it_should_be_is_found() => HouseSimulation.Run(7, HouseSimulation.DefaultSteps, journal =>
    {
        Func<Coverage, Coverage>[] wrong =
        [
            c => c with { Requirement = c.Requirement + 1 },
            c => c with { Collateral = c.Collateral - 1 },
            c => c with { NetOptionValue = c.NetOptionValue + 1 },
            c => c with { PremiumReceivable = c.PremiumReceivable + 1 },
            c => c with { PremiumPayable = c.PremiumPayable + 1 },
            c => c with { AccruedVariationMargin = c.AccruedVariationMargin - 1 },
            c => c with { Unpaid = c.Unpaid + 1 },
        ];
        foreach (var change in wrong)
        {
            var derived = DeriveAll(journal, recorded => recorded with { Coverage = change(recorded.Coverage) });
            derived.ShouldNotBeEmpty();
            derived.ShouldAllBe(d => d.Checks.Any(c => !c.Holds));
        }

        DeriveAll(journal, recorded => recorded with { Parts = [recorded.Parts[0] with { AmountMinor = recorded.Parts[0].AmountMinor + 1 }, .. recorded.Parts.Skip(1)] })
            .ShouldAllBe(d => d.Checks.Any(c => !c.Holds && c.What == "part model"));
    });

    [Theory]
    [InlineData(7)]
    [InlineData(36)]
    public void A_call_is_explained_with_its_run_and_what_became_of_it(ulong seed) => HouseSimulation.Run(seed, HouseSimulation.DefaultSteps, journal =>
    {
        foreach (var (account, call) in CallsOf(journal).Take(4))
        {
            var explained = MarginExplanation.Of(journal, account, call.Number, 0, null, CancellationToken.None);
            explained.Failure.ShouldBe("");
            var derivation = explained.Derivation.ShouldNotBeNull();
            derivation.Checks.ShouldAllBe(c => c.Holds);
            derivation.Run.Run.ShouldBe(call.Run);
            derivation.Call!.Amount.ShouldBe(new Domain.Money(call.AmountMinor, explained.Account!.State.MarginCurrency).ToDecimal());
            derivation.Recorded.Excess.ShouldBe(-derivation.Call.Shortfall);
            explained.Events.Count(e => e.Kind == "MarginCallIssued").ShouldBe(1);

            // The same run without the call's number comes to the same.
            var assessed = MarginExplanation.Of(journal, account, 0, call.Run, null, CancellationToken.None).Derivation.ShouldNotBeNull();
            assessed.Call.ShouldBe(derivation.Call);
            assessed.Unrounded.ShouldBe(derivation.Unrounded);
        }
    });

    [Fact]
    public void What_was_not_called_is_not_explained() => HouseSimulation.Run(7, HouseSimulation.DefaultSteps, journal =>
    {
        var (account, _) = CallsOf(journal)[0];
        var explained = MarginExplanation.Of(journal, account, 999, 0, null, CancellationToken.None);
        explained.Derivation.ShouldBeNull();
        explained.Failure.ShouldBe("");
        explained.Account.ShouldNotBeNull();
    });

    /// <summary>All calls that a journal issued, by account.</summary>
    private static List<(string Account, MarginCallIssued Call)> CallsOf(IJournalStore journal)
    {
        List<(string, MarginCallIssued)> calls = [];
        foreach (var head in journal.ReadHeads())
        {
            foreach (var row in journal.ReadShard(head.Shard, 0, head.Position))
            {
                foreach (var step in Turn.Parser.ParseFrom(row.Payload.Span).Steps)
                {
                    calls.AddRange(step.Events.Where(e => e.MarginCallIssued is not null).Select(e => e.MarginCallIssued)
                        .Select(e => (step.ActorKey, new MarginCallIssued(e.Number, e.Run, e.Amount, e.IssuedAt, e.Deadline))));
                }
            }
        }

        return calls;
    }

    /// <summary>Derives every assessment at the turn that recorded it.</summary>
    private static List<MarginDerivation> DeriveAll(IJournalStore journal, Func<MarginAssessed, MarginAssessed> change)
    {
        var sweep = new Sweep(CallsOf(journal).ToDictionary(c => (c.Account, c.Call.Run), c => c.Call), change);
        using var house = new HouseReplay(journal, JournalCut.AtHeads(journal), sweep);
        house.Run(null, CancellationToken.None);
        return sweep.Derived;
    }

    private sealed class Sweep(Dictionary<(string Account, long Run), MarginCallIssued> calls, Func<MarginAssessed, MarginAssessed> change) : IMarginRunObserver
    {
        private readonly Dictionary<long, MarginInputs> _runs = [];

        internal List<MarginDerivation> Derived { get; } = [];

        public void Started(MarginInputs inputs) => _runs.Add(inputs.Run, inputs);

        public void Assessed(EngineScope scope, AccountActor account, MarginAssessed recorded) =>
            Derived.Add(MarginDeriver.Of(scope, account, _runs[recorded.Run], change(recorded)).Derive(calls.TryGetValue((account.State.Id.Value, recorded.Run), out var call) ? call : null));
    }
}
