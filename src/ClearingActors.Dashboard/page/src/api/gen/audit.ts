// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface AssetAt {
  asset: string;
  members?: common.Decimal;
  custody?: common.Decimal;
}

export interface CheckpointText {
  number: string;
  text: string;
}

export interface ChecksAt {
  atRest: boolean;
  matchedBook: boolean;
  cashConserved: boolean;
  assetsConserved: boolean;
}

export interface CurrencyAt {
  currency: string;
  membersCash?: common.Decimal;
  houseCash?: common.Decimal;
  sum?: common.Decimal;
  requirement?: common.Decimal;
  collateral?: common.Decimal;
  excess?: common.Decimal;
  shortfall?: common.Decimal;
  openCalls?: common.Decimal;
  openCallCount: number;
}

export interface DefaultAt {
  number: string;
  member: string;
  stage: string;
  declaredAt: string;
  deadline: string;
  next: string;
  blocked: string;
  currency: string;
  loss?: common.Decimal;
}

export interface EndTravelRequest {
}

export interface EndTravelResponse {
}

export interface FlightAt {
  messages: string;
  trades: string;
  reservations: string;
  unbooked: string;
}

export interface GetCheckpointsRequest {
  from: string;
  limit: number;
}

export interface GetCheckpointsResponse {
  checkpoints: CheckpointText[];
  newest: string;
}

export interface GetHouseAtRequest {
  turn?: string;
  recordedTime?: string;
  cycle?: string;
  newest?: boolean;
  keptOnly: boolean;
}

export interface GetHouseAtResponse {
  house?: HouseAt;
  exact: boolean;
}

export interface GetJournalRequest {
}

export interface GetJournalResponse {
  journalId: string;
  generation: number;
  shardCount: number;
  featureLevel: number;
  heads: Head[];
}

export interface GetKeysRequest {
}

export interface GetKeysResponse {
  pem: string;
}

export interface GetTimelineRequest {
}

export interface GetTimelineResponse {
  turns: string;
  firstRecorded: string;
  lastRecorded: string;
  heads: TimelineHead[];
  points: TimelinePoint[];
  days: TimelineDay[];
}

export interface GetTravelRequest {
}

export interface GetTravelResponse {
  open: boolean;
  moving: boolean;
  turn: string;
  goal: string;
  kept: string[];
  marks: TravelMark[];
}

export interface GetVerificationRequest {
}

export interface GetVerificationResponse {
  current?: VerificationRun;
  last?: VerificationRun;
}

export interface HashesChecked {
  rows: string;
  bytes: string;
  checkpoint: string;
  checkpointTime: string;
  signatures: boolean;
  rowsAfterCheckpoint: string;
}

export interface Head {
  shard: number;
  position: string;
  epoch: string;
  owner: string;
}

export interface HouseAt {
  turn: string;
  recordedTime: string;
  nextRecordedTime: string;
  events: string;
  businessTime: string;
  cycle: string;
  businessDate: number;
  settlingCycle: string;
  settlingStage: string;
  settlingBlocked: string;
  halted: boolean;
  members: number;
  stoppedMembers: MemberAt[];
  accounts: number;
  instruments: InstrumentAt[];
  instrumentCount: number;
  currencies: CurrencyAt[];
  assets: AssetAt[];
  marginRun?: MarginRunAt;
  shortAccounts: ShortAccountAt[];
  shortAccountCount: number;
  defaults: DefaultAt[];
  claims: number;
  quarantined: QuarantineAt[];
  inFlight?: FlightAt;
  checks?: ChecksAt;
}

export interface InstrumentAt {
  instrument: string;
  kind: string;
  currency: string;
  mark?: common.Decimal;
  markTime: string;
  settled?: common.Decimal;
  settledCycle: string;
  openInterest: string;
  accounts: string;
  unmatched: string;
  halted: boolean;
  expired: boolean;
}

export interface MarginRunAt {
  run: string;
  at: string;
  cause: string;
  shardsMissing: number;
  failure: string;
}

export interface MemberAt {
  member: string;
  standing: string;
  since: string;
}

export interface Proof {
  file: string;
  checkpoint: string;
}

export interface ProveConsistencyRequest {
  shard: number;
  earlier: string;
  later: string;
}

export interface ProveConsistencyResponse {
  hashes: string[];
}

export interface ProveRowRequest {
  shard: number;
  position: string;
  checkpoint: string;
}

export interface ProveTradeRequest {
  source: string;
  tradeId: string;
  account: string;
  cancelled: boolean;
  near: string;
}

export interface QuarantineAt {
  actor: string;
  shard: number;
  reason: string;
  messages: number;
}

export interface RulebookChecked {
  turns: string;
  events: string;
  trades: string;
  cycles: string;
  cashEntries: string;
  marginRuns: string;
  calls: string;
  waterfalls: string;
  snapshots: string;
  complete: boolean;
}

export interface ShortAccountAt {
  account: string;
  member: string;
  currency: string;
  requirement?: common.Decimal;
  collateral?: common.Decimal;
  shortfall?: common.Decimal;
  openCalls?: common.Decimal;
}

export interface StartVerificationRequest {
  hashesOnly: boolean;
}

export interface StartVerificationResponse {
  number: string;
}

export interface StopVerificationRequest {
  number: string;
}

export interface StopVerificationResponse {
}

export interface TimelineDay {
  date: number;
  turn: string;
  recordedTime: string;
}

export interface TimelineHead {
  shard: number;
  position: string;
}

export interface TimelinePoint {
  turn: string;
  recordedTime: string;
  businessTime: string;
}

export interface TravelMark {
  turn: string;
  recordedTime: string;
  businessTime: string;
  kind: TravelMarkKind;
  words: string;
}

export type TravelMarkKind =
  | 'TRAVEL_MARK_KIND_UNSPECIFIED'
  | 'TRAVEL_MARK_KIND_CYCLE_CLOSED'
  | 'TRAVEL_MARK_KIND_HALT'
  | 'TRAVEL_MARK_KIND_DEFAULT'
  | 'TRAVEL_MARK_KIND_TROUBLE';

export interface VerificationFinding {
  shard: number;
  position: string;
  rule: string;
  what: string;
  where: string;
}

export type VerificationPhase =
  | 'VERIFICATION_PHASE_UNSPECIFIED'
  | 'VERIFICATION_PHASE_HASHES'
  | 'VERIFICATION_PHASE_RULEBOOK'
  | 'VERIFICATION_PHASE_RECEIPTS';

export type VerificationResult =
  | 'VERIFICATION_RESULT_UNSPECIFIED'
  | 'VERIFICATION_RESULT_IN_ORDER'
  | 'VERIFICATION_RESULT_FINDINGS'
  | 'VERIFICATION_RESULT_STOPPED'
  | 'VERIFICATION_RESULT_FAILED';

export interface VerificationRun {
  number: string;
  hashesOnly: boolean;
  by: string;
  startedAt: string;
  endedAt: string;
  phase: VerificationPhase;
  rowsDone: string;
  rowsTotal: string;
  result: VerificationResult;
  failure: string;
  findingCount: string;
  findings: VerificationFinding[];
  hashes?: HashesChecked;
  rulebook?: RulebookChecked;
  receipts: string;
}
