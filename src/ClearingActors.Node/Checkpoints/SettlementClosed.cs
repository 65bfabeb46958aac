using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Engine;

namespace ClearingActors.Node.Checkpoints;

/// <summary>Tells from a turn's bytes whether a settlement cycle closed in it.</summary>
internal static class SettlementClosed
{
    /// <summary>True if one did. Steps of other actors are passed over.</summary>
    internal static bool IsIn(ReadOnlySpan<byte> payload)
    {
        var turn = new WireReader(payload);
        while (turn.Next())
        {
            if (turn.Number == TurnFields.Step && Closes(turn.Bytes))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Closes(ReadOnlySpan<byte> body)
    {
        var step = new WireReader(body);
        while (step.Next())
        {
            if (step.Number == TurnFields.StepActorKind && step.Int32 != ActorKinds.Settlement)
            {
                return false;
            }

            if (step.Number == TurnFields.StepEvent)
            {
                var inner = new WireReader(step.Bytes);
                if (inner.Next() && inner.Number == EventTypes.CycleClosed)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
