using ClearingActors.Contracts.Operations.V1;

namespace ClearingActors.Cli.Demo;

/// <summary>A clearing member of the demo; its trade source bears its id.</summary>
/// <param name="Id">The member's id.</param>
/// <param name="Name">A name that no firm has.</param>
public sealed record DemoMember(string Id, string Name);

/// <summary>An account of the demo.</summary>
/// <param name="Id">The account's id.</param>
/// <param name="Member">Index of its member.</param>
/// <param name="Segregation">How its assets are kept apart.</param>
/// <param name="Clients">Whom it holds positions for; empty where the house does not tell clients apart.</param>
/// <param name="Room">USD that it may trade on: its limit within the day where the house is margined, or else cash booked before the first day.</param>
public sealed record DemoAccount(string Id, int Member, AccountDefinition.Types.Segregation Segregation, IReadOnlyList<string> Clients, decimal Room);

/// <summary>
/// The members and accounts of the demo: each member has a house account and three client accounts of different segregation. All but one account have more room than
/// the flow can ever require; that one has less than a lot requires, so that what is refused for headroom does not depend on who came first.
/// </summary>
public sealed class DemoHouse
{
    /// <summary>The sources of marks: two, because a mark that jumps needs a second one.</summary>
    public static readonly IReadOnlyList<string> MarkSources = ["INDEX-A", "INDEX-B"];

    private static readonly string[] Names =
    [
        "Alder & Finch Securities", "Blackwater Clearing", "Calder Derivatives", "Dunmore Futures", "Eastmoor Capital Markets", "Fairholm Brokers", "Gansett Trading",
        "Hollins Global Markets", "Ironbridge Futures", "Juniper Street Partners", "Kestrel Execution", "Lowell & Marsh", "Merrow Prime", "Northgate Derivatives",
    ];

    /// <param name="instrument">Tells how much room is enough.</param>
    public DemoHouse(DemoInstrument instrument)
    {
        // Four times the value of the largest position that the flow may build, per position.
        var enough = decimal.Ceiling(TradeFlow.PositionLimit * DemoInstrument.Multiplier * instrument.Highest * 4 / 1_000_000) * 1_000_000;
        Members = [.. Names.Select((name, i) => new DemoMember($"M{i + 1:D2}", name))];
        var accounts = new List<DemoAccount>();
        for (var i = 0; i < Members.Count; i++)
        {
            var member = Members[i].Id;
            string[] clients = [.. Enumerable.Range(1, 5).Select(c => $"{member}-C{c}")];
            accounts.Add(new DemoAccount($"{member}-HOUSE", i, AccountDefinition.Types.Segregation.House, [], enough));
            accounts.Add(new DemoAccount($"{member}-NET", i, AccountDefinition.Types.Segregation.ClientOmnibusNet, [], enough));
            accounts.Add(new DemoAccount($"{member}-GROSS", i, AccountDefinition.Types.Segregation.ClientOmnibusGross, clients, enough * clients.Length));
            accounts.Add(new DemoAccount($"{member}-IND", i, AccountDefinition.Types.Segregation.ClientIndividual, [], enough));
        }

        Accounts = accounts;
        TinyAccount = new DemoAccount("M01-TINY", 0, AccountDefinition.Types.Segregation.ClientIndividual, [], decimal.Floor(instrument.HeadroomPerLot / 2));
    }

    /// <summary>At least 12.</summary>
    public IReadOnlyList<DemoMember> Members { get; }

    /// <summary>The accounts that trade; without <see cref="TinyAccount"/>.</summary>
    public IReadOnlyList<DemoAccount> Accounts { get; }

    /// <summary>Its cash covers no lot.</summary>
    public DemoAccount TinyAccount { get; }

    /// <summary>All accounts.</summary>
    public IEnumerable<DemoAccount> AllAccounts => Accounts.Append(TinyAccount);
}
