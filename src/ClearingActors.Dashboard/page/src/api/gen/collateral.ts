// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface Asset {
  asset: string;
  currency: string;
  quantityDigits: number;
  issuer: string;
  pricedBy: string;
  priceFactor?: common.Decimal;
}

export interface AssetPrice {
  asset: string;
  price?: common.Decimal;
}

export interface DefineAssetRequest {
  asset?: Asset;
}

export interface DefineAssetResponse {
}

export interface ExchangeRate {
  base: string;
  quote: string;
  rate?: common.Decimal;
}

export interface GetAssetsRequest {
}

export interface GetAssetsResponse {
  assets: Asset[];
  prices: AssetPrice[];
  rates: ExchangeRate[];
}

export interface MoveAssetRequest {
  requestId: string;
  account: string;
  asset: string;
  quantity?: common.Decimal;
}

export interface MoveAssetResponse {
  balance?: common.Decimal;
}

export interface SetPricesRequest {
  prices: AssetPrice[];
  rates: ExchangeRate[];
  reason: string;
}

export interface SetPricesResponse {
}
