using ClearingActors.Domain;
using ClearingActors.Domain.Ledger;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Domain.Settlement;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>
/// What coverage counts of an account besides cash in the margin currency, for the check before novation (rulebook 8.7, 8.9). <see cref="AccountCoverage"/> computes it when
/// the account's other cash, assets or unpaid amounts have changed, or a price. An account that has nothing but cash in its margin currency costs a look at its rows.
/// </summary>
/// <remarks>
/// Limits by share grow with the requirement, and the requirement of a decision is a bound: it may turn out lower. So what they let in together never counts more than that
/// requirement. Excess is then concave in the requirement and no lower anywhere between nothing and the bound than at the worse of the two.
/// </remarks>
internal sealed class OtherCollateral(AccountState account, CollateralPricing pricing)
{
    private readonly List<(Currency Currency, long Minor)> _cash = [];
    private AssetHoldings? _assets;
    private long _assetsVersion;
    private IReadOnlyList<VariationMarginAmount>? _unbooked;
    private long _pricesVersion = -1;
    private bool _followsRequirement;
    private long _valueAt;
    private long _value;
    private long _unpaid;

    /// <summary>Why a debt cannot be converted; empty if all can be.</summary>
    internal string Failure { get; private set; } = "";

    private long Net => Failure.Length > 0 ? -Coverage.MaxAmount : (long)Int128.Max((Int128)_value - _unpaid, -Coverage.MaxAmount);

    /// <summary>
    /// What counts beside a requirement of at least this, less what is unpaid in other currencies: minor units of the margin currency, and less
    /// <see cref="Coverage.MaxAmount"/> if a debt cannot be converted. The last that was computed, unless that was for a higher requirement.
    /// </summary>
    internal long AtLeast(long requirementMinor)
    {
        if (IsNone())
        {
            return 0;
        }

        if (!IsUpToDate() || requirementMinor < _valueAt)
        {
            Compute(requirementMinor);
        }

        return Net;
    }

    /// <summary>As <see cref="AtLeast"/>, for exactly this requirement.</summary>
    internal long At(long requirementMinor)
    {
        TryAt(requirementMinor, out _, out _);
        return Net;
    }

    /// <summary>What counts beside exactly this requirement, and what is unpaid in other currencies. False if a debt cannot be converted, which <see cref="Failure"/> says.</summary>
    internal bool TryAt(long requirementMinor, out long valueMinor, out long unpaidMinor)
    {
        if (IsNone())
        {
            (_value, _unpaid, _pricesVersion, Failure) = (0, 0, -1, "");
        }
        else if (!IsUpToDate() || (_followsRequirement && requirementMinor != _valueAt))
        {
            Compute(requirementMinor);
        }

        (valueMinor, unpaidMinor) = (_value, _unpaid);
        return Failure.Length == 0;
    }

    private bool IsNone()
    {
        if (account.Assets is { IsEmpty: false })
        {
            return false;
        }

        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Cash != 0 && balance.Currency != account.MarginCurrency)
            {
                return false;
            }
        }

        var unbooked = account.UnbookedVariationMargin;
        for (var i = 0; i < unbooked.Count; i++)
        {
            if (unbooked[i].AmountMinor < 0 && unbooked[i].Currency != account.MarginCurrency)
            {
                return false;
            }
        }

        return true;
    }

    private bool IsUpToDate()
    {
        pricing.Refresh();
        if (_pricesVersion != pricing.Version || !ReferenceEquals(_assets, account.Assets) || _assetsVersion != (account.Assets?.Version ?? 0)
            || !ReferenceEquals(_unbooked, account.UnbookedVariationMargin))
        {
            return false;
        }

        var known = 0;
        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Currency != account.MarginCurrency && (known == _cash.Count || _cash[known++] != (balance.Currency, balance.Cash)))
            {
                return false;
            }
        }

        return known == _cash.Count;
    }

    /// <summary>At the prices of the last look.</summary>
    private void Compute(long requirementMinor)
    {
        _cash.Clear();
        foreach (ref readonly var balance in account.Balances)
        {
            if (balance.Currency != account.MarginCurrency)
            {
                _cash.Add((balance.Currency, balance.Cash));
            }
        }

        (_assets, _assetsVersion, _unbooked, _pricesVersion) = (account.Assets, account.Assets?.Version ?? 0, account.UnbookedVariationMargin, pricing.Version);
        var coverage = pricing.Coverage;
        _followsRequirement = coverage.FollowsRequirement(account, pricing.Directory);
        _valueAt = _followsRequirement ? Math.Min(requirementMinor, Coverage.MaxAmount) : 0;
        try
        {
            (_value, _unpaid) = coverage.OtherOf(account, pricing.Directory, _valueAt);
            if (_followsRequirement)
            {
                _value = Math.Min(_value, checked(coverage.OtherOf(account, pricing.Directory, 0).ValueMinor + _valueAt));
            }

            Failure = "";
        }
        catch (Exception e) when (e is ArgumentException or OverflowException)
        {
            // A debt must not be left out: nothing but what reduces passes.
            (_value, _unpaid, _followsRequirement, _valueAt, Failure) = (0, 0, false, 0, e.Message);
        }
    }
}
