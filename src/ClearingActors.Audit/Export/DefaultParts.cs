using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Contracts.Journal.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine;
using ClearingActors.Engine.Actors;

namespace ClearingActors.Audit.Export;

/// <summary>The defaults as the default manager has them at the cut.</summary>
internal abstract class DefaultsAtCut(HouseReplay house) : ExportPart
{
    private protected IEnumerable<Default> Defaults()
    {
        if (house.Find<DefaultActor>(ActorKinds.Default) is not { } manager)
        {
            return [];
        }

        var writer = new WireWriter(64 * 1024);
        manager.Save(writer, new SnapshotParts(new HashSet<string>(StringComparer.Ordinal)));
        return DefaultManagerSnapshot.Parser.ParseFrom(writer.Written).Defaults.Select(d => d.Default);
    }
}

/// <summary>A row per default.</summary>
internal sealed class DefaultPart(HouseReplay house, RowWriter rows) : DefaultsAtCut(house)
{
    internal override void End()
    {
        foreach (var d in Defaults())
        {
            rows.Integer(d.Number).Text(d.Member).Text(Words.Of(d.Stage)).Text(Words.Of(d.Cause)).Text(d.Detail).Text(d.TriggeredBy).Time(d.TriggeredAt).Time(d.DeclaredAt)
                .Text(d.Currency).Integer(d.Digits);
            var row = d.Allocation is { } allocation ? rows.Minor(allocation.Loss, d.Digits).Minor(allocation.Unallocated, d.Digits) : rows.NoMinor().NoMinor();
            row.Minor(d.Recoveries.Sum(r => r.Amount), d.Digits).Flag(d.WindDown).End();
        }
    }
}

/// <summary>The defaulter's accounts and what came of them.</summary>
internal sealed class DefaultAccountPart(HouseReplay house, RowWriter rows) : DefaultsAtCut(house)
{
    internal override void End()
    {
        foreach (var d in Defaults())
        {
            foreach (var account in d.Accounts)
            {
                rows.Integer(d.Number).Text(account.Account).Text(Words.Of((Segregation)account.Segregation)).Text(Words.Of(account.Stage)).Text(account.DefaultAccount).Text(account.PortedTo)
                    .Text(d.Currency).Integer(d.Digits);
                var row = account.Loss is { } loss
                    ? rows.Minor(loss.Loss, d.Digits).Minor(loss.OwnUsed, d.Digits).Minor(loss.Shortfall, d.Digits).Minor(loss.FromHouse, d.Digits)
                    : rows.NoMinor().NoMinor().NoMinor().NoMinor();
                row.End();
            }
        }
    }
}

/// <summary>Every stage that a default entered.</summary>
internal sealed class DefaultStagePart(RowWriter rows) : ExportPart
{
    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.DefaultTriggered is { } triggered)
        {
            Write(turn, triggered.Number, Stage.Triggered, triggered.At, triggered.Deadline, triggered.Next, "");
        }
        else if (e.DefaultStageEntered is { } entered)
        {
            Write(turn, entered.Number, entered.Stage, entered.At, entered.Deadline, entered.Next, entered.Blocked);
        }
    }

    private void Write(ExportTurn turn, long number, Stage stage, long at, long deadline, string next, string blocked) =>
        rows.Integer(number).Text(Words.Of(stage)).Time(at).Time(deadline).Text(next).Text(blocked).Time(turn.RecordedTime).Text(turn.Name).End();
}

/// <summary>What each layer gave for a loss or got back, and from whom.</summary>
internal sealed class DefaultLayerPart(RowWriter rows, bool shares) : ExportPart
{
    private readonly Dictionary<long, (string Currency, int Digits)> _money = [];

    internal override void Event(ExportTurn turn, Step step, Event e)
    {
        if (e.DefaultTriggered is { } triggered)
        {
            _money[triggered.Number] = (triggered.Currency, triggered.Digits);
        }
        else if (e.LossAllocated is { } allocated)
        {
            Write(turn, allocated.Number, "allocation", allocated.Allocation.Layers);
        }
        else if (e.RecoveryTaken is { } taken)
        {
            Write(turn, taken.Number, "recovery_tool", [taken.Layer]);
        }
        else if (e.RecoveryRecorded is { } recorded)
        {
            Write(turn, recorded.Number, "repayment", recorded.Recovery.Repaid);
        }
    }

    private void Write(ExportTurn turn, long number, string why, IEnumerable<LayerUse> layers)
    {
        var (currency, digits) = _money[number];
        foreach (var layer in layers)
        {
            if (!shares)
            {
                rows.Integer(number).Text(why).Text(layer.Layer).Text(currency).Integer(digits).Minor(layer.Available, digits).Minor(layer.Used, digits).Time(turn.RecordedTime).Text(turn.Name).End();
                continue;
            }

            foreach (var share in layer.ByMember)
            {
                rows.Integer(number).Text(why).Text(layer.Layer).Text(share.Member).Text(currency).Integer(digits).Minor(share.Amount, digits).Text(turn.Name).End();
            }
        }
    }
}
