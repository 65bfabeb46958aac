// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';
import type * as margin from './margin';
import type * as members from './members';

export interface FundSum {
  currency: string;
  accounts: number;
  required?: common.Decimal;
  held?: common.Decimal;
  missing?: common.Decimal;
}

export interface GetAccountPageRequest {
  account: string;
}

export interface GetAccountPageResponse {
  account?: members.GetAccountResponse;
  margin?: margin.GetMarginResponse;
  standing: Standing;
  businessTime: string;
  positions: PositionLine[];
  intradayLimit?: common.Decimal;
}

export interface GetHouseRequest {
}

export interface GetHouseResponse {
  version: string;
  at: string;
  failure: string;
  businessTime: string;
  businessDate: number;
  cycle: string;
  halted: boolean;
  currencies: MarginSum[];
  members: MemberSums[];
  fund: FundSum[];
  calls: OpenCall[];
  callsInAll: number;
}

export interface GetScenariosRequest {
  account: string;
  group: string;
  client: string;
}

export interface GetScenariosResponse {
  account: string;
  currency: string;
  failure: string;
  at: string;
  modelVersion: string;
  scenarioVersion: string;
  groups: ScenarioGroup[];
  groupsInAll: number;
  selected?: ScenarioVector;
}

export interface GetTimelineRequest {
  account: string;
  before: string;
  limit: number;
}

export interface GetTimelineResponse {
  account: string;
  shard: number;
  events: TimelineEvent[];
  lookedFrom: string;
  lookedTo: string;
}

export interface ListAccountsRequest {
  version: string;
}

export interface ListAccountsResponse {
  version: string;
  unchanged: boolean;
  members: string[];
  standings: Standing[];
  currencies: string[];
  currencyDigits: number[];
  account: string[];
  member: number[];
  currency: string;
  segregation: string;
  status: string;
  basis: string;
  positions: number[];
  grossLots: string[];
  cash: string[];
  collateral: string[];
  requirement: string[];
  excess: string[];
  official: string[];
  marksBehind: number[];
  called: number[];
  openCalls: number[];
  callRemaining: string[];
  callDeadline: string[];
  stale: number[];
  staleReason: string[];
}

export interface MarginSum {
  currency: string;
  accounts: number;
  requirement?: common.Decimal;
  collateral?: common.Decimal;
  excess?: common.Decimal;
  shortfall?: common.Decimal;
  shortAccounts: number;
  staleAccounts: number;
  openCalls: number;
  callRemaining?: common.Decimal;
  callDeadline: string;
}

export interface MemberSums {
  member: string;
  standing: Standing;
  since: string;
  sums: MarginSum[];
}

export interface OpenCall {
  account: string;
  member: string;
  number: string;
  run: string;
  currency: string;
  amount?: common.Decimal;
  remaining?: common.Decimal;
  issuedAt: string;
  deadline: string;
}

export interface PositionLine {
  instrument: string;
  client: string;
  underlying: string;
  productGroup: string;
  kind: string;
  expiry: string;
  currency: string;
  lots: string;
  settledLots: string;
  selling: string;
  buyingBack: string;
  referencePrice?: common.Decimal;
  mark?: common.Decimal;
  markTime: string;
  markNumber: string;
  unrealised?: common.Decimal;
  optionValue?: common.Decimal;
  reserved?: common.Decimal;
}

export interface ScenarioGroup {
  client: string;
  group: string;
  scanned: boolean;
  measure: string;
  confidence: number;
  days: number;
  scenarios: number;
  positions: number;
  margin: number;
}

export interface ScenarioVector {
  group?: ScenarioGroup;
  dates: number[];
  labels: string[];
  gains: number[];
  tail: number[];
  valueAtRisk: number;
  expectedShortfall: number;
  spreadCharge: number;
  minimum: number;
}

export type Standing =
  | 'STANDING_UNSPECIFIED'
  | 'STANDING_ACTIVE'
  | 'STANDING_SUSPENDED'
  | 'STANDING_DEFAULTED';

export interface TimelineEvent {
  position: string;
  recordedTime: string;
  businessTime: string;
  type: string;
  text: string;
  principal: string;
}
