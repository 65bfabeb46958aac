// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface DailyPrice {
  date: number;
  price: number;
}

export interface GetMarkHistoryRequest {
  instrument: string;
  limit: number;
}

export interface GetMarkHistoryResponse {
  instrument: string;
  priceScale: number;
  times: string[];
  prices: string[];
  begins: string;
  older: boolean;
  daily: DailyPrice[];
  factor: string;
  noDaily: string;
}

export interface GetMarketsRequest {
}

export interface GetMarketsResponse {
  businessTime: string;
  houseHalted: boolean;
  markets: Market[];
  openInterestAt: string;
  openInterestError: string;
}

export interface Market {
  instrument: string;
  underlying: string;
  productGroup: string;
  kind: Market_Kind;
  currency: string;
  currencyDigits: number;
  priceScale: number;
  expiry: string;
  expiryStage: Market_Expiry;
  halted: boolean;
  newest?: NewestMark;
  markStaleness: string;
  held?: WaitingMark;
  markJumpBasisPoints: number;
  settlementPrice?: common.Decimal;
  settlementCycle: string;
  finalPrice?: common.Decimal;
  openInterest: string;
  holders: string;
  nextFunding: string;
  overdue: string;
  unread: string;
}

export type Market_Expiry =
  | 'EXPIRY_UNSPECIFIED'
  | 'EXPIRY_PRICE_SET'
  | 'EXPIRY_CONFIRMED'
  | 'EXPIRY_CLOSED';

export type Market_Kind =
  | 'KIND_UNSPECIFIED'
  | 'KIND_FUTURE'
  | 'KIND_OPTION'
  | 'KIND_PERPETUAL'
  | 'KIND_INDEX';

export interface NewestMark {
  price?: common.Decimal;
  number: string;
  source: string;
  time: string;
  age: string;
  stale: boolean;
}

export interface WaitingMark {
  price?: common.Decimal;
  source: string;
  time: string;
  jumpBasisPoints?: string;
}
