using ClearingActors.Actors;
using ClearingActors.Engine.Commands;

namespace ClearingActors.Engine.Actors;

/// <summary>Callers whose answer is ready and waits only for another actor to be done: they get it then, or hear that the outcome is unknown.</summary>
internal sealed class ForwardedAnswer(IReadOnlyList<ReplyTo> waiting, object answer) : IReplySink
{
    public void Reply(long token, object done)
    {
        foreach (var caller in waiting)
        {
            caller.Sink?.Reply(caller.Token, done is Done ? answer : done);
        }
    }
}
