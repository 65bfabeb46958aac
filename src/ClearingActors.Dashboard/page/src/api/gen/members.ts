// Generated from the .proto files by the test PageTypesTests; do not edit.
import type * as common from './common';

export interface AssetBalance {
  asset: string;
  quantity?: common.Decimal;
}

export interface CashBalance {
  currency: string;
  amount?: common.Decimal;
  requirement?: common.Decimal;
  headroom?: common.Decimal;
}

export interface ExerciseNotice {
  instrument: string;
  client: string;
  kind: ExerciseNotice_Kind;
  lots: string;
  cycle: string;
}

export type ExerciseNotice_Kind =
  | 'KIND_UNSPECIFIED'
  | 'KIND_EXERCISE'
  | 'KIND_CONTRARY';

export interface GetAccountRequest {
  account: string;
}

export interface GetAccountResponse {
  account: string;
  member: string;
  segregation: string;
  currency: string;
  status: string;
  positions: Position[];
  cash: CashBalance[];
  openReservations: string;
  asOf?: common.ResumeToken;
  notices: ExerciseNotice[];
  assets: AssetBalance[];
  paymentsDue: PaymentDue[];
}

export interface PaymentDue {
  cycle: string;
  currency: string;
  amount?: common.Decimal;
  deadline: string;
}

export interface Position {
  instrument: string;
  client: string;
  quantity: string;
  settledQuantity: string;
  referencePrice?: common.Decimal;
}

export interface SubmitExerciseNoticeRequest {
  account: string;
  client: string;
  instrument: string;
  kind: ExerciseNotice_Kind;
  lots: string;
}

export interface SubmitExerciseNoticeResponse {
  reason: SubmitExerciseNoticeResponse_Reason;
  cycle: string;
}

export type SubmitExerciseNoticeResponse_Reason =
  | 'REASON_UNSPECIFIED'
  | 'REASON_MALFORMED'
  | 'REASON_UNKNOWN_ACCOUNT'
  | 'REASON_ACCOUNT_NOT_ACTIVE'
  | 'REASON_MEMBER_SUSPENDED'
  | 'REASON_UNKNOWN_INSTRUMENT'
  | 'REASON_CLIENT_MISSING'
  | 'REASON_AFTER_CUT_OFF'
  | 'REASON_DUPLICATE'
  | 'REASON_LARGER_THAN_POSITION'
  | 'REASON_NOTHING_PENDING'
  | 'REASON_IRREVOCABLE';
