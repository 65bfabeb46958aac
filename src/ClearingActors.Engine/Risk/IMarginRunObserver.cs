using ClearingActors.Domain.Margin;
using ClearingActors.Engine.Actors;
using ClearingActors.Engine.Messages;

namespace ClearingActors.Engine.Risk;

/// <summary>Is told of margin runs while a journal is replayed, never while the house runs. It changes nothing of what it is shown.</summary>
internal interface IMarginRunObserver
{
    /// <summary>A run has fixed its inputs.</summary>
    void Started(MarginInputs inputs);

    /// <summary>The next event is what a run found of the account; shard and account are as the run found them.</summary>
    void Assessed(EngineScope scope, AccountActor account, MarginAssessed recorded);
}
