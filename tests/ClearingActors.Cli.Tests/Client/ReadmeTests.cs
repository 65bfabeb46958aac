using System.Text.RegularExpressions;
using ClearingActors.Client;
using ClearingActors.Contracts.Members.V1;
using Decimal = ClearingActors.Contracts.Common.V1.Decimal;

namespace ClearingActors.Cli.Tests.Client;

public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_readme_s_sample_works_as_it_stands_there()
    {
        await using var server = await ScriptedServer.OfTradesAsync(async (_, reader, writer, _) =>
        {
            await foreach (var request in reader.ReadAllAsync())
            {
                var answer = request.Trades[0].Novated();
                answer.Cycle = 7;
                await writer.WriteAsync(Reports.Response(answer));
            }
        });
        var output = new StringWriter();

        await SampleAsync(server.Address, "member-1", output);

        output.ToString().ShouldBe("novated in cycle 7" + Environment.NewLine);
        Squeeze(Section(Read("tests/ClearingActors.Cli.Tests/Client/ReadmeTests.cs"), "// <sample>\n", "// </sample>\n")).ShouldBe(Squeeze(Section(Read("src/ClearingActors.Client/README.md"), "```csharp", "```")
            .Replace("new Uri(\"http://localhost:5400\")", "address", StringComparison.Ordinal)));
    }

    private static async Task SampleAsync(Uri address, string token, TextWriter Console)
    {
        // <sample>
        using var connection = new ClearingConnection(address, new ClearingConnectionOptions { Token = token });
        await using var trades = connection.Members.OpenTradeStream();

        var answer = await trades.SubmitAsync(new TradeReport
        {
            Source = "M01",
            TradeId = "20200316-000001",
            Instrument = "SPX.FUT",
            Buyer = new Side { Account = "M01-HOUSE" },
            Seller = new Side { Account = "M02-NET" },
            Quantity = 10,
            Price = new Decimal { Mantissa = 238600, Exponent = -2 },
            ExecutionTime = 1584388800000000000,
        });

        if (answer.Status == TradeAnswer.Types.Status.Novated)
        {
            Console.WriteLine($"novated in cycle {answer.Cycle}");
        }

        // </sample>
    }

    private static string Section(string text, string from, string to)
    {
        var start = text.IndexOf(from, StringComparison.Ordinal) + from.Length;
        return text[start..text.IndexOf(to, start, StringComparison.Ordinal)];
    }

    private static string Squeeze(string text) => Space().Replace(text, " ").Trim();

    private static string Read(string path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "ClearingActors.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("ClearingActors.sln was not found above the test's folder");
        }

        return File.ReadAllText(Path.Combine(directory.FullName, path));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
