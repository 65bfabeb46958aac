// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface BacktestAccount {
  account: string;
  member: string;
  currency: string;
  confidence: number;
  marginDays: number;
  periods: number;
  exceptions: number;
  light: BacktestLight;
  tailProbability: number;
  kupiecP?: number;
  independenceP?: number;
  worstFrom: number;
  worstTo: number;
  worstMargin: number;
  worstLoss: number;
}

export interface BacktestCount {
  green: number;
  yellow: number;
  red: number;
  tooFew: number;
  periods: number;
  exceptions: number;
}

export type BacktestLight =
  | 'BACKTEST_LIGHT_UNSPECIFIED'
  | 'BACKTEST_LIGHT_GREEN'
  | 'BACKTEST_LIGHT_YELLOW'
  | 'BACKTEST_LIGHT_RED'
  | 'BACKTEST_LIGHT_TOO_FEW';

export interface BacktestMember {
  member: string;
  count?: BacktestCount;
}

export interface BacktestResult {
  businessDate: number;
  endedAt: string;
  closes: number;
  firstDate: number;
  lastDate: number;
  total?: BacktestCount;
  members: BacktestMember[];
  accounts: BacktestAccount[];
  more: number;
  unstarted: number;
  flat: number;
  skipped: number;
  skips: string[];
}

export interface Contribution {
  member: string;
  account: string;
  currency: string;
  required?: common.Decimal;
  held?: common.Decimal;
  due?: common.Decimal;
  deadline: string;
  status: Contribution_Status;
}

export type Contribution_Status =
  | 'STATUS_UNSPECIFIED'
  | 'STATUS_DUE'
  | 'STATUS_MET'
  | 'STATUS_MISSED';

export interface FailedRound {
  members: string[];
}

export interface FundSize {
  call: string;
  run: string;
  at: string;
  deadline: string;
  currency: string;
  coverTwo?: common.Decimal;
  scenario: string;
  fund?: common.Decimal;
  contributions: MemberAmount[];
}

export interface GearedAccount {
  account: string;
  member: string;
  loss?: common.Decimal;
  collateral?: common.Decimal;
  equity?: common.Decimal;
  gearing?: common.Decimal;
}

export interface GearingStressRequest {
  scenario: string;
  count: number;
}

export interface GearingStressResponse {
  run: string;
  currency: string;
  accounts: GearedAccount[];
}

export interface GetBacktestRequest {
  start: boolean;
  limit: number;
  member: string;
}

export interface GetBacktestResponse {
  state: GetBacktestResponse_State;
  progress: number;
  startedAt: string;
  failure: string;
  result?: BacktestResult;
  outdated: boolean;
}

export type GetBacktestResponse_State =
  | 'STATE_UNSPECIFIED'
  | 'STATE_RUNNING'
  | 'STATE_FAILED';

export interface GetContributionRequest {
  member: string;
}

export interface GetContributionResponse {
  contribution?: Contribution;
}

export interface GetDefaultFundRequest {
}

export interface GetDefaultFundResponse {
  size?: FundSize;
  contributions: Contribution[];
  held?: common.Decimal;
  terms: string;
}

export interface GetStressRunsRequest {
}

export interface GetStressRunsResponse {
  runs: StressRun[];
  scenarios: string;
  terms: string;
}

export interface LiquidityNeed {
  currency: string;
  members: string[];
  payments?: common.Decimal;
  cash?: common.Decimal;
  fund?: common.Decimal;
  shortfall?: common.Decimal;
}

export interface MemberAmount {
  member: string;
  amount?: common.Decimal;
}

export interface PropagateFailureRequest {
  scenario: string;
  firstFailures: string[];
  searchUpTo: number;
}

export interface PropagateFailureResponse {
  run: string;
  currency: string;
  rounds: number;
  failed: FailedRound[];
  loss?: common.Decimal;
  resourcesLeft?: common.Decimal;
  unallocated?: common.Decimal;
  smallestSet: string[];
  searchedSize: number;
}

export interface RunReverseStressRequest {
  factor: string;
  kind: RunReverseStressRequest_Kind;
  furthest: number;
  steps: number;
  tolerance: number;
}

export type RunReverseStressRequest_Kind =
  | 'KIND_UNSPECIFIED'
  | 'KIND_RELATIVE'
  | 'KIND_ABSOLUTE';

export interface RunReverseStressResponse {
  run: string;
  found: boolean;
  shock: number;
  evaluations: number;
  currency: string;
  result?: ScenarioResult;
}

export interface RunStressRequest {
}

export interface RunStressResponse {
  run?: StressRun;
}

export interface ScenarioDemand {
  scenario: string;
  largest?: common.Decimal;
  secondAndThird?: common.Decimal;
  coverTwo?: common.Decimal;
}

export interface ScenarioResult {
  scenario: string;
  uncoveredLosses: MemberAmount[];
  failed: FailedRound[];
  resourcesLeft?: common.Decimal;
  unallocated?: common.Decimal;
  liquidity: LiquidityNeed[];
}

export interface SetFundTermsRequest {
  terms: string;
  reason: string;
}

export interface SetFundTermsResponse {
}

export interface SetScenariosRequest {
  scenarios: string;
  reason: string;
}

export interface SetScenariosResponse {
}

export interface SizeDefaultFundRequest {
  dryRun: boolean;
}

export interface SizeDefaultFundResponse {
  size?: FundSize;
  demands: ScenarioDemand[];
}

export interface StressRun {
  run: string;
  at: string;
  by: string;
  cycle: string;
  businessDate: number;
  scenarioVersion: string;
  termsVersion: string;
  modelVersion: string;
  currency: string;
  scenarios: ScenarioResult[];
  failure: string;
  underWay: boolean;
}
