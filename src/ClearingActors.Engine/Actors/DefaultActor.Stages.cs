using ClearingActors.Actors;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Contracts.Journal.Defaults.V1;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using ClearingActors.Engine.Defaults;
using ClearingActors.Engine.Messages;
using Google.Protobuf;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Engine.Actors;

/// <summary>Triggers, what operators decide, and the stages of a default.</summary>
internal sealed partial class DefaultActor
{
    public override void TimerFired(string timer, Turn turn)
    {
        var parts = timer.Split('-');
        var number = long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture);
        var index = int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture);
        var d = Of(number).Default;
        switch (parts[0])
        {
            case "approve" when d.Stage == Stage.Triggered:
                Unapproved(d, turn);
                break;
            case "port" when d.Accounts[index] is { Stage: AccountStage.Porting, PortedTo: "" }:
                StartMoving(d, d.Accounts[index], turn);
                break;
            case "retry" when d.Stage == Stage.ClosingOut:
                AskAgain(d, d.Accounts[index], turn);
                break;
            case "unsold" when d.Stage == Stage.ClosingOut && d.Accounts[index].Stage == AccountStage.Unsold:
                OfferAgain(d, d.Accounts[index], turn);
                break;
            case "auction":
                CloseAuction(d, index, turn);
                break;
            case "allocate" when d.Stage == Stage.ClosingOut:
                TryAllocate(d, turn);
                break;
            case "close" when d.Stage == Stage.Allocated:
                CloseByTime(d, turn);
                break;
            default:
                break;
        }
    }

    private void Decide(DefaultCommand command, Turn turn)
    {
        switch (command.Request)
        {
            case SetDefaultTermsRequest request:
                SetTerms(request, command, turn);
                break;
            case TriggerDefaultRequest request:
                Trigger(request, command, turn);
                break;
            case DecideDefaultRequest request:
                Decide(request, command, turn);
                break;
            case LiftTriggerRequest request:
                Act(command, turn, request.Number, $"lift the trigger of default {request.Number}", request.Reason, d => d.Stage != Stage.Triggered ? $"default {d.Number} is {d.Stage}, and only what is triggered can be lifted" : null, d => Lift(d, turn));
                break;
            case PortAccountRequest request:
                Act(command, turn, request.Number, $"port account {request.Account} to member {request.Member}", request.Reason, d => RefusePort(d, request), d => Port(d, request, turn));
                break;
            case CloseOutAccountRequest request:
                Act(command, turn, request.Number, $"close account {request.Account} out at once", request.Reason,
                    d => Find(d, request.Account) is not { Stage: AccountStage.Porting, PortedTo: "" } ? $"account {request.Account} is not waiting in a porting window of default {d.Number}" : null,
                    d => StartMoving(d, Find(d, request.Account)!, turn));
                break;
            case HedgeRequest request:
                Act(command, turn, request.Number, $"hedge account {request.Account}: {request.Lots} lots of {request.Instrument} at {request.Price} with {request.Counterparty}", request.Reason, d => RefuseHedge(d, request), d => Hedge(d, request, turn), request.RequestId);
                break;
            case SellAssetRequest request:
                Act(command, turn, request.Number, $"sell {request.Units} units of {request.Asset} of account {request.Account} for {request.Proceeds?.Minor} minor units of {request.Proceeds?.Currency}", request.Reason, d => RefuseSale(d, request), d => Sell(d, request, turn), request.RequestId);
                break;
            case ReofferRequest request:
                Act(command, turn, request.Number, $"offer what account {request.Account} left once more", request.Reason,
                    d => Find(d, request.Account) is not { Stage: AccountStage.Unsold } unsold ? $"account {request.Account} has nothing unsold in default {d.Number}"
                        : unsold.Asked != unsold.Told || HasOpenLegs(d, unsold) ? $"account {request.Account} is being asked what it holds, or a trade of it is on its way; offer it again when that has ended" : null,
                    d => Reoffer(d, Find(d, request.Account)!, turn));
                break;
            case ChargeCostRequest request:
                Act(command, turn, request.Number, $"charge a cost of {request.Amount?.Minor} minor units of {request.Amount?.Currency} to account {request.Account}", request.Reason, d => RefuseCost(d, request), d => Charge(d, request, turn), request.RequestId);
                break;
            case CloseDefaultRequest request:
                Act(command, turn, request.Number, $"close default {request.Number}", request.Reason, RefuseClose, d => Close(d, turn));
                break;
            case RecordRecoveryRequest request:
                Act(command, turn, request.Number, $"record a recovery of {AmountOf(request)}", request.Reason, d => RefuseRecovery(d, request), d => Recover(d, request, turn), request.RequestId);
                break;
            case PlaceBidRequest request:
                PlaceBid(request, command, turn);
                break;
            case WithdrawBidRequest request:
                WithdrawBid(request, command, turn);
                break;
            case OfferPortingRequest request:
                OfferPorting(request, command, turn);
                break;
            case DefaultRefused refused:
                Refuse(turn, command, refused.Number, refused.Refusal.What, refused.Refusal.Why);
                break;
            default:
                throw new InvalidOperationException($"the default manager takes no {command.Request.Descriptor.Name}");
        }
    }

    /// <summary>
    /// What one operator may decide alone: it is noted with who and why, then done; or refused, which is noted too. Under a request id that was used before the same decision changes
    /// nothing, so that a command whose answer was lost can be sent again.
    /// </summary>
    private void Act(DefaultCommand command, Turn turn, long number, string what, string reason, Func<Default, string?> refuse, Action<Default> act, string requestId = "")
    {
        var refused = RefuseNumber(number) ?? RefuseReason(reason) ?? (requestId.Length > MaxRequestId ? $"a request id has at most {MaxRequestId} characters; this has {requestId.Length}" : null);
        if (refused is null && requestId.Length > 0 && Of(number).Default.Notes.FirstOrDefault(n => n.RequestId == requestId) is { } known)
        {
            if (known.What == what)
            {
                turn.Reply(command.ReplyTo, new DefaultResponse { Default = Shown(Of(number).Default, turn.BusinessTime) });
                return;
            }

            refused = $"request {requestId} of default {number} was another decision: {known.What}";
        }

        refused ??= refuse(Of(number).Default);
        if (refused is not null)
        {
            Refuse(turn, command, number, what, refused);
            return;
        }

        Emit(turn, EventTypes.DefaultNoted, new DefaultNoted { Number = number, Note = new Note { What = what, By = turn.Principal, Reason = reason, At = turn.BusinessTime, RequestId = requestId } });
        act(Of(number).Default);
        turn.Reply(command.ReplyTo, new DefaultResponse { Default = Shown(Of(number).Default, turn.BusinessTime) });
    }

    private string? RefuseNumber(long number) => number < 1 || number > _defaults.Count ? $"there is no default {number}; 1 to {_defaults.Count} are known" : null;

    private static string? RefuseReason(string reason) => reason.Length is 0 or > MaxReason ? $"a reason of 1 to {MaxReason} characters is needed; it has {reason.Length}" : null;

    private void Refuse(Turn turn, Command command, long number, string what, string why)
    {
        var known = number >= 1 && number <= _defaults.Count ? number : 0;
        Emit(turn, EventTypes.DefaultRefused, new DefaultRefused { Number = known, Refusal = new Refusal { What = what, By = turn.Principal, Why = why, At = turn.BusinessTime } });
        turn.Reply(command.ReplyTo, new Refused(why));
    }

    private void SetTerms(SetDefaultTermsRequest request, DefaultCommand command, Turn turn)
    {
        try
        {
            var terms = DefaultTermsFile.Parse(request.Terms);
            if (_defaults.Any(d => d.Default.Stage is not (Stage.Closed or Stage.Lifted) && d.Default.Currency != terms.Currency.Code))
            {
                turn.Reply(command.ReplyTo, new Refused($"a default is open in another currency; terms in {terms.Currency} are refused"));
                return;
            }
        }
        catch (FormatException e)
        {
            turn.Reply(command.ReplyTo, new Refused(e.Message));
            return;
        }

        if (request.Terms != _terms)
        {
            turn.BeginEvent(EventTypes.DefaultTermsSet).Field(1, request.Terms);
            turn.EndEvent();
            ApplyTerms(request.Terms);
        }

        turn.Reply(command.ReplyTo, new SetDefaultTermsResponse());
    }

    /// <summary>What the house reports. Without terms there is no default management; a second cause of an open default is noted.</summary>
    private void Trigger(TriggerReported trigger, Turn turn)
    {
        if (_terms.Length == 0)
        {
            return;
        }

        if (OpenOf(trigger.Member) is { } open)
        {
            Emit(turn, EventTypes.DefaultNoted, new DefaultNoted { Number = open.Number, Note = new Note { What = trigger.Detail, At = turn.BusinessTime } });
        }
        else if (RefuseTrigger(trigger.Member) is null)
        {
            Start(trigger.Member, trigger.Cause, trigger.Detail, turn);
        }
    }

    private void Trigger(TriggerDefaultRequest request, DefaultCommand command, Turn turn)
    {
        var open = OpenOf(request.Member);
        var refused = RefuseReason(request.Reason)
            ?? (_terms.Length == 0 ? "the terms of default management are not set; set them first" : null)
            ?? (open is not null ? $"member {request.Member} is in default {open.Number} already, which is {open.Stage}" : null)
            ?? RefuseTrigger(request.Member);
        if (refused is not null)
        {
            Refuse(turn, command, open?.Number ?? 0, $"trigger a default of member {request.Member}", refused);
            return;
        }

        Start(request.Member, Cause.Operator, request.Reason, turn);
        turn.Reply(command.ReplyTo, new DefaultResponse { Default = Shown(_defaults[^1].Default, turn.BusinessTime) });
    }

    private string? RefuseTrigger(string member) =>
        !MemberId.TryParse(member, out var id) ? $"\"{member}\" is no member's id"
        : id == CcpAccounts.Member ? "the clearing house itself is not put into default"
        : _scope.Directory.MemberStatusOf(id).Standing switch
        {
            MemberStanding.Active or MemberStanding.Suspended => null,
            MemberStanding.Defaulted => $"member {member} has been in default before and is out",
            _ => $"member {member} is not defined",
        };

    private Default? OpenOf(string member) => _defaults.Select(d => d.Default).FirstOrDefault(d => d.Member == member && d.Stage is not (Stage.Closed or Stage.Lifted));

    /// <summary>The member is suspended at once; whether it is in default two operators decide.</summary>
    private void Start(string member, Cause cause, string detail, Turn turn)
    {
        var terms = Terms;
        var deadline = checked(turn.BusinessTime + terms.ApprovalNs);
        Emit(turn, EventTypes.DefaultTriggered, new DefaultTriggered
        {
            Number = _defaults.Count + 1,
            Member = member,
            Cause = cause,
            Detail = detail,
            By = turn.Principal,
            At = turn.BusinessTime,
            Deadline = deadline,
            Next = terms.LiftsUnapproved ? "the trigger is lifted" : "the window begins anew",
            Currency = terms.Currency.Code,
            Digits = terms.Currency.Digits,
        });
        turn.SetTimer(TimerOf("approve", _defaults.Count), Math.Max(1, deadline));
        Stand(turn, _defaults[^1].Default, 2);
    }

    private void Stand(Turn turn, Default d, uint standing) => Send(
        turn, _scope.Book.Of(ActorKinds.Registry, ActorKinds.House), MessageTypes.ChangeStanding, new StandingChange { Number = d.Number, Member = d.Member, Standing = standing, At = turn.BusinessTime });

    private void Unapproved(Default d, Turn turn)
    {
        if (Terms.LiftsUnapproved)
        {
            Emit(turn, EventTypes.DefaultNoted, new DefaultNoted { Number = d.Number, Note = new Note { What = "nobody declared it in time: the trigger is lifted", At = turn.BusinessTime } });
            Lift(d, turn);
            return;
        }

        var deadline = checked(turn.BusinessTime + Terms.ApprovalNs);
        Enter(turn, d, Stage.Triggered, deadline, "the window begins anew", "nobody has declared it in time; the member stays suspended");
        turn.SetTimer(TimerOf("approve", d.Number), deadline);
    }

    private void Lift(Default d, Turn turn)
    {
        Enter(turn, d, Stage.Lifted, 0, "", "");
        turn.CancelTimer(TimerOf("approve", d.Number));
        Stand(turn, d, 1);
    }

    private void Enter(Turn turn, Default d, Stage stage, long deadline, string next, string blocked) =>
        Emit(turn, EventTypes.DefaultStageEntered, new DefaultStageEntered { Number = d.Number, Stage = stage, Deadline = deadline, Next = next, Blocked = blocked, At = turn.BusinessTime });

    /// <summary>Tells why a default does not go on, or that it does; nothing if that is known.</summary>
    private void Block(Turn turn, Default d, string why)
    {
        if (d.Blocked != why)
        {
            Enter(turn, d, d.Stage, d.Deadline, d.Next, why);
        }
    }

    private void Decide(DecideDefaultRequest request, DefaultCommand command, Turn turn)
    {
        var what = $"{request.Action} in default {request.Number}";
        var refused = RefuseNumber(request.Number) ?? RefuseReason(request.Reason) ?? RefuseAction(Of(request.Number), request.Action);
        var proposal = refused is null ? Of(request.Number).Default.Proposals.FirstOrDefault(p => p.Action == request.Action) : null;
        var alive = proposal is not null && IsAlive(proposal, turn.BusinessTime);
        if (refused is null && alive && proposal!.By == turn.Principal)
        {
            refused = $"{turn.Principal} has proposed it; another operator must approve";
        }

        refused ??= RefuseStep(request, alive ? proposal : null);

        if (refused is not null)
        {
            Refuse(turn, command, request.Number, what, refused);
            return;
        }

        var decision = new Decision { Action = request.Action, By = turn.Principal, Reason = request.Reason, At = turn.BusinessTime, ProposedBy = alive ? proposal!.By : "" };
        Emit(turn, EventTypes.DefaultDecided, new DefaultDecided { Number = request.Number, Decision = decision, Carried = alive });
        if (alive)
        {
            CarryOut(Of(request.Number), request.Action, turn);
        }

        turn.Reply(command.ReplyTo, new DefaultResponse { Default = Shown(Of(request.Number).Default, turn.BusinessTime) });
    }

    private bool IsAlive(Decision proposal, long now) => now - proposal.At <= Terms.ApprovalNs;

    private static string? RefuseStep(DecideDefaultRequest request, Decision? proposal) => request.Step switch
    {
        DecisionStep.Propose when proposal is not null => $"{proposal.By} has proposed it meanwhile: {proposal.Reason}; look at that and approve it",
        DecisionStep.Approve when proposal is null => "there is no such proposal any more; propose it anew",
        DecisionStep.Approve when proposal.At != request.ProposedAt => $"another proposal stands in its place, of {proposal.By}: {proposal.Reason}; look at that first",
        _ => null,
    };

    private static string? RefuseAction(DefaultSnapshot s, Action action)
    {
        var d = s.Default;
        return action switch
        {
            Action.Declare => d.Stage == Stage.Triggered ? null : $"default {d.Number} is {d.Stage}; only what is triggered can be declared",
            Action.TearUp when d.Stage == Stage.ClosingOut => s.Gather is not null ? $"a recovery of default {d.Number} is under way"
                : d.Accounts.Any(a => a.Stage == AccountStage.Unsold) ? null : $"default {d.Number} has nothing that auctions have left unsold",
            Action.HaircutGains or Action.TearUp or Action.WriteOff => d.Stage != Stage.Allocated ? $"default {d.Number} is {d.Stage}; a recovery follows the allocation of its loss"
                : s.Gather is not null ? $"a recovery of default {d.Number} is under way"
                : d.Allocation.Unallocated == 0 ? $"the loss of default {d.Number} is allocated; nothing is left to recover" : null,
            _ => $"action {(int)action} is none of 1 (declare), 2 (haircut of gains), 3 (tear-up) and 4 (write-off)",
        };
    }

    private void CarryOut(DefaultSnapshot s, Action action, Turn turn)
    {
        switch (action)
        {
            case Action.Declare:
                Declare(s.Default, turn);
                break;
            case Action.WriteOff:
                WriteOff(s, turn);
                break;
            default:
                StartGather(s, action, turn);
                break;
        }
    }

    /// <summary>From here on the member is out: every shard seizes its accounts, and the fund tells what it holds.</summary>
    private void Declare(Default d, Turn turn)
    {
        turn.CancelTimer(TimerOf("approve", d.Number));
        Enter(turn, d, Stage.Declared, 0, "every shard seizes the member's accounts", "");
        Stand(turn, d, 3);
        Send(turn, _scope.Book.Of(ActorKinds.Stress, ActorKinds.House), MessageTypes.AskFund, new FundAsked { Number = d.Number });
        SendToAllShards(turn, MessageTypes.SeizeAccounts, new SeizeAccounts { Number = d.Number, Member = d.Member });
    }

    private void Seized(AccountsSeized seized, Turn turn)
    {
        var s = Of(seized.Number);
        if (s.Seized.Contains(seized.Shard + 1))
        {
            return;
        }

        Emit(turn, EventTypes.AccountsSeized, seized);
        if (s.Seized.Count < _scope.Book.ShardCount)
        {
            return;
        }

        var d = s.Default;
        Enter(turn, d, Stage.ClosingOut, 0, "positions are ported, auctioned and settled", "");
        var until = checked(turn.BusinessTime + Terms.PortingNs);
        for (var i = 0; i < d.Accounts.Count; i++)
        {
            var account = d.Accounts[i];
            if (Terms.PortingNs > 0 && account.Segregation is (uint)Segregation.ClientOmnibusNet or (uint)Segregation.ClientOmnibusGross or (uint)Segregation.ClientIndividual)
            {
                Change(turn, d, account, AccountStage.Porting, portUntil: until);
                turn.SetTimer(TimerOf("port", d.Number, i), until);
                Ask(turn, d, account, held: false);
            }
            else
            {
                StartMoving(d, account, turn);
            }
        }

        TryAllocate(d, turn);
    }

    private void OfferPorting(OfferPortingRequest request, DefaultCommand command, Turn turn)
    {
        var refused = RefuseNumber(request.Number) ?? RefuseOffer(Of(request.Number).Default, request);
        if (refused is not null)
        {
            Refuse(turn, command, request.Number, $"offer to take over account {request.Account}", refused);
            return;
        }

        Emit(turn, EventTypes.PortingOffered, new PortingOffered { Number = request.Number, Account = request.Account, Member = request.Member, By = turn.Principal, Withdrawn = request.Withdrawn });
        turn.Reply(command.ReplyTo, new OfferPortingResponse());
    }

    private string? RefuseOffer(Default d, OfferPortingRequest request) =>
        Find(d, request.Account) is not { Stage: AccountStage.Porting } account ? $"account {request.Account} is not in a porting window of default {d.Number}"
        : request.Withdrawn && !account.Offers.Contains(request.Member) ? $"member {request.Member} has offered nothing for account {request.Account}"
        : RefuseTaker(d, request.Member);

    private string? RefuseTaker(Default d, string member) =>
        !MemberId.TryParse(member, out var id) || member == d.Member || id == CcpAccounts.Member || _scope.Directory.MemberStatusOf(id).Standing != MemberStanding.Active
            ? $"member {member} cannot take an account over: another member that is active is needed"
            : null;

    private string? RefusePort(Default d, PortAccountRequest request) =>
        Find(d, request.Account) is not { Stage: AccountStage.Porting } account ? $"account {request.Account} is not in a porting window of default {d.Number}"
        : !account.Offers.Contains(request.Member) ? $"member {request.Member} has not offered to take account {request.Account} over"
        : account.PortedTo.Length > 0 ? $"account {request.Account} is on its way to member {account.PortedTo}"
        : d.Claims.Any(c => c.Account == account.Account) ? $"account {request.Account} owes the clearing house what it has paid in its place, and does not go over with a debt; close it out"
        : RefuseTaker(d, request.Member);

    private void Port(Default d, PortAccountRequest request, Turn turn)
    {
        var account = Find(d, request.Account)!;
        Change(turn, d, account, AccountStage.Porting, portUntil: account.PortUntil, portedTo: request.Member);
        Send(turn, AccountAddress(account.Account), MessageTypes.PortAccount, new ClearingActors.Contracts.Journal.Defaults.V1.AccountPorted { Number = d.Number, Member = request.Member, Account = account.Account });
    }

    private void Ported(PortingEnded ended, Turn turn)
    {
        var d = Of(ended.Number).Default;
        var account = Of(ended.Number, ended.Account);
        if (ended.Refused.Length > 0)
        {
            // The window goes on unless it has closed meanwhile.
            Change(turn, d, account, AccountStage.Porting, portUntil: account.PortUntil, blocked: ended.Refused);
            if (account.PortUntil <= turn.BusinessTime)
            {
                StartMoving(d, account, turn);
            }

            return;
        }

        Change(turn, d, account, AccountStage.Ported, portedTo: ended.Member);
        turn.CancelTimer(TimerOf("port", d.Number, d.Accounts.IndexOf(account)));
        TryAllocate(d, turn);
    }

    private static SeizedAccount? Find(Default d, string account) => d.Accounts.FirstOrDefault(a => a.Account == account);

    private void Change(Turn turn, Default d, SeizedAccount account, AccountStage stage, long portUntil = 0, string portedTo = "", long settleAfter = 0, string blocked = "") =>
        Emit(turn, EventTypes.SeizedAccountChanged, new SeizedAccountChanged
        {
            Number = d.Number,
            Account = account.Account,
            Stage = stage,
            PortUntil = portUntil,
            PortedTo = portedTo,
            SettleAfter = Math.Max(settleAfter, account.SettleAfter),
            Blocked = blocked,
        });

    private void Apply(DefaultTriggered e) => _defaults.Add(new DefaultSnapshot
    {
        Default = new Default
        {
            Number = e.Number,
            Member = e.Member,
            Stage = Stage.Triggered,
            Cause = e.Cause,
            Detail = e.Detail,
            TriggeredBy = e.By,
            TriggeredAt = e.At,
            Deadline = e.Deadline,
            Next = e.Next,
            Currency = e.Currency,
            Digits = e.Digits,
        },
    });

    private void Apply(DefaultDecided e)
    {
        var d = Of(e.Number).Default;
        Replace(d.Proposals, d.Proposals.Where(p => p.Action != e.Decision.Action));
        (e.Carried ? d.Decisions : d.Proposals).Add(e.Decision);
    }

    private void Apply(DefaultRefused e)
    {
        if (e.Number > 0)
        {
            var refusals = Of(e.Number).Default.Refusals;
            refusals.Add(e.Refusal);
            if (refusals.Count > RefusalsKept)
            {
                refusals.RemoveAt(0);
            }
        }
    }

    private void Apply(DefaultStageEntered e)
    {
        var d = Of(e.Number).Default;
        d.DeclaredAt = e.Stage == Stage.Declared && d.Stage != Stage.Declared ? e.At : d.DeclaredAt;
        (d.Stage, d.Deadline, d.Next, d.Blocked) = (e.Stage, e.Deadline, e.Next, e.Blocked);
        if (e.Stage == Stage.Declared)
        {
            d.Claims.Add(_claims.Where(c => c.Member == d.Member));
            _claims.RemoveAll(c => c.Member == d.Member);
        }
    }

    private void Apply(Claim e)
    {
        var open = _defaults.Select(d => d.Default).FirstOrDefault(d => d.Member == e.Member && d.Stage is Stage.Declared or Stage.ClosingOut);
        (open?.Claims ?? (ICollection<Claim>)_claims).Add(e);
    }

    private void Apply(AccountsSeized e)
    {
        var s = Of(e.Number);
        s.Seized.Add(e.Shard + 1);
        var d = s.Default;
        Replace(d.Accounts, d.Accounts.Concat(e.Accounts).OrderBy(a => AccountId.Parse(a.Account)).ToList());
        for (var i = 0; i < d.Accounts.Count; i++)
        {
            d.Accounts[i].DefaultAccount = CcpAccounts.OfDefault(e.Number, i + 1).Value;
            d.Accounts[i].SettleAfter = Math.Max(d.Accounts[i].SettleAfter, 0);
        }
    }

    private void Apply(SeizedAccountChanged e)
    {
        var account = Of(e.Number, e.Account);
        (account.Stage, account.PortUntil, account.PortedTo, account.SettleAfter, account.Blocked) = (e.Stage, e.PortUntil, e.PortedTo, e.SettleAfter, e.Blocked);
    }

    private void Apply(PortingOffered e)
    {
        var offers = Of(e.Number, e.Account).Offers;
        if (e.Withdrawn)
        {
            offers.Remove(e.Member);
        }
        else if (!offers.Contains(e.Member))
        {
            offers.Add(e.Member);
        }
    }
}
