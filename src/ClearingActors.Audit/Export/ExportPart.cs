using ClearingActors.Contracts.Journal.V1;

namespace ClearingActors.Audit.Export;

/// <summary>Makes rows of what a replay shows. It holds what is under way and no more.</summary>
internal abstract class ExportPart
{
    /// <summary>A step of a turn that has been replayed; the house is as the whole turn left it.</summary>
    internal virtual void Step(ExportTurn turn, Step step)
    {
        foreach (var e in step.Events)
        {
            Event(turn, step, e);
        }
    }

    /// <summary>An event of a step.</summary>
    internal virtual void Event(ExportTurn turn, Step step, Event e)
    {
        // Most events are of no table.
    }

    /// <summary>All steps of the turn were told.</summary>
    internal virtual void TurnEnded(ExportTurn turn)
    {
    }

    /// <summary>The cut is reached: writes what is still under way.</summary>
    internal virtual void End()
    {
    }
}
