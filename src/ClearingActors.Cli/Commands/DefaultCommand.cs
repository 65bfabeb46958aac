using System.CommandLine;
using System.Globalization;
using ClearingActors.Cli.Defaults;
using ClearingActors.Cli.Stress;
using ClearingActors.Client;
using ClearingActors.Contracts.Defaults.V1;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing default</c>: what operators decide about members in default, and what became of it (rulebook 11).</summary>
public static class DefaultCommand
{
    private const string Example = "--node http://127.0.0.1:50051 --token T";

    private delegate Task<DefaultResponse> Manage(ParseResult parsed, DefaultClient client, CancellationToken cancellation);

    /// <summary>The command.</summary>
    public static Command Create() => new("default", "Default management on a running node: operators decide, auditors read.")
    {
        List(), Show(), Trigger(), Decide("declare", Action.Declare, "Declares a triggered default: every account is seized and closed out.", "it has not paid"), Lift(), Port(), CloseOut(), Hedge(), Sell(), Reoffer(), Cost(),
        Decide("haircut", Action.HaircutGains, "Takes what is unallocated from the gains that cycles have paid since the declaration.", "all layers are used up"),
        Decide("tear-up", Action.TearUp, "Tears up what no auction has sold, against those who hold the opposite.", "no auction has sold it"),
        Decide("write-off", Action.WriteOff, "Books what no layer bears against the clearing house's remaining equity, which starts its wind-down.", "nothing else is left"),
        Recover(), Close(), Terms(),
    };

    private static Argument<long> Number() => new("number") { Description = "The default's number." };

    private static Argument<string> Account() => new("account") { Description = "The defaulter's account." };

    private static Option<string?> Request() => new("--request") { Description = "An id of your own: under it the decision is carried out once, however often it is sent.", HelpName = "ID" };

    private static Option<string> Reason() => new("--reason") { Description = "Why; recorded with who decided.", Required = true };

    private static Option<string?> Currency() => new("--currency") { Description = "The currency; the default's unless another is named." };

    private static Command List()
    {
        var node = new NodeOptions("an operator or auditor");
        var command = new Command("list", "Every default there is or was.");
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var answer = await GetAsync(node, parsed, 0, cancellation).ConfigureAwait(false);
            DefaultTables.WriteList(answer.Defaults, parsed.InvocationConfiguration.Output);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing default list {Example}", "members, stages and deadlines"));
        return command;
    }

    private static Command Show()
    {
        var node = new NodeOptions("an operator or auditor");
        var number = Number();
        var command = new Command("show", "One default: accounts, auctions, the waterfall layer by layer, what was refused.") { number };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var asked = AtLeastOne(parsed.GetRequiredValue(number));
            var answer = await GetAsync(node, parsed, asked, cancellation).ConfigureAwait(false);
            DefaultTables.Write(answer.Defaults.SingleOrDefault() ?? throw Unknown(asked), parsed.InvocationConfiguration.Output);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(
            ($"clearing default show 1 {Example}", "as tables"),
            ($"clearing default show 1 {Example} --json default-1.json", "with every trade, bid and share"));
        return command;
    }

    private static Command Trigger()
    {
        var member = new Argument<string>("member") { Description = "The member's id." };
        var reason = Reason();
        return Managing(
            new Command("trigger", "Suspends a member at once; two operators then declare its default.") { member, reason },
            (parsed, client, cancellation) => client.TriggerDefaultAsync(new TriggerDefaultRequest { Member = parsed.GetRequiredValue(member), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("trigger BRAVO --reason \"it says that it cannot pay\"", "BRAVO may not trade any more"));
    }

    private static Command Decide(string name, Action action, string description, string why)
    {
        var (number, reason) = (Number(), Reason());
        return Managing(
            new Command(name, $"{description} The first operator proposes, another one approves.") { number, reason },
            (parsed, client, cancellation) => client.DecideDefaultAsync(new DecideDefaultRequest { Number = parsed.GetRequiredValue(number), Action = action, Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ($"{name} 1 --reason \"{why}\"", "as the first: proposes it; as the second: has it done"));
    }

    private static Command Lift()
    {
        var (number, reason) = (Number(), Reason());
        return Managing(
            new Command("lift", "Takes a trigger back before it is declared: the member may trade again.") { number, reason },
            (parsed, client, cancellation) => client.LiftTriggerAsync(new LiftTriggerRequest { Number = parsed.GetRequiredValue(number), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("lift 1 --reason \"it has paid\"", "the member trades again"));
    }

    private static Command Port()
    {
        var (number, account, reason) = (Number(), Account(), Reason());
        var member = new Argument<string>("member") { Description = "The member that has offered to take it over." };
        return Managing(
            new Command("port", "Hands a client account with its collateral to a member that has offered to take it over.") { number, account, member, reason },
            (parsed, client, cancellation) => client.PortAccountAsync(
                new PortAccountRequest { Number = parsed.GetRequiredValue(number), Account = parsed.GetRequiredValue(account), Member = parsed.GetRequiredValue(member), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("port 1 B-CLIENTS CHARLIE --reason \"the clients' wish\"", "positions and collateral stay in the account, which is CHARLIE's then"));
    }

    private static Command CloseOut()
    {
        var (number, account, reason) = (Number(), Account(), Reason());
        return Managing(
            new Command("close-out", "Ends an account's porting window before its time and closes it out.") { number, account, reason },
            (parsed, client, cancellation) => client.CloseOutAccountAsync(
                new CloseOutAccountRequest { Number = parsed.GetRequiredValue(number), Account = parsed.GetRequiredValue(account), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("close-out 1 B-CLIENTS --reason \"no member takes it\"", "its positions are auctioned"));
    }

    private static Command Hedge()
    {
        var (number, account, reason) = (Number(), Account(), Reason());
        var request = Request();
        var instrument = new Option<string>("--instrument") { Description = "What is traded.", Required = true };
        var lots = new Option<long>("--lots") { Description = "From the clearing house's side: above zero it buys, below it sells.", Required = true };
        var price = DecimalOption.Of("--price", "The price.");
        var counterparty = new Option<string>("--counterparty") { Description = "The member's account on the other side.", Required = true };
        var client = new Option<string?>("--client") { Description = "The client of a gross omnibus counterparty." };
        return Managing(
            new Command("hedge", "A trade of the clearing house's against the risk of what it holds of an account.") { number, account, instrument, lots, price, counterparty, client, reason, request },
            (parsed, calls, cancellation) => calls.HedgeAsync(
                new HedgeRequest
                {
                    Number = parsed.GetRequiredValue(number),
                    Account = parsed.GetRequiredValue(account),
                    Instrument = parsed.GetRequiredValue(instrument),
                    Lots = parsed.GetRequiredValue(lots),
                    Price = parsed.GetRequiredValue(price).ToString(CultureInfo.InvariantCulture),
                    Counterparty = parsed.GetRequiredValue(counterparty),
                    CounterpartyClient = parsed.GetValue(client) ?? "",
                    Reason = parsed.GetRequiredValue(reason),
                    RequestId = parsed.GetValue(request) ?? "",
                },
                cancellation),
            ("hedge 1 B-HOUSE --instrument ES --lots -200 --price 4990.25 --counterparty A-HOUSE --reason \"half of the delta\"", "sells 200 lots against what is held of B-HOUSE"));
    }

    private static Command Sell()
    {
        var (number, account, reason, currency) = (Number(), Account(), Reason(), Currency());
        var request = Request();
        var asset = new Option<string>("--asset") { Description = "The security or coin.", Required = true };
        var units = new Option<long>("--units") { Description = "How many of its smallest fractions: 100000000 for one coin of 8 decimal places.", Required = true };
        var proceeds = DecimalOption.Of("--proceeds", "What they brought.");
        return Managing(
            new Command("sell", "Records that a security or coin of the defaulter was sold.") { number, account, asset, units, proceeds, currency, reason, request },
            async (parsed, client, cancellation) => await client.SellAssetAsync(
                new SellAssetRequest
                {
                    Number = parsed.GetRequiredValue(number),
                    Account = parsed.GetRequiredValue(account),
                    Asset = parsed.GetRequiredValue(asset),
                    Units = parsed.GetRequiredValue(units),
                    Proceeds = await CashAsync(client, parsed, number, proceeds, currency, cancellation).ConfigureAwait(false),
                    Reason = parsed.GetRequiredValue(reason),
                    RequestId = parsed.GetValue(request) ?? "",
                },
                cancellation).ConfigureAwait(false),
            ("sell 1 B-HOUSE --asset BUND.2030 --units 50000 --proceeds 49120.50 --reason \"best of three quotes\"", "the units leave, the cash comes"));
    }

    private static Command Reoffer()
    {
        var (number, account, reason) = (Number(), Account(), Reason());
        return Managing(
            new Command("reoffer", "Offers what no auction has sold of an account once more.") { number, account, reason },
            (parsed, client, cancellation) => client.ReofferAsync(
                new ReofferRequest { Number = parsed.GetRequiredValue(number), Account = parsed.GetRequiredValue(account), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("reoffer 1 B-HOUSE --reason \"the market is calm\"", "another auction"));
    }

    private static Command Cost()
    {
        var (number, account, reason, currency) = (Number(), Account(), Reason(), Currency());
        var request = Request();
        var amount = DecimalOption.Of("--amount", "The cost, above zero.");
        return Managing(
            new Command("cost", "Charges a cost of managing the default to the loss of an account.") { number, account, amount, currency, reason, request },
            async (parsed, client, cancellation) => await client.ChargeCostAsync(
                new ChargeCostRequest
                {
                    Number = parsed.GetRequiredValue(number),
                    Account = parsed.GetRequiredValue(account),
                    Amount = await CashAsync(client, parsed, number, amount, currency, cancellation).ConfigureAwait(false),
                    Reason = parsed.GetRequiredValue(reason),
                    RequestId = parsed.GetValue(request) ?? "",
                },
                cancellation).ConfigureAwait(false),
            ("cost 1 B-HOUSE --amount 12500 --request INV-77 --reason \"the broker's invoice 77\"", "the loss grows by it"));
    }

    private static Command Recover()
    {
        var (number, reason) = (Number(), Reason());
        var request = Request();
        var amount = DecimalOption.Of("--amount", "What was recovered, in the default's currency.");
        return Managing(
            new Command("recover", "Records what came back after all: it repays the layers in reverse order.") { number, amount, reason, request },
            async (parsed, client, cancellation) => await client.RecordRecoveryAsync(
                new RecordRecoveryRequest
                {
                    Number = parsed.GetRequiredValue(number),
                    Amount = (await CashAsync(client, parsed, number, amount, null, cancellation).ConfigureAwait(false)).Minor,
                    Reason = parsed.GetRequiredValue(reason),
                    RequestId = parsed.GetValue(request) ?? "",
                },
                cancellation).ConfigureAwait(false),
            ("recover 1 --amount 250000 --reason \"the estate's first dividend\"", "the last layer that lost is repaid first"));
    }

    private static Command Close()
    {
        var (number, reason) = (Number(), Reason());
        return Managing(
            new Command("close", "Closes a default whose loss is borne in full; what is left goes back.") { number, reason },
            (parsed, client, cancellation) => client.CloseDefaultAsync(new CloseDefaultRequest { Number = parsed.GetRequiredValue(number), Reason = parsed.GetRequiredValue(reason) }, cancellation),
            ("close 1 --reason \"every cent is accounted for\"", "refused while a part of the loss is borne by nobody"));
    }

    private static Command Terms()
    {
        var node = new NodeOptions("an operator");
        var file = new Argument<FileInfo>("file") { Description = "The terms, JSON with comments." };
        var reason = Reason();
        var command = new Command("terms", "Sets the terms of default management.") { file, reason };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var request = new SetDefaultTermsRequest { Terms = LiveHouse.Text(parsed.GetRequiredValue(file).FullName), Reason = parsed.GetRequiredValue(reason) };
            var answer = await LiveHouse.CallAsync(() => connection.Defaults.SetDefaultTermsAsync(request, cancellation)).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync("The terms are set.").ConfigureAwait(false);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing default terms config/default-terms.json {Example} --reason \"board of 12 March\"", "checked as a whole; a fault changes nothing"));
        return command;
    }

    /// <summary>A decision about one default; the default as it is then is shown.</summary>
    private static Command Managing(Command command, Manage manage, (string CommandLine, string What) example)
    {
        var node = new NodeOptions("an operator");
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var answer = await LiveHouse.CallAsync(() => manage(parsed, connection.Defaults, cancellation)).ConfigureAwait(false);
            DefaultTables.Write(answer.Default, parsed.InvocationConfiguration.Output);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing default {example.CommandLine} {Example}", example.What));
        return command;
    }

    private static async Task<GetDefaultsResponse> GetAsync(NodeOptions node, ParseResult parsed, long number, CancellationToken cancellation)
    {
        using var connection = node.Connect(parsed);
        return await LiveHouse.CallAsync(() => connection.Defaults.GetDefaultsAsync(new GetDefaultsRequest { Number = number }, cancellation)).ConfigureAwait(false);
    }

    /// <summary>An amount of the command line in whole minor units; the digits are those of the default or of the cash that its accounts hold.</summary>
    private static async Task<Cash> CashAsync(DefaultClient client, ParseResult parsed, Argument<long> number, Option<decimal> amount, Option<string?>? currency, CancellationToken cancellation)
    {
        var asked = AtLeastOne(parsed.GetRequiredValue(number));
        var d = (await client.GetDefaultsAsync(new GetDefaultsRequest { Number = asked }, cancellation).ConfigureAwait(false)).Defaults.SingleOrDefault() ?? throw Unknown(asked);
        var known = d.Accounts.SelectMany(a => new[] { a.Own, a.Held }).SelectMany(h => h?.Cash ?? []).Append(new Cash { Currency = d.Currency, Digits = d.Digits }).DistinctBy(c => c.Currency).ToList();
        var code = (currency is null ? null : parsed.GetValue(currency)) ?? d.Currency;
        var found = known.FirstOrDefault(c => c.Currency == code)
            ?? throw new CommandException($"--currency is {code}; the default has {string.Join(", ", known.Select(c => c.Currency).Order(StringComparer.Ordinal))}: exchange it and name the amount in one of these");
        return new Cash { Currency = code, Digits = found.Digits, Minor = DefaultText.Minor(amount.Name, parsed.GetRequiredValue(amount), code, found.Digits) };
    }

    private static long AtLeastOne(long number) => number >= 1 ? number : throw new CommandException($"the default's number is {number}; 1 or more is needed, see clearing default list");

    private static CommandException Unknown(long number) => new($"there is no default {number}; see clearing default list");
}
