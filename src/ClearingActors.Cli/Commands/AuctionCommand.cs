using System.CommandLine;
using System.Globalization;
using ClearingActors.Cli.Defaults;
using ClearingActors.Cli.Stress;
using ClearingActors.Contracts.Defaults.V1;

namespace ClearingActors.Cli.Commands;

/// <summary><c>clearing auction</c>: a member bids for a defaulter's positions and offers to take its clients over (rulebook 11.3).</summary>
public static class AuctionCommand
{
    private const string Example = "--node http://127.0.0.1:50051 --token T --member ALPHA";

    /// <summary>The command.</summary>
    public static Command Create() => new("auction", "Auctions of a defaulter's positions on a running node, for members. Bids are sealed until the close.") { List(), Bid(), Withdraw(), Offer() };

    private static Option<string> Member() => new("--member") { Description = "The own member.", Required = true };

    private static Argument<string> Lot() => new("lot") { Description = "The lot, such as D1.1.1." };

    private static Command List()
    {
        var (node, member) = (new NodeOptions("a member"), Member());
        var command = new Command("list", "The lots with the own bids, and the client accounts that may be taken over.") { member };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var answer = await LiveHouse.CallAsync(() => connection.Auctions.GetAuctionsAsync(new GetAuctionsRequest { Member = parsed.GetRequiredValue(member) }, cancellation)).ConfigureAwait(false);
            DefaultTables.Write(answer, parsed.InvocationConfiguration.Output);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing auction list {Example}", "positions, margin, greeks, the reserve and when it closes"));
        return command;
    }

    private static Command Bid()
    {
        var (node, member, lot) = (new NodeOptions("a member"), Member(), Lot());
        var account = new Option<string>("--account") { Description = "The own account that takes the positions.", Required = true };
        var amount = DecimalOption.Of("--amount", "For one unit: what you pay; below zero you are paid.");
        var units = new Option<long>("--units") { Description = "How many units of the lot.", DefaultValueFactory = _ => 1 };
        var currency = new Option<string?>("--currency") { Description = "Checked against that of the auction, if it is named." };
        var command = new Command("bid", "Bids for a lot, in place of the own bid for it if there is one.") { lot, member, account, amount, units, currency };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var auctions = await LiveHouse.CallAsync(() => connection.Auctions.GetAuctionsAsync(new GetAuctionsRequest { Member = parsed.GetRequiredValue(member) }, cancellation)).ConfigureAwait(false);
            if (parsed.GetValue(currency) is { } named && named != auctions.Currency)
            {
                throw new CommandException($"--currency is {named}; bids are in {auctions.Currency}");
            }

            var id = parsed.GetRequiredValue(lot);
            var request = new PlaceBidRequest
            {
                Member = parsed.GetRequiredValue(member),
                Number = NumberOf(id),
                Lot = id,
                Account = parsed.GetRequiredValue(account),
                Amount = DefaultText.Minor("--amount", parsed.GetRequiredValue(amount), auctions.Currency, auctions.Digits),
                Currency = auctions.Currency,
                Units = parsed.GetValue(units),
            };
            var answer = await LiveHouse.CallAsync(() => connection.Auctions.PlaceBidAsync(request, cancellation)).ConfigureAwait(false);
            var output = parsed.InvocationConfiguration.Output;
            await output.WriteLineAsync($"Bid {answer.Sequence} for {id}: {DefaultText.Amount(request.Amount, auctions.Digits)} {auctions.Currency} per unit, {request.Units} units to {request.Account}.").ConfigureAwait(false);
            await output.WriteLineAsync($"Commitment {Convert.ToHexStringLower(answer.Commitment.Span)}: keep it, it proves after the close what was bid.").ConfigureAwait(false);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(
            ($"clearing auction bid D1.1.1 {Example} --account A-HOUSE --amount -125000.50", "takes the lot if it is paid 125,000.50 for it"),
            ($"clearing auction bid D1.2.1 {Example} --account A-HOUSE --amount 900 --units 5", "pays 900 for each of 5 units"));
        return command;
    }

    private static Command Withdraw()
    {
        var (node, member, lot) = (new NodeOptions("a member"), Member(), Lot());
        var command = new Command("withdraw", "Takes the own bid for a lot back.") { lot, member };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var id = parsed.GetRequiredValue(lot);
            var request = new WithdrawBidRequest { Member = parsed.GetRequiredValue(member), Number = NumberOf(id), Lot = id };
            var answer = await LiveHouse.CallAsync(() => connection.Auctions.WithdrawBidAsync(request, cancellation)).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"The bid for {id} is withdrawn.").ConfigureAwait(false);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(($"clearing auction withdraw D1.1.1 {Example}", "until the close it may be bid for again"));
        return command;
    }

    private static Command Offer()
    {
        var (node, member) = (new NodeOptions("a member"), Member());
        var number = new Argument<long>("number") { Description = "The default's number." };
        var account = new Argument<string>("account") { Description = "The client account." };
        var withdraw = new Option<bool>("--withdraw") { Description = "Takes the offer back." };
        var command = new Command("offer", "Offers to take a client account of a defaulter over, with its positions and collateral; an operator decides.") { number, account, member, withdraw };
        node.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = node.Connect(parsed);
            var request = new OfferPortingRequest { Member = parsed.GetRequiredValue(member), Number = parsed.GetRequiredValue(number), Account = parsed.GetRequiredValue(account), Withdrawn = parsed.GetValue(withdraw) };
            var answer = await LiveHouse.CallAsync(() => connection.Auctions.OfferPortingAsync(request, cancellation)).ConfigureAwait(false);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{request.Member} {(request.Withdrawn ? "no longer offers" : "offers")} to take {request.Account} over.").ConfigureAwait(false);
            LiveHouse.Write(parsed.GetValue(node.Json), answer);
            return ExitCode.Ok;
        });
        command.AddExamples(
            ($"clearing auction offer 1 B-CLIENTS {Example}", "an operator may then port it to ALPHA"),
            ($"clearing auction offer 1 B-CLIENTS {Example} --withdraw", "takes it back"));
        return command;
    }

    /// <summary>A lot's id begins with its default's number.</summary>
    private static long NumberOf(string lot) =>
        lot.StartsWith('D') && lot.IndexOf('.', StringComparison.Ordinal) is > 1 and var dot && long.TryParse(lot.AsSpan(1, dot - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new CommandException($"the lot is \"{lot}\"; an id such as D1.1.1 is needed, see clearing auction list");
}
