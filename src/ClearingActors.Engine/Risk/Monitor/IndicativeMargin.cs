using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Risk.Margin;
using Coverage = ClearingActors.Domain.Margin.Coverage;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>The monitor's figures of an account as callers read them, beside the last official ones (rulebook 8.7, 8.9).</summary>
internal static class IndicativeMargin
{
    /// <summary>The requirement rounded up once, in the total, and its parts to the minor unit, as the canonical routine does it.</summary>
    internal static (long TotalMinor, IReadOnlyList<RequirementPart> Parts) RequirementOf(AccountRisk risk)
    {
        var currency = risk.Account.MarginCurrency;
        var figures = risk.Figures;
        var model = RequirementMoney.Of(figures.Requirement, currency).MinorUnits;
        var offsets = RequirementMoney.Of(figures.Offsets, currency).MinorUnits;
        var buffer = RequirementMoney.Of(figures.Buffer, currency).MinorUnits;
        List<RequirementPart> parts = [new("model", model - offsets - buffer)];
        foreach (var (name, amount) in new[] { ("offsets", offsets), ("buffer", buffer), ("configured", risk.ConfiguredMinor) })
        {
            if (amount != 0)
            {
                parts.Add(new RequirementPart(name, amount));
            }
        }

        parts.AddRange(risk.OtherParts);
        return (checked(model + risk.OtherMinor + risk.ConfiguredMinor), parts);
    }

    /// <summary>The figures at the newest vectors; the last good ones with the reason where there are no newer.</summary>
    /// <param name="risk">The account's figures, brought up to date.</param>
    /// <param name="official">What the last run left.</param>
    /// <param name="coverage">The canonical coverage at the newest marks; its exceptions become the reason, and the monitor's own values stand in.</param>
    internal static MarginView View(AccountRisk risk, MarginSnapshot official, Func<long, Coverage> coverage)
    {
        var account = risk.Account;
        var requirement = RequirementOf(risk);
        var stale = risk.Stale;
        Coverage? found;
        try
        {
            found = stale.Length > 0 ? Own(risk, requirement.TotalMinor) : coverage(requirement.TotalMinor);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            stale = e.Message;
            found = Own(risk, requirement.TotalMinor);
        }

        if (found is null)
        {
            // No trade but one that reduces passes meanwhile.
            stale = risk.Collateral.Failure;
        }

        return new MarginView(account.MarginCurrency, official, found, requirement.Parts, stale) { Lags = [.. risk.Lags()] };
    }

    /// <summary>Collateral and unpaid amounts as the check before novation has them; null where a debt cannot be converted.</summary>
    internal static Coverage? Own(AccountRisk risk, long requirement) => Own(risk.Account, risk.Collateral, risk.Values, requirement);

    /// <summary>The same of an account for which the monitor keeps no figures, because it holds nothing.</summary>
    /// <param name="account">The account.</param>
    /// <param name="collateral">Of the account.</param>
    /// <param name="values">What stands against the requirement.</param>
    /// <param name="requirement">Minor units of the margin currency.</param>
    internal static Coverage? Own(AccountState account, OtherCollateral collateral, (long OptionValue, long Accrued) values, long requirement)
    {
        if (!collateral.TryAt(requirement, out var other, out var unpaidElsewhere))
        {
            return null;
        }

        var (optionValue, accrued) = values;
        var unpaid = 0L;
        for (var i = 0; i < account.UnbookedVariationMargin.Count; i++)
        {
            var amount = account.UnbookedVariationMargin[i];
            unpaid += amount.Currency == account.MarginCurrency ? Math.Max(0, -amount.AmountMinor) : 0;
        }

        return new Coverage(requirement, checked(account.BalanceOf(account.MarginCurrency).Cash + other), optionValue, 0, 0, accrued, checked(unpaid + unpaidElsewhere));
    }
}
