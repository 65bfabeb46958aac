using ClearingActors.Domain;
using ClearingActors.Domain.Instruments;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>
/// The indicative requirements of a shard's accounts (rulebook 8.9): after new vectors a sweep over all accounts with positions, a few at a time between turns, straight to
/// the newest. On the shard's thread; gone with the shard, and built anew with it.
/// </summary>
internal sealed class ShardMonitor(EngineScope scope, RiskPricer pricer)
{
    /// <summary>Accounts brought up to date between two turns: some tens of microseconds.</summary>
    private const int AccountsAtOnce = 32;

    /// <summary>Accounts looked at between two turns.</summary>
    private const int LooksAtOnce = 1024;

    private const int InstrumentsAtOnce = 8;

    private double[] _scratch = [];
    private long _generation;
    private int _next;
    private int _left;

    internal RiskPricer Pricer => pricer;

    /// <summary>The newest prices of collateral, for all accounts of the shard.</summary>
    internal CollateralPricing Collateral { get; } = new(scope);

    private long SettledCycle => scope.Prices?.Cycle ?? 0;

    /// <summary>The account's figures; null where the house has no usable model.</summary>
    internal AccountRisk? Of(AccountActor account)
    {
        if (scope.Directory.Risk.Parameters.Length == 0)
        {
            return null;
        }

        if (pricer.Basis is null)
        {
            if (pricer.HasWork(scope.Directory, SettledCycle))
            {
                pricer.Work(scope.Directory, SettledCycle, InstrumentsAtOnce, wait: true);
            }

            if (pricer.Basis is null)
            {
                return null;
            }
        }

        if (account.Risk is not { } risk || !ReferenceEquals(risk.Account, account.State))
        {
            account.Risk = risk = new AccountRisk(this, account.State);
        }

        return risk;
    }

    /// <summary>The account's figures at the newest vectors, for who asks; some more of these are made first if marks came in.</summary>
    internal AccountRisk? Newest(AccountActor account)
    {
        if (pricer.HasWork(scope.Directory, SettledCycle))
        {
            pricer.Work(scope.Directory, SettledCycle, InstrumentsAtOnce, wait: true);
        }

        var risk = Of(account);
        risk?.Refresh();
        return risk;
    }

    /// <summary>A piece of work; true if there is more.</summary>
    internal bool Work()
    {
        if (scope.Directory.Risk.Parameters.Length == 0)
        {
            return false;
        }

        if (pricer.HasWork(scope.Directory, SettledCycle))
        {
            pricer.Work(scope.Directory, SettledCycle, InstrumentsAtOnce, wait: false);
        }

        if (_generation != pricer.Generation)
        {
            _generation = pricer.Generation;
            _left = scope.Accounts.Count;
        }

        var refreshed = 0;
        for (var looks = Math.Min(LooksAtOnce, _left); looks > 0 && refreshed < AccountsAtOnce; looks--)
        {
            _left--;
            _next = _next + 1 < scope.Accounts.Count ? _next + 1 : 0;
            var account = scope.Accounts[_next];
            if (account.State.PositionCount > 0 && !account.State.IsCcp && Of(account)?.Refresh() == true)
            {
                refreshed++;
            }
            else if (account.State.PositionCount == 0)
            {
                account.Risk = null;
            }
        }

        scope.Counters.CountRefreshed(refreshed);
        return _left > 0;
    }

    internal double[] ScratchOf(int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new double[length];
        }

        return _scratch;
    }

    /// <exception cref="InvalidOperationException">The shard holds lots of an instrument that it does not know.</exception>
    internal PricedInstrument PricedOf(InstrumentId instrument, Currency currency) => scope.Directory.TryGetInstrument(instrument, out var listed)
        ? pricer.Of(listed.Instrument, currency, scope.Directory)
        : throw new InvalidOperationException($"instrument {instrument} is held and not known");

    /// <summary>The requirement's parts besides tails, offsets and buffer, by the canonical routine at the newest marks.</summary>
    /// <exception cref="ArgumentException">It cannot tell; the message says why.</exception>
    /// <exception cref="OverflowException">The amounts do not fit.</exception>
    internal List<RequirementPart> OtherPartsOf(AccountState account, IReadOnlyCollection<MarginHolding> holdings)
    {
        var requirement = scope.Calculator(scope.NewestMarks(), scope.Directory.BusinessTime).RequirementOf(account.MarginCurrency, account.Member, holdings, scope.Liquidity);
        return [.. requirement.Parts.Where(p => p.Name is not ("model" or "offsets" or "buffer"))];
    }

    /// <summary>What is wrong with any account's figures, or null.</summary>
    internal string? Verify()
    {
        foreach (var account in scope.Accounts)
        {
            if (account.Risk is { } risk && ReferenceEquals(risk.Account, account.State) && risk.Verify() is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }
}
