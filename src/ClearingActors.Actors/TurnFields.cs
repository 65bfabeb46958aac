namespace ClearingActors.Actors;

/// <summary>Field numbers of <c>clearing.journal.v1.Turn</c> and what stands in it; the .proto file says what each means.</summary>
public static class TurnFields
{
    /// <summary>Turn.business_time.</summary>
    public const int BusinessTime = 1;

    /// <summary>Turn.steps.</summary>
    public const int Step = 2;

    /// <summary>Turn.consumed.</summary>
    public const int Consumed = 3;

    /// <summary>Step.actor_kind.</summary>
    public const int StepActorKind = 1;

    /// <summary>Step.actor_key.</summary>
    public const int StepActorKey = 2;

    /// <summary>Step.cause_shard_plus_one.</summary>
    public const int StepCauseShard = 3;

    /// <summary>Step.cause_sequence.</summary>
    public const int StepCauseSequence = 4;

    /// <summary>Step.principal.</summary>
    public const int StepPrincipal = 5;

    /// <summary>Step.timer.</summary>
    public const int StepTimer = 6;

    /// <summary>Step.events.</summary>
    public const int StepEvent = 7;

    /// <summary>Step.sent.</summary>
    public const int StepSent = 8;

    /// <summary>Step.timer_changes.</summary>
    public const int StepTimerChange = 9;

    /// <summary>Step.business_time.</summary>
    public const int StepBusinessTime = 10;

    /// <summary>Step.quarantined_because.</summary>
    public const int StepQuarantined = 11;

    /// <summary>Step.parked.</summary>
    public const int StepParked = 12;

    /// <summary>Step.released.</summary>
    public const int StepReleased = 13;

    /// <summary>Sent.to_shard.</summary>
    public const int SentToShard = 1;

    /// <summary>Sent.sequence.</summary>
    public const int SentSequence = 2;

    /// <summary>Sent.to_kind.</summary>
    public const int SentToKind = 3;

    /// <summary>Sent.to_key.</summary>
    public const int SentToKey = 4;

    /// <summary>Sent.body.</summary>
    public const int SentBody = 5;

    /// <summary>TimerChange.name.</summary>
    public const int TimerName = 1;

    /// <summary>TimerChange.due; 0 takes the timer back.</summary>
    public const int TimerDue = 2;

    /// <summary>Parked.from_shard.</summary>
    public const int ParkedFromShard = 1;

    /// <summary>Parked.sequence.</summary>
    public const int ParkedSequence = 2;

    /// <summary>Parked.body.</summary>
    public const int ParkedBody = 3;

    /// <summary>Consumed.from_shard.</summary>
    public const int ConsumedFromShard = 1;

    /// <summary>Consumed.sequence.</summary>
    public const int ConsumedSequence = 2;
}
