using ClearingActors.Actors;
using ClearingActors.Actors.Wire;
using ClearingActors.Domain;
using ClearingActors.Domain.Margin;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Wire;

namespace ClearingActors.Engine.Messages;

/// <summary>
/// The named inputs of a margin run: whoever has the journal finds them by these, computes again, and must come to the same bits (rulebook 8.9). The marks are the run's
/// own list; the scenario set and the model follow from the risk book and are named by their hashes.
/// </summary>
/// <param name="Run">From 1; the house's runs are numbered without gaps.</param>
/// <param name="At">UTC ns of business time.</param>
/// <param name="ScenarioSet">SHA-256 in hexadecimal.</param>
/// <param name="ModelVersion">SHA-256 in hexadecimal.</param>
/// <param name="Marks">By instrument; each with a mark or, without one, its last settlement price.</param>
public sealed record MarginInputs(long Run, long At, string ScenarioSet, string ModelVersion, IReadOnlyList<PricePoint> Marks)
{
    /// <summary>What assets are worth and what currencies cost in each other.</summary>
    public CollateralPrices Collateral { get; init; } = CollateralPrices.None;

    /// <summary>Why the run was begun.</summary>
    public RunCause Cause { get; init; } = RunCause.Operator;

    /// <summary>The operator, the time of day, the interval, or the price that moved.</summary>
    public string By { get; init; } = "";

    /// <summary>True if the 25 % buffer may be used up.</summary>
    public bool BufferReleased { get; init; }

    /// <summary>How many shards are at work at once, one behind the other in steps of it; 0 in old journals: all.</summary>
    internal int ShardsAtOnce { get; init; }

    internal void Write(WireWriter w)
    {
        w.Field(1, Run);
        w.Field(2, At);
        w.Field(3, ScenarioSet);
        w.Field(4, ModelVersion);
        foreach (var mark in Marks)
        {
            PricePoint.Write(w, 5, mark);
        }

        CollateralWire.WritePrices(w, 140, Collateral.Assets);
        CollateralWire.WriteRates(w, 141, Collateral.Rates);
        w.Field(152, BufferReleased);
        w.Field(160, (long)Cause);
        w.Field(161, By);
        w.Field(162, ShardsAtOnce);
    }

    internal static MarginInputs Read(ReadOnlySpan<byte> body)
    {
        long run = 0, at = 0;
        string scenarios = "", model = "";
        List<PricePoint> marks = [];
        List<AssetPrice> assets = [];
        List<ExchangeRate> rates = [];
        var cause = RunCause.None;
        var by = "";
        var released = false;
        var atOnce = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: at = r.Int64; break;
                case 3: scenarios = IdPool.Intern(r.Bytes); break;
                case 4: model = IdPool.Intern(r.Bytes); break;
                case 5: marks.Add(PricePoint.Read(r.Bytes)); break;
                case 140: assets.Add(CollateralWire.ReadPrice(r.Bytes)); break;
                case 141: rates.Add(CollateralWire.ReadRate(r.Bytes)); break;
                case 160: cause = (RunCause)r.Int32; break;
                case 161: by = r.String; break;
                case 152: released = r.Bool; break;
                case 162: atOnce = r.Int32; break;
                default: throw TradeWire.Unknown("MarginInputs", r.Number);
            }
        }

        return new MarginInputs(run, at, scenarios, model, marks) { Cause = cause, By = by, Collateral = new CollateralPrices(assets, rates), BufferReleased = released, ShardsAtOnce = atOnce };
    }
}

/// <summary>A margin run has a shard assess its accounts.</summary>
internal sealed class AssessMargin(ActorAddress to, MarginInputs inputs) : Message(to)
{
    public override int Type => MessageTypes.AssessMargin;

    internal MarginInputs Inputs { get; } = inputs;

    public override void Write(WireWriter writer) => Inputs.Write(writer);

    internal static AssessMargin Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, MarginInputs.Read(body));
}

/// <summary>What a run came to in one currency; minor units.</summary>
/// <param name="Currency">The margin currency.</param>
/// <param name="Accounts">Accounts assessed.</param>
/// <param name="Requirement">Their requirements.</param>
/// <param name="Shortfall">The sum of what is missing where the excess is below zero.</param>
/// <param name="Calls">Calls issued.</param>
/// <param name="Called">What they ask for.</param>
public readonly record struct MarginTotal(Currency Currency, long Accounts, Int128 Requirement, Int128 Shortfall, long Calls, Int128 Called)
{
    internal static void Write(WireWriter w, int field, in MarginTotal total)
    {
        var start = w.Begin(field);
        w.Field(1, total.Currency.Code);
        w.Field(2, total.Currency.Digits);
        w.Field(3, total.Accounts);
        WriteWide(w, 4, total.Requirement);
        WriteWide(w, 5, total.Shortfall);
        w.Field(6, total.Calls);
        WriteWide(w, 7, total.Called);
        w.End(start);
    }

    internal static MarginTotal Read(ReadOnlySpan<byte> body)
    {
        var code = "";
        var digits = 0;
        var total = default(MarginTotal);
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: code = IdPool.Intern(r.Bytes); break;
                case 2: digits = r.Int32; break;
                case 3: total = total with { Accounts = r.Int64 }; break;
                case 4: total = total with { Requirement = ReadWide(r.Bytes) }; break;
                case 5: total = total with { Shortfall = ReadWide(r.Bytes) }; break;
                case 6: total = total with { Calls = r.Int64 }; break;
                case 7: total = total with { Called = ReadWide(r.Bytes) }; break;
                default: throw TradeWire.Unknown("MarginTotal", r.Number);
            }
        }

        return total with { Currency = new Currency(code, digits) };
    }

    public static MarginTotal operator +(in MarginTotal left, in MarginTotal right) => new(
        left.Currency,
        left.Accounts + right.Accounts,
        checked(left.Requirement + right.Requirement),
        checked(left.Shortfall + right.Shortfall),
        left.Calls + right.Calls,
        checked(left.Called + right.Called));

    internal static void WriteWide(WireWriter w, int field, Int128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        w.Field(field, bytes);
    }

    internal static Int128 ReadWide(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadInt128BigEndian(bytes);
}

/// <summary>A shard tells a margin run what came of it: totals, or why it could not; then none of its accounts was changed.</summary>
internal sealed class ReportAssessed(ActorAddress to, long run, int shard, IReadOnlyList<MarginTotal> totals, string failure) : Message(to)
{
    public override int Type => MessageTypes.ReportAssessed;

    internal long Run { get; } = run;

    internal int Shard { get; } = shard;

    internal IReadOnlyList<MarginTotal> Totals { get; } = totals;

    internal string Failure { get; } = failure;

    /// <summary>True if the shard was told to assess, so that the next may be; false if the run ended before that.</summary>
    internal bool Assessed { get; init; }

    public override void Write(WireWriter writer)
    {
        WriteBody(writer, Run, Shard, Totals, Failure);
        writer.Field(5, Assessed);
    }

    internal static void WriteBody(WireWriter w, long run, int shard, IReadOnlyList<MarginTotal> totals, string failure)
    {
        w.Field(1, run);
        w.Field(2, shard);
        foreach (var total in totals)
        {
            MarginTotal.Write(w, 3, total);
        }

        w.Field(4, failure);
    }

    internal static ReportAssessed Read(ActorAddress to, ReadOnlySpan<byte> body)
    {
        long run = 0;
        var shard = 0;
        var assessed = false;
        var failure = "";
        List<MarginTotal> totals = [];
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: run = r.Int64; break;
                case 2: shard = r.Int32; break;
                case 3: totals.Add(MarginTotal.Read(r.Bytes)); break;
                case 4: failure = r.String; break;
                case 5: assessed = r.Bool; break;
                default: throw TradeWire.Unknown("ShardAssessed", r.Number);
            }
        }

        return new ReportAssessed(to, run, shard, totals, failure) { Assessed = assessed };
    }
}

/// <summary>A call was missed: what the default manager acts upon.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Member">Its member.</param>
/// <param name="Call">The call's number in the account.</param>
/// <param name="Missing">What had not come.</param>
/// <param name="At">UTC ns of business time.</param>
public sealed record MissedCall(AccountId Account, MemberId Member, long Call, Money Missing, long At)
{
    internal void Write(WireWriter w)
    {
        w.Field(1, Account.Value);
        w.Field(2, Member.Value);
        w.Field(3, Call);
        w.Field(4, Missing.Currency.Code);
        w.Field(5, Missing.Currency.Digits);
        w.Field(6, Missing.MinorUnits);
        w.Field(7, At);
    }

    internal static MissedCall Read(ReadOnlySpan<byte> body)
    {
        AccountId account = default;
        MemberId member = default;
        long call = 0, missing = 0, at = 0;
        var code = "";
        var digits = 0;
        var r = new WireReader(body);
        while (r.Next())
        {
            switch (r.Number)
            {
                case 1: account = Ids.Account(r.Bytes); break;
                case 2: member = Ids.Member(r.Bytes); break;
                case 3: call = r.Int64; break;
                case 4: code = IdPool.Intern(r.Bytes); break;
                case 5: digits = r.Int32; break;
                case 6: missing = r.Int64; break;
                case 7: at = r.Int64; break;
                default: throw TradeWire.Unknown("MissedCall", r.Number);
            }
        }

        return new MissedCall(account, member, call, new Money(missing, new Currency(code, digits)), at);
    }
}

/// <summary>An account hands a missed call to the margin runs, where the default manager will find it.</summary>
internal sealed class ReportMissedCall(ActorAddress to, MissedCall missed) : Message(to)
{
    public override int Type => MessageTypes.ReportMissedCall;

    internal MissedCall Missed { get; } = missed;

    public override void Write(WireWriter writer) => Missed.Write(writer);

    internal static ReportMissedCall Read(ActorAddress to, ReadOnlySpan<byte> body) => new(to, MissedCall.Read(body));
}
