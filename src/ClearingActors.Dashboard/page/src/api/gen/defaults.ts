// Generated from the .proto files by the test PageTypesTests; do not edit.

export interface AccountLoss {
  loss: string;
  ownUsed: string;
  shortfall: string;
  fromHouse: string;
  conversions: Conversion[];
}

export type AccountStage =
  | 'ACCOUNT_STAGE_UNSPECIFIED'
  | 'ACCOUNT_STAGE_PORTING'
  | 'ACCOUNT_STAGE_PORTED'
  | 'ACCOUNT_STAGE_MOVING'
  | 'ACCOUNT_STAGE_HELD'
  | 'ACCOUNT_STAGE_UNSOLD'
  | 'ACCOUNT_STAGE_SETTLING'
  | 'ACCOUNT_STAGE_SETTLED';

export type Action =
  | 'ACTION_UNSPECIFIED'
  | 'ACTION_DECLARE'
  | 'ACTION_HAIRCUT_GAINS'
  | 'ACTION_TEAR_UP'
  | 'ACTION_WRITE_OFF';

export interface Allocation {
  loss: string;
  layers: LayerUse[];
  unallocated: string;
  at: string;
  segments: FundSegment[];
}

export interface AssetUnits {
  asset: string;
  units: string;
}

export interface Auction {
  number: string;
  account: string;
  openedAt: string;
  closesAt: string;
  closed: boolean;
  lots: Lot[];
  bids: OpenedBid[];
  failure: string;
}

export interface AuctionView {
  number: string;
  auction?: Auction;
  bids: OwnBid[];
}

export interface Award {
  member: string;
  account: string;
  units: string;
  amount: string;
}

export interface BidContent {
  account: string;
  amount: string;
  units: string;
  nonce: string;
}

export interface Cash {
  currency: string;
  digits: number;
  minor: string;
}

export type Cause =
  | 'CAUSE_UNSPECIFIED'
  | 'CAUSE_MISSED_CALL'
  | 'CAUSE_MISSED_PAYMENT'
  | 'CAUSE_OPERATOR';

export interface ChargeCostRequest {
  number: string;
  account: string;
  amount?: Cash;
  reason: string;
  requestId: string;
}

export interface Claim {
  account: string;
  member: string;
  amount?: Cash;
  cycle: string;
}

export interface CloseDefaultRequest {
  number: string;
  reason: string;
}

export interface CloseOutAccountRequest {
  number: string;
  account: string;
  reason: string;
}

export interface Conversion {
  from?: Cash;
  to?: Cash;
  rate: string;
}

export interface DecideDefaultRequest {
  number: string;
  action: Action;
  reason: string;
  step: DecisionStep;
  proposedAt: string;
}

export interface Decision {
  action: Action;
  by: string;
  reason: string;
  at: string;
  proposedBy: string;
}

export type DecisionStep =
  | 'DECISION_STEP_UNSPECIFIED'
  | 'DECISION_STEP_PROPOSE'
  | 'DECISION_STEP_APPROVE';

export interface Default {
  number: string;
  member: string;
  stage: Stage;
  cause: Cause;
  detail: string;
  triggeredBy: string;
  triggeredAt: string;
  declaredAt: string;
  deadline: string;
  next: string;
  blocked: string;
  currency: string;
  digits: number;
  decisions: Decision[];
  proposals: Decision[];
  refusals: Refusal[];
  accounts: SeizedAccount[];
  legs: Leg[];
  auctions: Auction[];
  allocation?: Allocation;
  recoveries: Recovery[];
  contributions: MemberShare[];
  windDown: boolean;
  claims: Claim[];
  notes: Note[];
}

export interface DefaultResponse {
  default?: Default;
}

export interface FundSegment {
  lot: string;
  amount: string;
  tiers: MemberTier[];
}

export interface GetAuctionsRequest {
  member: string;
}

export interface GetAuctionsResponse {
  auctions: AuctionView[];
  portable: PortableAccount[];
  currency: string;
  digits: number;
}

export interface GetDefaultsRequest {
  number: string;
}

export interface GetDefaultsResponse {
  defaults: Default[];
  terms: string;
}

export interface Greeks {
  instrument: string;
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
}

export interface HedgeRequest {
  number: string;
  account: string;
  instrument: string;
  lots: string;
  price: string;
  counterparty: string;
  counterpartyClient: string;
  reason: string;
  requestId: string;
}

export interface HeldLots {
  instrument: string;
  client: string;
  lots: string;
}

export interface Holdings {
  positions: HeldLots[];
  cash: Cash[];
  assets: AssetUnits[];
  cycle: string;
  lastPaid: string;
}

export interface LayerUse {
  layer: string;
  available: string;
  used: string;
  byMember: MemberShare[];
  byTier: MemberTier[];
}

export interface Leg {
  number: string;
  account: string;
  purpose: Leg_Purpose;
  buyer: string;
  buyerClient: string;
  seller: string;
  sellerClient: string;
  instrument: string;
  lots: string;
  price: string;
  outcome: number;
  reason: number;
  cycle: string;
  lot: string;
  inPlaceOf: string;
  replacedBy: string;
}

export type Leg_Purpose =
  | 'PURPOSE_UNSPECIFIED'
  | 'PURPOSE_MOVE'
  | 'PURPOSE_AWARD'
  | 'PURPOSE_HEDGE'
  | 'PURPOSE_TEAR_UP';

export interface LiftTriggerRequest {
  number: string;
  reason: string;
}

export interface Lot {
  id: string;
  account: string;
  defaultAccount: string;
  productGroup: string;
  positions: HeldLots[];
  format: LotFormat;
  units: string;
  margin: string;
  reserve: string;
  greeks: Greeks[];
  optionValue: string;
  awards: Award[];
  unsoldUnits: string;
}

export type LotFormat =
  | 'LOT_FORMAT_UNSPECIFIED'
  | 'LOT_FORMAT_SINGLE_UNIT'
  | 'LOT_FORMAT_PAY_AS_BID'
  | 'LOT_FORMAT_UNIFORM';

export interface MemberShare {
  member: string;
  amount: string;
}

export interface MemberTier {
  member: string;
  tier: number;
  amount: string;
}

export interface Note {
  what: string;
  by: string;
  reason: string;
  at: string;
  requestId: string;
}

export interface OfferPortingRequest {
  member: string;
  number: string;
  account: string;
  withdrawn: boolean;
}

export interface OfferPortingResponse {
}

export interface OpenedBid {
  sequence: string;
  lot: string;
  member: string;
  at: string;
  content?: BidContent;
  tier: number;
  dead: boolean;
}

export interface OwnBid {
  lot: string;
  sequence: string;
  amount: string;
  units: string;
  account: string;
}

export interface PlaceBidRequest {
  member: string;
  number: string;
  lot: string;
  account: string;
  amount: string;
  currency: string;
  units: string;
}

export interface PlaceBidResponse {
  sequence: string;
  commitment: string;
}

export interface PortAccountRequest {
  number: string;
  account: string;
  member: string;
  reason: string;
}

export interface PortableAccount {
  number: string;
  account: string;
  segregation: number;
  portUntil: string;
  holdings?: Holdings;
  offered: boolean;
}

export interface RecordRecoveryRequest {
  number: string;
  amount: string;
  reason: string;
  requestId: string;
}

export interface Recovery {
  amount: string;
  by: string;
  reason: string;
  at: string;
  repaid: LayerUse[];
  surplus: string;
}

export interface Refusal {
  what: string;
  by: string;
  why: string;
  at: string;
}

export interface ReofferRequest {
  number: string;
  account: string;
  reason: string;
}

export interface SeizedAccount {
  account: string;
  segregation: number;
  currency: string;
  digits: number;
  stage: AccountStage;
  defaultAccount: string;
  portUntil: string;
  portedTo: string;
  offers: string[];
  own?: Holdings;
  held?: Holdings;
  settleAfter: string;
  blocked: string;
  rounds: number;
  asked: string;
  told: string;
  loss?: AccountLoss;
}

export interface SellAssetRequest {
  number: string;
  account: string;
  asset: string;
  units: string;
  proceeds?: Cash;
  reason: string;
  requestId: string;
}

export interface SetDefaultTermsRequest {
  terms: string;
  reason: string;
}

export interface SetDefaultTermsResponse {
}

export type Stage =
  | 'STAGE_UNSPECIFIED'
  | 'STAGE_TRIGGERED'
  | 'STAGE_DECLARED'
  | 'STAGE_CLOSING_OUT'
  | 'STAGE_ALLOCATED'
  | 'STAGE_CLOSED'
  | 'STAGE_LIFTED';

export interface TriggerDefaultRequest {
  member: string;
  reason: string;
}

export interface WithdrawBidRequest {
  member: string;
  number: string;
  lot: string;
}
