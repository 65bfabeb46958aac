using System.Globalization;
using ClearingActors.Actors;
using ClearingActors.Actors.Simulation;
using ClearingActors.Contracts.Defaults.V1;
using ClearingActors.Domain;
using ClearingActors.Domain.Parties;
using ClearingActors.Engine.Commands;
using Google.Protobuf;
using Action = ClearingActors.Contracts.Defaults.V1.Action;

namespace ClearingActors.Engine.Simulation;

/// <summary>What operators and members do in a default. It has a generator of its own, so that lives without defaults are what they were.</summary>
internal sealed partial class HouseWorkload
{
    private const int MaxTriggers = 3;
    private static readonly string[] Operators = ["operator:ann", "operator:ben", "operator:cat"];
    private static readonly byte[] AuctionKey = [.. Enumerable.Range(0, Defaults.BidSealer.KeyLength).Select(static i => (byte)i)];

    /// <summary>Defaults that the operators mean to declare; at least one member is never among them.</summary>
    private readonly HashSet<long> _declaring = [];
    private readonly SimulationRandom _chance;
    private readonly bool _defaulting;
    private int _triggers;

    private ActorAddress DefaultManager => _book.Of(ActorKinds.Default, ActorKinds.House);

    private DefaultLedger Cases => _ledger.Defaults;

    /// <summary>Accounts of clients too, where there is something to port.</summary>
    private Segregation SegregationOf(int account) => account switch
    {
        1 => Segregation.ClientOmnibusGross,
        2 when _defaulting => Segregation.ClientIndividual,
        4 when _defaulting => Segregation.ClientOmnibusNet,
        _ => Segregation.House,
    };

    private void SetDefaultTerms(int stage)
    {
        var format = _chance.Pick(["single_unit", "pay_as_bid", "uniform"]);
        var order = _chance.Chance(0.2) ? """ "profile": "other", "waterfall": ["defaulter_margin", "defaulter_default_fund", "default_fund", "ccp_junior_capital", "assessments"],""" : "";
        var terms = string.Create(CultureInfo.InvariantCulture, $$"""
            { "currency": "USD", "minorDigits": 2,{{order}} "approvalMinutes": {{_chance.Pick([2, 60, 3000])}}, "approvalTimeout": "{{_chance.Pick(["lift", "keep"])}}",
              "portingMinutes": {{_chance.Pick([0, 3, 30, 1500])}}, "gainsHaircutPercent": {{_chance.Pick([20, 100])}}, "closeMinutes": {{_chance.Pick([3, 1440])}},
              "auction": { "minutes": {{_chance.Pick([1, 20])}}, "rounds": {{_chance.Next(3)}}, "format": "{{format}}", "units": {{_chance.Between(1, 3)}}, "reserveMultiple": {{_chance.Pick([0, 2, 100])}} } }
            """);
        Manage("default terms", _chance.Pick(Operators), new SetDefaultTermsRequest { Terms = terms, Reason = "drawn by lot" }, stage);
    }

    /// <summary>One step in one of the defaults, or the trigger of another.</summary>
    /// <returns>False if there was nothing to do.</returns>
    private bool ManageDefaults()
    {
        if (!_defaulting || _open.Exists(static r => r.Stage > 0) || _open.Count >= MaxOpen || !_chance.Chance(_finishing ? 0.5 : 0.25))
        {
            return false;
        }

        var open = Cases.Open.ToList();
        if (!_finishing && _triggers < MaxTriggers && _chance.Chance(open.Count == 0 ? 0.2 : 0.02))
        {
            _triggers++;
            Manage("trigger", _chance.Pick(Operators), new TriggerDefaultRequest { Member = _chance.Pick(_members).Value, Reason = "drawn by lot" });
            return true;
        }

        if (_chance.Chance(0.1))
        {
            ReadDefaults();
            return true;
        }

        if (open.Count == 0 || (_finishing && _open.Count > 0))
        {
            return false;
        }

        var chosen = _chance.Pick(open);
        switch (chosen.Stage)
        {
            case Stage.Triggered: DecideTrigger(chosen); break;
            case Stage.ClosingOut: CloseOut(chosen); break;
            case Stage.Allocated: EndDefault(chosen); break;
            default: return false;
        }

        return true;
    }

    private void DecideTrigger(DefaultCase chosen)
    {
        if (_declaring.Contains(chosen.Number) || _declaring.Count < _members.Count - 1)
        {
            _declaring.Add(chosen.Number);
            Decide(chosen, Action.Declare);
        }
        else
        {
            Manage("lift", _chance.Pick(Operators), new LiftTriggerRequest { Number = chosen.Number, Reason = "drawn by lot" });
        }
    }

    /// <summary>Who proposes and who approves is drawn; the same one twice is refused.</summary>
    private void Decide(DefaultCase chosen, Action action) =>
        Manage($"decide {action}", _chance.Pick(Operators), new DecideDefaultRequest { Number = chosen.Number, Action = action, Reason = "drawn by lot" });

    private void CloseOut(DefaultCase chosen)
    {
        if (chosen.Accounts.Count == 0)
        {
            return;
        }

        var account = _chance.Pick(chosen.Accounts);
        if (account.Stage is not (AccountStage.Porting or AccountStage.Ported) && account.Own?.Assets.Count > 0 && (_finishing || _chance.Chance(0.2)))
        {
            Sell(chosen, account);
            return;
        }

        switch (account.Stage)
        {
            case AccountStage.Porting: Port(chosen, account); break;
            case AccountStage.Held or AccountStage.Unsold: Auction(chosen, account); break;
            case AccountStage.Moving or AccountStage.Settling or AccountStage.Settled when !_finishing && _chance.Chance(0.05): Charge(chosen, account); break;
            default: break;
        }
    }

    private void Port(DefaultCase chosen, SeizedAccount account)
    {
        var taker = _chance.Pick(_members).Value;
        switch (_chance.Next(5))
        {
            case 0 when account.Offers.Count > 0:
                Manage("port", _chance.Pick(Operators), new PortAccountRequest { Number = chosen.Number, Account = account.Account, Member = _chance.Pick(account.Offers), Reason = "drawn by lot" });
                break;
            case 1 when _finishing || _chance.Chance(0.2):
                Manage("close out", _chance.Pick(Operators), new CloseOutAccountRequest { Number = chosen.Number, Account = account.Account, Reason = "drawn by lot" });
                break;
            default:
                Manage("offer", $"member:{taker}", new OfferPortingRequest { Number = chosen.Number, Account = account.Account, Member = taker, Withdrawn = !_finishing && _chance.Chance(0.2) });
                break;
        }
    }

    private void Sell(DefaultCase chosen, SeizedAccount account)
    {
        var held = _chance.Pick(account.Own.Assets);
        var proceeds = new Cash { Currency = "USD", Digits = 2, Minor = _chance.Between(1, 1_000_00) };
        Manage("sell", _chance.Pick(Operators), new SellAssetRequest
        {
            Number = chosen.Number,
            Account = account.Account,
            Asset = held.Asset,
            Units = _finishing ? held.Units : _chance.Between(1, held.Units + 1),
            Proceeds = proceeds,
            Reason = "drawn by lot",
        });
    }

    private void Charge(DefaultCase chosen, SeizedAccount account)
    {
        var currency = _chance.Chance(0.7) ? Usd : Jpy;
        Manage("cost", _chance.Pick(Operators), new ChargeCostRequest
        {
            Number = chosen.Number,
            Account = account.Account,
            Amount = new Cash { Currency = currency.Code, Digits = currency.Digits, Minor = _chance.Between(1, 100_00) },
            Reason = "drawn by lot",
        });
    }

    /// <summary>Where members default, another one always has accounts that can take over.</summary>
    private MemberId MemberOf(int account, MemberId drawn) => _defaulting ? _members[Math.Max(0, account - 1) % _members.Count] : drawn;

    private void Auction(DefaultCase chosen, SeizedAccount account)
    {
        var lots = chosen.OpenLots(account.Account).ToList();
        if (lots.Count > 0)
        {
            Bid(chosen, _chance.Pick(lots));
        }
        else if (!_finishing && _chance.Chance(account.Stage == AccountStage.Unsold ? 0.1 : 0.25))
        {
            Hedge(chosen, account);
        }
        else if (account.Stage == AccountStage.Unsold && _chance.Chance(_finishing ? 1 : 0.4))
        {
            if (_chance.Chance(0.5))
            {
                Manage("reoffer", _chance.Pick(Operators), new ReofferRequest { Number = chosen.Number, Account = account.Account, Reason = "drawn by lot" });
            }
            else
            {
                Decide(chosen, Action.TearUp);
            }
        }
    }

    private void Bid(DefaultCase chosen, Lot lot)
    {
        var survivors = _members.FindAll(m => !Cases.IsDefaulter(m));
        var member = _finishing && survivors.Count > 0 ? _chance.Pick(survivors) : _chance.Pick(_members);
        if (!_finishing && _chance.Chance(0.15))
        {
            Manage("withdraw bid", $"member:{member}", new WithdrawBidRequest { Number = chosen.Number, Member = member.Value, Lot = lot.Id });
            return;
        }

        if (_accounts.FindAll(a => a.Member == member && a.Segregation != Segregation.ClientOmnibusGross) is not { Count: > 0 } own)
        {
            return;
        }

        var request = new PlaceBidRequest
        {
            Number = chosen.Number,
            Member = member.Value,
            Lot = lot.Id,
            Account = _chance.Pick(own).Account.Value,
            Amount = _finishing ? _chance.Between(0, 10_00) : _chance.Chance(0.3) ? _chance.Between(-10_00, 10_00) : _chance.Between(-20_000_00, 2_000_00),
            Currency = "USD",
            Units = _finishing || _chance.Chance(0.5) ? lot.Units : _chance.Between(1, lot.Units),
        };
        Ask("bid", 0, to => new DefaultCommand(DefaultManager, $"member:{member}", request) { ReplyTo = to }, answer =>
        {
            if (answer is PlaceBidResponse placed && !Cases.HasBid(request.Number, placed.Sequence, request.Member, placed.Commitment))
            {
                throw Broken("nothing acknowledged is lost", $"bid {placed.Sequence} of {request.Member} was answered, and no durable row has its commitment");
            }

            _cluster.Trace.Count(answer is PlaceBidResponse ? "bids answered" : "bids refused");
            return answer is PlaceBidResponse or Refused;
        });
    }

    private void Hedge(DefaultCase chosen, SeizedAccount account)
    {
        var instrument = _chance.Pick(_contracts);
        if (account.Held?.Positions.Count > 0 && _chance.Chance(0.7))
        {
            var held = _chance.Pick(account.Held.Positions).Instrument;
            instrument = _contracts.Find(c => c.Id.Value == held) ?? instrument;
        }

        var others = _accounts.FindAll(a => !Cases.IsDefaulter(a.Member) && a.Segregation != Segregation.ClientOmnibusGross);
        Manage("hedge", _chance.Pick(Operators), new HedgeRequest
        {
            Number = chosen.Number,
            Account = account.Account,
            Instrument = instrument.Id.Value,
            Lots = _chance.Between(-5, 5),
            Price = (_price[instrument.Id] / instrument.TickUnits * instrument.TickUnits / 100m).ToString(CultureInfo.InvariantCulture),
            Counterparty = _chance.Pick(others.Count > 0 && _chance.Chance(0.8) ? others : _accounts).Account.Value,
            Reason = "drawn by lot",
        });
    }

    private void EndDefault(DefaultCase chosen)
    {
        if (chosen.Unallocated > 0)
        {
            Decide(chosen, _chance.Pick([Action.HaircutGains, Action.TearUp, Action.WriteOff, Action.WriteOff]));
        }
        else if (_chance.Chance(0.3))
        {
            Recover(chosen);
        }
        else
        {
            Manage("close default", _chance.Pick(Operators), new CloseDefaultRequest { Number = chosen.Number, Reason = "drawn by lot" });
        }
    }

    private void Recover(DefaultCase chosen) =>
        Manage("recovery", _chance.Pick(Operators), new RecordRecoveryRequest { Number = chosen.Number, Amount = _chance.Between(1, 5_000_00), Reason = "drawn by lot" });

    private void Manage(string name, string by, IMessage request, int stage = 0) =>
        Ask(name, stage, to => new DefaultCommand(DefaultManager, by, request) { ReplyTo = to }, answer =>
        {
            if (answer is DefaultResponse told && told.Default.Stage > (Cases.Find(told.Default.Number)?.Furthest ?? Stage.Unspecified))
            {
                throw Broken("nothing acknowledged is lost", $"{name} was answered with default {told.Default.Number} as {told.Default.Stage}, and no durable row says so");
            }

            _cluster.Trace.Count(answer is Refused ? $"default refused: {name}" : $"default answered: {name}");
            return answer is IMessage or Refused;
        });

    /// <summary>No view tells of a bid before the close but a member of its own.</summary>
    private void ReadDefaults()
    {
        if (_chance.Chance(0.5))
        {
            Ask("read defaults", 0, to => new DefaultQuery(DefaultManager, "auditor:eve", new GetDefaultsRequest()) { ReplyTo = to }, answer =>
            {
                foreach (var auction in ((GetDefaultsResponse)answer).Defaults.SelectMany(static d => d.Auctions).Where(static a => !a.Closed))
                {
                    RequireSealed(auction);
                }

                return true;
            });
            return;
        }

        var member = _chance.Pick(_members).Value;
        Ask("read auctions", 0, to => new DefaultQuery(DefaultManager, $"member:{member}", new GetAuctionsRequest { Member = member }) { ReplyTo = to }, answer =>
        {
            foreach (var view in ((GetAuctionsResponse)answer).Auctions)
            {
                if (!view.Auction.Closed)
                {
                    RequireSealed(view.Auction);
                }

                foreach (var bid in view.Bids)
                {
                    if (Cases.Find(view.Number)?.BidderOf(bid.Sequence) is var bidder && bidder != member)
                    {
                        throw Broken("bids are sealed", $"member {member} was shown bid {bid.Sequence} of {bidder}");
                    }
                }
            }

            return true;
        });
    }

    private static void RequireSealed(Auction auction)
    {
        if (auction.Bids.Count > 0 || auction.Lots.Any(static l => l.Awards.Count > 0))
        {
            throw Broken("bids are sealed", $"auction {auction.Number} was shown with bids before its close");
        }
    }

    private void Reinstate()
    {
        var member = _chance.Pick(_members);
        Registers("suspend", 0, to => new SetSuspension(Registry, "operator:ann", member, false) { ReplyTo = to }, "");
    }

    /// <summary>With no client waiting, time and cycles move on until every default has come to its end.</summary>
    /// <returns>False if all have.</returns>
    private bool FinishDefaults()
    {
        if (!Cases.Open.Any())
        {
            return false;
        }

        if (Cases.Open.SelectMany(static c => c.LotsWithoutBid().Select(l => (Case: c, Lot: l))).FirstOrDefault() is { Lot: not null } waiting && !_chance.Chance(0.2))
        {
            Bid(waiting.Case, waiting.Lot);
            return true;
        }

        switch (_chance.Next(20))
        {
            case 0: AdvanceTime(_chance.Pick([61L, 1_300, 95_000]) * 1_000_000_000); break;
            case 1: Settle(); break;
            case 2: FixFinalPrice(); break;
            case 3: Reinstate(); break;
            default: break;
        }

        return true;
    }
}
