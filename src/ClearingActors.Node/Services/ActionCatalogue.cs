using ClearingActors.Contracts.Actions.V1;
using ClearingActors.Contracts.Stress.V1;
using ClearingActors.Node.Principals;
using ClearingActors.Node.Settings;
using Google.Protobuf;

namespace ClearingActors.Node.Services;

/// <summary>A method that people may hand in as an action.</summary>
/// <param name="Method">As in <c>package.Service/Method</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Roles">Any of them may hand it in, approve it and decline it: those that may call the method.</param>
/// <param name="NeedsSecond">True if somebody else must approve.</param>
internal sealed record CataloguedAction(string Method, string Title, Roles Roles, bool NeedsSecond)
{
    /// <summary>Requests that change nothing, so that one person is enough.</summary>
    internal Func<IMessage, bool> IsHarmless { get; init; } = static _ => false;

    internal bool NeedsSecondFor(IMessage request) => NeedsSecond && !IsHarmless(request);

    internal ActionKind ToKind()
    {
        var kind = new ActionKind { Method = Method, Title = Title, NeedsSecond = NeedsSecond };
        kind.Roles.Add(RoleNames.Of(Roles));
        return kind;
    }
}

/// <summary>
/// What can be handed in. One person is enough for what stops something, asks for figures, or is decided by two anyway; somebody else must approve what lets something go on, moves
/// money or positions, ends a claim, or sets by which rules the house reckons.
/// </summary>
internal sealed class ActionCatalogue
{
    private const string Operations = "clearing.operations.v1.OperationsService";
    private const string Margin = "clearing.margin.v1.MarginService";
    private const string Collateral = "clearing.collateral.v1.CollateralService";
    private const string Stress = "clearing.stress.v1.StressService";
    private const string Defaults = "clearing.defaults.v1.DefaultService";
    private const Roles Operator = Roles.Operator;
    private const Roles Risk = Roles.Operator | Roles.RiskManager;

    private readonly Dictionary<string, CataloguedAction> _actions = new(StringComparer.Ordinal);

    internal ActionCatalogue(NodeSettings settings)
    {
        AtOnce(Operations, "HaltInstrument", "Halt an instrument", Risk);
        AtOnce(Operations, "HaltHouse", "Halt the whole house", Operator);
        AtOnce(Operations, "SuspendMember", "Suspend a member", Operator);
        AtOnce(Operations, "ConfirmMark", "Confirm a held mark", Risk);
        AtOnce(Operations, "DropMark", "Drop a held mark", Risk);
        AtOnce(Margin, "RunMargin", "Run margin now", Risk);
        AtOnce(Stress, "RunStress", "Run the stress scenarios now", Risk);
        AtOnce(Defaults, "TriggerDefault", "Trigger a member's default", Risk);
        AtOnce(Defaults, "DecideDefault", "Propose or approve a decision in a default", Risk);
        AtOnce(Defaults, "CloseOutAccount", "End an account's porting window", Risk);
        AtOnce(Defaults, "Reoffer", "Offer what is unsold once more", Risk);
        if (settings.BusinessClock == BusinessClockMode.Manual)
        {
            AtOnce(Operations, "RunSettlementCycle", "Run a settlement cycle", Operator);
        }

        Second(Operations, "ResumeHouse", "Resume the house", Operator);
        Second(Operations, "ResumeInstrument", "Resume an instrument", Risk);
        Second(Operations, "ReinstateMember", "Reinstate a member", Operator);
        Second(Operations, "ReleaseQuarantined", "Release what was set aside", Operator);
        Second(Operations, "BookCollateral", "Book cash collateral in or out", Operator);
        Second(Operations, "DeclareUnpaid", "Declare a payment as not made", Operator);
        Second(Operations, "SetExpiryPrice", "Fix a final price", Operator);
        Second(Operations, "SetPaymentTerms", "Set the payment terms", Operator);
        Second(Operations, "CloseAccount", "Close an account for good", Operator);
        Second(Collateral, "MoveAsset", "Book a security or coin in or out", Operator);
        Second(Collateral, "SetPrices", "Set prices of collateral", Operator);
        Second(Margin, "DecideBuffer", "Release or restore the margin buffer", Risk);
        Second(Margin, "WithdrawMarginCall", "Withdraw a margin call", Risk);
        Second(Margin, "SetRiskModel", "Set the margin model", Risk);
        Second(Stress, "SetScenarios", "Set the stress scenarios", Risk);
        Second(Stress, "SetFundTerms", "Set the terms of the default fund", Risk);
        Second(Stress, "SizeDefaultFund", "Size the default fund", Risk, static request => ((SizeDefaultFundRequest)request).DryRun);
        Second(Defaults, "SetDefaultTerms", "Set the terms of default management", Risk);
        Second(Defaults, "LiftTrigger", "Lift the trigger of a default", Risk);
        Second(Defaults, "PortAccount", "Port a client account", Risk);
        Second(Defaults, "Hedge", "Hedge what is held of a defaulter", Risk);
        Second(Defaults, "SellAsset", "Record the sale of a defaulter's asset", Risk);
        Second(Defaults, "ChargeCost", "Charge a cost to a default", Risk);
        Second(Defaults, "CloseDefault", "Close a default", Risk);
        Second(Defaults, "RecordRecovery", "Record a recovery", Risk);
    }

    /// <summary>In the order in which they are offered.</summary>
    internal IEnumerable<CataloguedAction> All => _actions.Values;

    internal CataloguedAction? Find(string method) => _actions.GetValueOrDefault(method);

    private void AtOnce(string service, string method, string title, Roles roles) => Add(new CataloguedAction($"{service}/{method}", title, roles, NeedsSecond: false));

    private void Second(string service, string method, string title, Roles roles) => Add(new CataloguedAction($"{service}/{method}", title, roles, NeedsSecond: true));

    private void Second(string service, string method, string title, Roles roles, Func<IMessage, bool> isHarmless) =>
        Add(new CataloguedAction($"{service}/{method}", title, roles, NeedsSecond: true) { IsHarmless = isHarmless });

    private void Add(CataloguedAction action) => _actions.Add(action.Method, action);
}
