import type { AccountStage, Action, Cause, Default, Leg_Purpose, LotFormat, Stage } from '../../api/gen/defaults';
import { formatUnits } from '../../format/decimal';

export const stageWord: Record<Stage, string> = {
  STAGE_UNSPECIFIED: 'Unknown',
  STAGE_TRIGGERED: 'Triggered',
  STAGE_DECLARED: 'Declared',
  STAGE_CLOSING_OUT: 'Closing out',
  STAGE_ALLOCATED: 'Allocated',
  STAGE_CLOSED: 'Closed',
  STAGE_LIFTED: 'Lifted',
};

/** In the order of a default's life. */
export const stages: { stage: Stage; meaning: string }[] = [
  { stage: 'STAGE_TRIGGERED', meaning: 'the member may not trade; two operators decide' },
  { stage: 'STAGE_DECLARED', meaning: 'clients may go over to other members' },
  { stage: 'STAGE_CLOSING_OUT', meaning: 'positions are hedged and auctioned' },
  { stage: 'STAGE_ALLOCATED', meaning: 'the loss is borne, layer by layer' },
  { stage: 'STAGE_CLOSED', meaning: 'nothing is open' },
];

export const causeWord: Record<Cause, string> = {
  CAUSE_UNSPECIFIED: 'unknown',
  CAUSE_MISSED_CALL: 'a margin call was missed',
  CAUSE_MISSED_PAYMENT: 'a payment was missed',
  CAUSE_OPERATOR: 'an operator triggered it',
};

export const actionWord: Record<Action, string> = {
  ACTION_UNSPECIFIED: 'unknown',
  ACTION_DECLARE: 'Declare the default',
  ACTION_HAIRCUT_GAINS: 'Haircut gains',
  ACTION_TEAR_UP: 'Tear up what is unsold',
  ACTION_WRITE_OFF: 'Write off what is left',
};

export const accountStageWord: Record<AccountStage, string> = {
  ACCOUNT_STAGE_UNSPECIFIED: 'unknown',
  ACCOUNT_STAGE_PORTING: 'porting window',
  ACCOUNT_STAGE_PORTED: 'ported',
  ACCOUNT_STAGE_MOVING: 'moving',
  ACCOUNT_STAGE_HELD: 'held',
  ACCOUNT_STAGE_UNSOLD: 'unsold',
  ACCOUNT_STAGE_SETTLING: 'settling',
  ACCOUNT_STAGE_SETTLED: 'settled',
};

export const segregationWord = ['', 'house', 'net omnibus', 'gross omnibus', 'individual client', 'default fund'];

export const formatWord: Record<LotFormat, string> = {
  LOT_FORMAT_UNSPECIFIED: '',
  LOT_FORMAT_SINGLE_UNIT: 'whole lot',
  LOT_FORMAT_PAY_AS_BID: 'pay as bid',
  LOT_FORMAT_UNIFORM: 'one price',
};

export const purposeWord: Record<Leg_Purpose, string> = {
  PURPOSE_UNSPECIFIED: '',
  PURPOSE_MOVE: 'moved to the clearing house',
  PURPOSE_AWARD: 'auctioned',
  PURPOSE_HEDGE: 'hedge',
  PURPOSE_TEAR_UP: 'torn up',
};

/** The layers' names in the terms, for people. */
export const layerWord: Record<string, string> = {
  defaulter_margin: "Defaulter's collateral",
  defaulter_default_fund: "Defaulter's fund contribution",
  ccp_junior_capital: 'Clearing house, first capital',
  default_fund: "Survivors' fund contributions",
  ccp_senior_capital: 'Clearing house, second capital',
  assessments: "Survivors' assessments",
  gains_haircut: 'Haircut of gains',
  tear_up: 'Tear-up',
  ccp_remaining_equity: 'Clearing house, remaining equity',
};

/** Minor units of the default's currency, exact. */
export function money(d: Pick<Default, 'digits' | 'currency'>, minor: string, withCurrency = false): string {
  return formatUnits(BigInt(minor), d.digits, d.digits) + (withCurrency ? ` ${d.currency}` : '');
}
