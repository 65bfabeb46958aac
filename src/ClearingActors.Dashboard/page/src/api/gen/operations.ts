// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface AccountDefinition {
  account: string;
  member: string;
  segregation: AccountDefinition_Segregation;
  currency: string;
  intradayLimit?: common.Decimal;
}

export type AccountDefinition_Segregation =
  | 'SEGREGATION_UNSPECIFIED'
  | 'SEGREGATION_HOUSE'
  | 'SEGREGATION_CLIENT_OMNIBUS_NET'
  | 'SEGREGATION_CLIENT_OMNIBUS_GROSS'
  | 'SEGREGATION_CLIENT_INDIVIDUAL';

export interface AdvanceBusinessTimeRequest {
  instant: string;
}

export interface AdvanceBusinessTimeResponse {
  instant: string;
}

export interface BookCollateralRequest {
  requestId: string;
  account: string;
  currency: string;
  amount?: common.Decimal;
}

export interface BookCollateralResponse {
  balance?: common.Decimal;
}

export interface CheckInvariantsRequest {
}

export interface CheckInvariantsResponse {
  quiet: boolean;
  matchedBook: boolean;
  cashConserved: boolean;
  instruments: InstrumentBook[];
  cash: CurrencySum[];
  assetsConserved: boolean;
}

export interface Claim {
  number: string;
  account: string;
  member: string;
  cycle: string;
  currency: string;
  amount?: common.Decimal;
  uncovered?: common.Decimal;
  at: string;
  decidedBy: string;
  reason: string;
  draws: LiquidityDraw[];
}

export interface CloseAccountRequest {
  account: string;
  reason: string;
}

export interface CloseAccountResponse {
}

export interface ConfirmMarkRequest {
  instrument: string;
  reason: string;
  price?: common.Decimal;
}

export interface ConfirmMarkResponse {
  price?: common.Decimal;
}

export interface CurrencySum {
  currency: string;
  sum?: common.Decimal;
}

export interface DeclareUnpaidRequest {
  account: string;
  cycle: string;
  reason: string;
}

export interface DeclareUnpaidResponse {
}

export interface DefineAccountsRequest {
  accounts: AccountDefinition[];
}

export interface DefineAccountsResponse {
  defined: number;
}

export interface DefineInstrumentRequest {
  instrument: string;
  underlying: string;
  productGroup: string;
  currency: string;
  currencyDigits: number;
  multiplier?: common.Decimal;
  priceScale: number;
  tick?: common.Decimal;
  priceBandLow?: common.Decimal;
  priceBandHigh?: common.Decimal;
  tradeBandBasisPoints: number;
  markJumpBasisPoints: number;
  markStaleness: string;
  allowsNegativePrices: boolean;
  expiry: string;
  maxTradeQuantity: string;
  headroomPerLot?: common.Decimal;
  zone: string;
  dailyCutOffSeconds: number;
  holidays: number[];
  tradesWeekends: boolean;
  kind: DefineInstrumentRequest_Kind;
  option?: OptionTerms;
  perpetual?: PerpetualTerms;
  expiryWindow: string;
  expiryMarks: number;
}

export type DefineInstrumentRequest_Kind =
  | 'KIND_UNSPECIFIED'
  | 'KIND_FUTURE'
  | 'KIND_OPTION'
  | 'KIND_PERPETUAL'
  | 'KIND_INDEX';

export interface DefineInstrumentResponse {
}

export interface DefineMemberRequest {
  member: string;
  name: string;
}

export interface DefineMemberResponse {
}

export interface DefineTradeSourceRequest {
  source: string;
  lanes: number;
}

export interface DefineTradeSourceResponse {
}

export interface DropMarkRequest {
  instrument: string;
  reason: string;
  price?: common.Decimal;
}

export interface DropMarkResponse {
}

export interface GetStatusRequest {
}

export interface GetStatusResponse {
  journalId: string;
  generation: number;
  featureLevel: number;
  businessTime: string;
  businessDate: number;
  cycle: string;
  cycleStage: string;
  diskFull: boolean;
  tradesNovated: string;
  tradesRejected: string;
  rejectedByReason: Record<string, string>;
  shards: ShardStatus[];
  heldMarks: HeldMark[];
  quarantined: string[];
  refusedByReason: Record<string, string>;
  claims: Claim[];
  overdue: Record<string, string>;
  checkpoint: string;
  checkpointTime: string;
  checkpointFailure: string;
}

export interface HaltHouseRequest {
  reason: string;
}

export interface HaltHouseResponse {
}

export interface HaltInstrumentRequest {
  instrument: string;
  reason: string;
}

export interface HaltInstrumentResponse {
}

export interface HeldMark {
  instrument: string;
  price?: common.Decimal;
  source: string;
  time: string;
}

export interface InstrumentBook {
  instrument: string;
  sum: string;
  openInterest: string;
  accounts: string;
}

export interface LiquidityDraw {
  source: string;
  amount?: common.Decimal;
}

export interface LiquiditySource {
  name: string;
  currency: string;
  limit?: common.Decimal;
}

export interface OptionTerms {
  type: OptionTerms_Type;
  strike?: common.Decimal;
  style: OptionTerms_Style;
  premiumStyle: OptionTerms_PremiumStyle;
  reference: string;
  exerciseCutOff: string;
  automaticThreshold?: common.Decimal;
}

export type OptionTerms_PremiumStyle =
  | 'PREMIUM_STYLE_UNSPECIFIED'
  | 'PREMIUM_STYLE_EQUITY'
  | 'PREMIUM_STYLE_FUTURES';

export type OptionTerms_Style =
  | 'STYLE_UNSPECIFIED'
  | 'STYLE_EUROPEAN'
  | 'STYLE_AMERICAN';

export type OptionTerms_Type =
  | 'TYPE_UNSPECIFIED'
  | 'TYPE_CALL'
  | 'TYPE_PUT';

export interface PerpetualTerms {
  inverse: boolean;
  faceValue?: common.Decimal;
  index: string;
  fundingIntervalHours: number;
  interest?: common.Decimal;
  cap?: common.Decimal;
}

export interface ReinstateMemberRequest {
  member: string;
  reason: string;
}

export interface ReinstateMemberResponse {
}

export interface ReleaseQuarantinedRequest {
  actorKind: string;
  actorId: string;
}

export interface ReleaseQuarantinedResponse {
  messages: number;
}

export interface ResumeHouseRequest {
  reason: string;
}

export interface ResumeHouseResponse {
}

export interface ResumeInstrumentRequest {
  instrument: string;
  reason: string;
}

export interface ResumeInstrumentResponse {
}

export interface RunFundingRequest {
  instrument: string;
  intervalEnd: string;
}

export interface RunFundingResponse {
  intervalStart: string;
  premium?: common.Decimal;
  rate?: common.Decimal;
  mark?: common.Decimal;
}

export interface RunSettlementCycleRequest {
  nextBusinessDate: number;
  prices: SettlementPrice[];
}

export interface RunSettlementCycleResponse {
  cycle: string;
  businessDate: number;
  currencies: SettledCurrency[];
}

export interface SetExpiryPriceRequest {
  instrument: string;
  price?: common.Decimal;
  reason: string;
}

export interface SetExpiryPriceResponse {
  price?: common.Decimal;
}

export interface SetPaymentTermsRequest {
  minutesToPay: number;
  sources: LiquiditySource[];
}

export interface SetPaymentTermsResponse {
}

export interface SettledCurrency {
  currency: string;
  paid?: common.Decimal;
  received?: common.Decimal;
  rounding?: common.Decimal;
  sum?: common.Decimal;
  type: string;
}

export interface SettlementPrice {
  instrument: string;
  price?: common.Decimal;
}

export interface ShardStatus {
  shard: number;
  epoch: string;
  position: string;
  durablePosition: string;
  queuedCommands: number;
  queuedMessages: number;
  outbox: number;
  quarantined: number;
}

export interface SuspendMemberRequest {
  member: string;
  reason: string;
}

export interface SuspendMemberResponse {
}
