using ClearingActors.Risk.Margin;

namespace ClearingActors.Engine.Risk.Monitor;

/// <summary>What reports of the whole house read of an account: nothing is computed that the sweep after marks does not compute anyway.</summary>
internal sealed partial class AccountRisk
{
    private double _roundedOf = double.NaN;
    private long _rounded;

    /// <summary>True if the lots in the vectors are not the account's: a trade came since the last mark.</summary>
    internal bool HasTradedSince
    {
        get
        {
            foreach (var holding in _holdings)
            {
                if (holding.Quantity != holding.Lots && holding.Priced.Current is not null)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The requirement of the lots in the vectors with all its parts, as <see cref="IndicativeMargin.RequirementOf"/> has it; minor units of the margin currency.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is no number, or does not fit.</exception>
    /// <exception cref="OverflowException">It does not fit.</exception>
    internal long RequirementMinor
    {
        get
        {
            if (_portfolio.Requirement != _roundedOf)
            {
                (_rounded, _roundedOf) = (RequirementMoney.Of(_portfolio.Requirement, Currency).MinorUnits, _portfolio.Requirement);
            }

            return checked(_rounded + _other + _configured);
        }
    }

    /// <summary>Marks of the underlying that is farthest behind, accepted since the one in the figures; and why some position has no figure at the newest marks, empty if all have.</summary>
    internal (long Marks, string Reason) Behind
    {
        get
        {
            var marks = 0L;
            var reason = _monitor.Pricer.Failure;
            foreach (var holding in _holdings)
            {
                if (holding.Position is null)
                {
                    continue;
                }

                marks = Math.Max(marks, _monitor.Pricer.NewestOf(holding.Priced.Instrument.Underlying) - (holding.Applied?.UnderlyingMark ?? 0));
                if (reason.Length == 0)
                {
                    reason = holding.Priced.Failure;
                }
            }

            return (marks, reason.Length > 0 ? reason : _otherFailure);
        }
    }
}
