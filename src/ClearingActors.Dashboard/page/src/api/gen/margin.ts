// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface CollateralLine {
  name: string;
  isCash: boolean;
  currency: string;
  quantity?: common.Decimal;
  price?: common.Decimal;
  haircut?: common.Decimal;
  value?: common.Decimal;
  cut?: common.Decimal;
  counted?: common.Decimal;
  why: string;
}

export interface Coverage {
  requirement?: common.Decimal;
  collateral?: common.Decimal;
  netOptionValue?: common.Decimal;
  premiumReceivable?: common.Decimal;
  premiumPayable?: common.Decimal;
  accruedVariationMargin?: common.Decimal;
  unpaid?: common.Decimal;
  excess?: common.Decimal;
}

export interface DecideBufferRequest {
  released: boolean;
  reason: string;
}

export interface DecideBufferResponse {
}

export interface FactorPrice {
  date: number;
  price: number;
}

export interface GetMarginRequest {
  account: string;
}

export interface GetMarginResponse {
  account: string;
  currency: string;
  official?: OfficialMargin;
  indicative?: Coverage;
  indicativeParts: RequirementPart[];
  stale: string;
  calls: MarginCall[];
  collateral: CollateralLine[];
  marks: MarginMark[];
}

export interface GetMarginRunsRequest {
}

export interface GetMarginRunsResponse {
  last?: MarginRun;
  shardsMissing: number;
  failure: string;
  missed: MissedCall[];
  recent: RunSummary[];
}

export interface HypotheticalTrade {
  instrument: string;
  client: string;
  lots: string;
}

export interface MarginCall {
  number: string;
  run: string;
  amount?: common.Decimal;
  remaining?: common.Decimal;
  issuedAt: string;
  deadline: string;
  status: MarginCall_Status;
}

export type MarginCall_Status =
  | 'STATUS_UNSPECIFIED'
  | 'STATUS_ISSUED'
  | 'STATUS_MET'
  | 'STATUS_MISSED'
  | 'STATUS_WITHDRAWN';

export interface MarginMark {
  underlying: string;
  mark: string;
  lag: string;
}

export interface MarginRun {
  run: string;
  at: string;
  scenarioSet: string;
  modelVersion: string;
  marks: number;
  totals: MarginTotal[];
  cause: RunCause;
  by: string;
}

export interface MarginTotal {
  currency: string;
  accounts: string;
  requirement?: common.Decimal;
  shortfall?: common.Decimal;
  calls: string;
  called?: common.Decimal;
}

export interface MissedCall {
  account: string;
  member: string;
  call: string;
  currency: string;
  missing?: common.Decimal;
  at: string;
}

export interface OfficialMargin {
  run: string;
  at: string;
  coverage?: Coverage;
  parts: RequirementPart[];
  gearingExceeded: boolean;
}

export interface RequirementPart {
  name: string;
  amount?: common.Decimal;
}

export type RunCause =
  | 'RUN_CAUSE_UNSPECIFIED'
  | 'RUN_CAUSE_SCHEDULED'
  | 'RUN_CAUSE_INTRADAY'
  | 'RUN_CAUSE_OPERATOR';

export interface RunMarginRequest {
}

export interface RunMarginResponse {
  run?: MarginRun;
}

export interface RunSummary {
  run: string;
  at: string;
  cause: RunCause;
  by: string;
  failure: string;
}

export interface SetFactorPricesRequest {
  factor: string;
  prices: FactorPrice[];
  replaces: boolean;
  reason: string;
}

export interface SetFactorPricesResponse {
}

export interface SetRiskModelRequest {
  parameters: string;
  reason: string;
}

export interface SetRiskModelResponse {
  version: string;
}

export interface SimulateMarginRequest {
  account: string;
  trades: HypotheticalTrade[];
}

export interface SimulateMarginResponse {
  currency: string;
  coverage?: Coverage;
  parts: RequirementPart[];
}

export interface WithdrawMarginCallRequest {
  account: string;
  call: string;
  reason: string;
}

export interface WithdrawMarginCallResponse {
}
