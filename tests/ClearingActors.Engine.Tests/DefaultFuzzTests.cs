using ClearingActors.Contracts.Defaults.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace ClearingActors.Engine.Tests;

/// <summary>Requests that no honest client sends: each is answered or refused, and neither the default manager nor an account is ever set aside by one.</summary>
public sealed class DefaultFuzzTests
{
    private static readonly string[] Texts =
    [
        "", "BETA", "BETA.HOUSE", "BETA.GROSS", "ALPHA", "ALPHA.HOUSE", "ALPHA.GROSS", "GAMMA", "GAMMA.HOUSE", "CCP", "CCP.DEFAULT.1.2", "FUND.ALPHA", "SPX.FUT", "D1.1.1", "USD", "COIN", "C1", "2750",
        "-1e9", "79228162514264337593543950335", "0.0000000000000000000000000001", "not an id!", "\u0000", "\ud83d\udca3", "why not", new string('x', 600),
    ];

    private static readonly long[] Numbers = [0, 1, -1, 2, 100, 499, 1_000_00, -60_000_00, int.MaxValue, long.MaxValue, -long.MaxValue, long.MinValue, 900_000_000_000_001];

    /// <summary>What an honest client would send, so that the requests come further than to the first check.</summary>
    private static readonly Dictionary<string, string[]> Likely = new(StringComparer.Ordinal)
    {
        ["account"] = ["BETA.HOUSE", "BETA.GROSS", "ALPHA.HOUSE", "GAMMA.HOUSE"],
        ["member"] = ["ALPHA", "GAMMA", "BETA"],
        ["instrument"] = ["SPX.FUT"],
        ["price"] = ["2750"],
        ["counterparty"] = ["ALPHA.HOUSE", "GAMMA.HOUSE"],
        ["counterparty_client"] = [""],
        ["lot"] = ["D1.1.1"],
        ["currency"] = ["USD"],
        ["reason"] = ["as seen"],
    };

    private static readonly MessageDescriptor[] Requests =
    [
        TriggerDefaultRequest.Descriptor, DecideDefaultRequest.Descriptor, LiftTriggerRequest.Descriptor, PortAccountRequest.Descriptor, CloseOutAccountRequest.Descriptor, HedgeRequest.Descriptor, SellAssetRequest.Descriptor,
        ReofferRequest.Descriptor, ChargeCostRequest.Descriptor, CloseDefaultRequest.Descriptor, RecordRecoveryRequest.Descriptor, PlaceBidRequest.Descriptor, WithdrawBidRequest.Descriptor, OfferPortingRequest.Descriptor,
        SetDefaultTermsRequest.Descriptor,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_asked_of_the_default_manager_is_answered_or_refused(int seed)
    {
        await using var house = await DefaultTests.StartAsync();
        await DefaultTests.DeclareAsync(house, crashing: false);
        var random = new Random(seed);
        var answered = 0;
        for (var i = 0; i < 1_500; i++)
        {
            var request = Requests[random.Next(Requests.Length)].Parser.ParseFrom(ByteString.Empty);
            Fill(request, random, depth: 0);
            try
            {
                _ = request switch
                {
                    PlaceBidRequest bid => (object)await house.Engine.PlaceBidAsync("member:x", bid),
                    WithdrawBidRequest withdraw => await house.Engine.WithdrawBidAsync("member:x", withdraw),
                    OfferPortingRequest offer => await DoneAsync(house.Engine.OfferPortingAsync("member:x", offer)),
                    SetDefaultTermsRequest terms => await DoneAsync(house.Engine.SetDefaultTermsAsync("operator:x", terms.Terms)),
                    _ => await house.Engine.ManageDefaultAsync($"operator:{random.Next(3)}", request),
                };
                answered++;
            }
            catch (RefusedException refused)
            {
                refused.Message.ShouldNotBeEmpty();
            }
        }

        await house.Engine.QuiesceAsync();
        house.Alarms.ShouldBeEmpty();
        answered.ShouldBePositive();
        (await house.Engine.GetDefaultsAsync("auditor:x")).Defaults.Count.ShouldBePositive();
    }

    private static async Task<object> DoneAsync(Task task)
    {
        await task;
        return task;
    }

    private static void Fill(IMessage message, Random random, int depth)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            if (random.Next(10) == 0)
            {
                continue;
            }

            object? value = field.FieldType switch
            {
                FieldType.String => Likely.TryGetValue(field.Name, out var likely) && random.Next(5) > 0 ? likely[random.Next(likely.Length)] : Texts[random.Next(Texts.Length)],
                FieldType.Int64 or FieldType.SInt64 => field.Name == "number" && random.Next(5) > 0 ? 1L : Numbers[random.Next(Numbers.Length)],
                FieldType.Int32 => (int)Numbers[random.Next(9)],
                FieldType.Bool => random.Next(2) == 0,
                FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, random.Next(-1, 7)),
                FieldType.Message when depth < 2 && !field.IsRepeated => field.MessageType.Parser.ParseFrom(ByteString.Empty),
                _ => null,
            };
            if (value is null)
            {
                continue;
            }

            if (value is IMessage inner)
            {
                Fill(inner, random, depth + 1);
            }

            field.Accessor.SetValue(message, value);
        }
    }
}
