namespace ClearingActors.Actors.Fabric;

/// <summary>What passes between shards.</summary>
public enum PacketKind
{
    /// <summary>A message with its number on the channel.</summary>
    Message,

    /// <summary>The receiver of a channel states its durable watermark; the sender forgets what is at or below it.</summary>
    Watermark,

    /// <summary>As <see cref="Watermark"/>, and asks the sender to send again from there.</summary>
    Resync,

    /// <summary>The sender of a channel asks the receiver for a <see cref="Resync"/>.</summary>
    Probe,
}

/// <summary>One packet. It may be lost, doubled, delayed or overtaken; the channels make good for it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="From">The shard that sends the packet.</param>
/// <param name="To">The shard that it is for.</param>
/// <param name="Sequence">The message's number on the channel, or the watermark.</param>
/// <param name="Message">The message, else null.</param>
/// <param name="RecordedTime">The recorded time of the turn that sent the message.</param>
public readonly record struct Packet(PacketKind Kind, int From, int To, long Sequence, Message? Message, long RecordedTime);
