using ClearingActors.Actors.Fabric;
using ClearingActors.Actors.Wire;

namespace ClearingActors.Actors.Simulation;

/// <summary>
/// Packets between shards that are lost, doubled, late and overtaken. Between nodes a message passes through its encoding, as it would on a wire.
/// </summary>
public sealed class SimulatedNetwork
{
    private const int Capacity = 4_000;
    private readonly List<Flight> _flying = [];
    private readonly SimulationOptions _options;
    private readonly SimulationRandom _random;
    private readonly SimulatedClock _clock;
    private readonly SimulationTrace _trace;
    private readonly JournalAudit _audit;
    private readonly Dictionary<(int, int), long> _partitions = [];

    internal SimulatedNetwork(SimulationOptions options, SimulationRandom random, SimulatedClock clock, SimulationTrace trace, JournalAudit audit)
    {
        _options = options;
        _random = random;
        _clock = clock;
        _trace = trace;
        _audit = audit;
    }

    /// <summary>Packets under way.</summary>
    public int Flying => _flying.Count;

    /// <summary>True when packets are no longer lost, doubled or held back.</summary>
    internal bool Reliable { get; set; }

    internal void Send(int fromNode, in Packet packet)
    {
        CheckReleased(packet);
        if (!Reliable && _random.Chance(_options.Loss))
        {
            _trace.Count("packet lost");
            return;
        }

        if (_flying.Count >= Capacity)
        {
            _trace.Count("packet dropped for room");
            return;
        }

        var copies = !Reliable && _random.Chance(_options.Doubling) ? 2 : 1;
        for (var i = 0; i < copies; i++)
        {
            var late = !Reliable && _random.Chance(_options.Delay);
            _flying.Add(new Flight(fromNode, packet, _clock.ElapsedMs + (late ? _random.Between(20, 1_500) : _random.Between(0, 3))));
            if (late)
            {
                _trace.Count("packet late");
            }
        }

        if (copies > 1)
        {
            _trace.Count("packet doubled");
        }
    }

    /// <summary>Cuts two nodes off from each other.</summary>
    internal void Partition(int a, int b, long untilMs) => _partitions[(Math.Min(a, b), Math.Max(a, b))] = untilMs;

    /// <summary>Takes a due packet out at random, or none.</summary>
    internal bool TryTake(out int fromNode, out Packet packet)
    {
        for (var tries = 0; tries < 8 && _flying.Count > 0; tries++)
        {
            var at = _random.Next(_flying.Count);
            var flight = _flying[at];
            if (flight.DueMs <= _clock.ElapsedMs)
            {
                if (at > 0 && flight.DueMs > _flying[0].DueMs)
                {
                    _trace.Count("packet overtook");
                }

                _flying[at] = _flying[^1];
                _flying.RemoveAt(_flying.Count - 1);
                fromNode = flight.FromNode;
                packet = flight.Packet;
                return true;
            }
        }

        fromNode = 0;
        packet = default;
        return false;
    }

    internal bool Reaches(int from, int to)
    {
        if (from == to || Reliable || !_partitions.TryGetValue((Math.Min(from, to), Math.Max(from, to)), out var until) || until <= _clock.ElapsedMs)
        {
            return true;
        }

        _trace.Count("packet stopped by a partition");
        return false;
    }

    /// <summary>The packet as the node at the other end reads it.</summary>
    internal static Packet OverTheWire(in Packet packet, IShardProgram program)
    {
        if (packet.Message is not { } message)
        {
            return packet;
        }

        var writer = new WireWriter();
        message.Write(writer);
        var read = program.ReadMessage(message.To, message.Type, writer.Written);
        read.ReplyTo = message.ReplyTo;
        return packet with { Message = read };
    }

    /// <summary>Nothing may leave a shard before the turn that it tells of is durable.</summary>
    private void CheckReleased(in Packet packet)
    {
        switch (packet.Kind)
        {
            case PacketKind.Message when packet.Sequence > _audit.Sent(packet.From, packet.To):
                throw new InvariantBrokenException(
                    "released after durable", $"message {packet.Sequence} of shard {packet.From} to {packet.To} left while {_audit.Sent(packet.From, packet.To)} is durable");
            case PacketKind.Watermark or PacketKind.Resync when packet.Sequence > _audit.Consumed(packet.To, packet.From):
                throw new InvariantBrokenException(
                    "acknowledged after durable", $"shard {packet.From} states {packet.Sequence} of shard {packet.To} while {_audit.Consumed(packet.To, packet.From)} is durably consumed");
            default:
                break;
        }
    }

    private readonly record struct Flight(int FromNode, Packet Packet, long DueMs);
}
