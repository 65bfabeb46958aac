using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain.Settlement;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>An account tells the settlement that it has not paid, so that the claim on its member is funded and kept.</summary>
internal sealed class ReportUnpaid(ActorAddress to, MissedPayment missed) : Message(to)
{
    private readonly MissedPayment _missed = missed;

    public override int Type => MessageTypes.ReportUnpaid;

    internal ref readonly MissedPayment Missed => ref _missed;

    public override void Write(WireWriter writer) => PaymentWire.Write(writer, _missed);

    internal static ReportUnpaid Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, PaymentWire.ReadMissed(body));
}
