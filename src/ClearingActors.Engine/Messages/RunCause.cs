using ClearingActors.Actors.Wire;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>Why a margin run was begun. The numbers are journaled and never change.</summary>
public enum RunCause
{
    /// <summary>Not said; never valid.</summary>
    None = 0,

    /// <summary>A time of day of the model's schedule.</summary>
    Scheduled = 1,

    /// <summary>A price moved, or the interval had passed.</summary>
    Intraday = 2,

    /// <summary>An operator asked for it.</summary>
    Operator = 3,
}

/// <summary>A margin run in the list of the last ones.</summary>
/// <param name="Run">Its number; 0 if it could not be begun.</param>
/// <param name="At">UTC ns of business time.</param>
/// <param name="Cause">Why it was begun.</param>
/// <param name="By">The operator, the time of day, the interval, or the price that moved.</param>
/// <param name="Failure">Why it did not assess every account; empty if it did, or is under way.</param>
public sealed record RunSummary(long Run, long At, RunCause Cause, string By, string Failure)
{
    internal void Write(WireWriter w)
    {
        w.Field(1, Run);
        w.Field(2, At);
        w.Field(3, (long)Cause);
        w.Field(4, By);
        w.Field(5, Failure);
    }

    internal static RunSummary Read(ReadOnlySpan<byte> body)
    {
        var summary = new RunSummary(0, 0, RunCause.None, "", "");
        var r = new WireReader(body);
        while (r.Next())
        {
            summary = r.Number switch
            {
                1 => summary with { Run = r.Int64 },
                2 => summary with { At = r.Int64 },
                3 => summary with { Cause = (RunCause)r.Int32 },
                4 => summary with { By = r.String },
                5 => summary with { Failure = r.String },
                _ => throw TradeWire.Unknown("RunSummary", r.Number),
            };
        }

        return summary;
    }
}
