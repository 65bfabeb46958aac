using ClearingActors.Domain.DefaultFund;
using ClearingActors.Domain.Instruments;
using ClearingActors.Engine.Messages;
using ClearingActors.Risk.Stress;

namespace ClearingActors.Engine.Risk;

/// <summary>
/// A stress run as it is computed (rulebook 10): in pieces of well below a millisecond, so that the shard that has it runs its turns between them. What it is computed from is taken
/// when it is made, and nobody changes that: the figures are of one moment however long it takes.
/// </summary>
internal sealed class StressJob
{
    /// <summary>Accounts revalued in a piece: some two tenths of a millisecond. A trade passes several turns, each behind a piece.</summary>
    internal const int AccountsAtOnce = 40;

    /// <summary>Accounts whose lots are added up in a piece.</summary>
    internal const int SumsAtOnce = 1_000;

    private readonly StressInputs _inputs;
    private readonly IReadOnlyList<FrozenAccount> _accounts;
    private readonly IReadOnlyList<StressScenario> _scenarios;
    private readonly StressBasis _basis;
    private readonly IEnumerator<bool> _pieces;

    /// <param name="inputs">Of the run.</param>
    /// <param name="accounts">All that the shards have told, in any order.</param>
    /// <param name="scenarios">The library's.</param>
    /// <param name="basis">What the accounts are revalued with.</param>
    internal StressJob(StressInputs inputs, IReadOnlyList<FrozenAccount> accounts, IReadOnlyList<StressScenario> scenarios, StressBasis basis)
    {
        _inputs = inputs;
        _accounts = accounts;
        _scenarios = scenarios;
        _basis = basis;
        _pieces = Pieces().GetEnumerator();
    }

    /// <summary>What came of the run; null before the last piece.</summary>
    internal StressOutcome? Outcome { get; private set; }

    /// <summary>Computes a piece; true if there is more.</summary>
    /// <exception cref="ArgumentException">An asset is not listed, an instrument cannot be revalued, a scenario says nothing of a factor, or a member is not defined.</exception>
    /// <exception cref="OverflowException">An amount does not fit.</exception>
    internal bool Step() => _pieces.MoveNext();

    private IEnumerable<bool> Pieces()
    {
        // What a cycle settled is matched: for every instrument the accounts' lots sum to zero.
        var sums = new SortedDictionary<InstrumentId, Int128>();
        for (var i = 0; i < _accounts.Count; i++)
        {
            foreach (var lots in _accounts[i].Lots)
            {
                sums[lots.Instrument] = sums.GetValueOrDefault(lots.Instrument) + lots.Units;
            }

            if ((i + 1) % SumsAtOnce == 0)
            {
                yield return true;
            }
        }

        if (sums.FirstOrDefault(s => s.Value != 0) is { Key.IsNone: false } sum)
        {
            Outcome = StressOutcome.Nothing(_inputs.Run, $"the accounts hold {sum.Value} lots of {sum.Key} in sum, and a settled book sums to zero; ask for an audit");
            yield break;
        }

        var stress = _basis.Of(_accounts);
        yield return true;
        List<ScenarioOutcome> outcomes = [];
        foreach (var scenario in _scenarios)
        {
            var members = stress.NoAccounts();
            var revalued = 0;
            foreach (var account in stress.Accounts(scenario))
            {
                members.Add(account);
                if (++revalued % AccountsAtOnce == 0)
                {
                    yield return true;
                }
            }

            outcomes.Add(stress.OutcomeOf(scenario, members));
            yield return true;
        }

        Outcome = new StressOutcome(_inputs.Run, "", outcomes, new DayMargins(_inputs.Date, stress.Margins()));
    }
}
