using ClearingActors.Engine.Actors;

namespace ClearingActors.Engine.Backtests;

/// <summary>Is told of settlement cycles while a journal is replayed, never while the house runs. It changes nothing of what it is shown.</summary>
internal interface ICycleObserver
{
    /// <summary>The next event of the shard's directory is of this type; the shard is as it was before.</summary>
    void Changing(EngineScope scope, int type);

    /// <summary>The shard has taken the prices of a cycle; its accounts are settled at them next.</summary>
    void Priced(EngineScope scope);

    /// <summary>The account has been settled in that cycle: what it holds settled is what the cycle left.</summary>
    void Settled(EngineScope scope, AccountActor account);
}
