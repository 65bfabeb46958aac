// Generated from the .proto files by the test PageTypesTests; do not edit.

export interface Action {
  number: string;
  requestId: string;
  method: string;
  request: string;
  reason: string;
  by: string;
  at: string;
  stage: ActionStage;
  needsSecond: boolean;
  expiresAt: string;
  decidedBy: string;
  decisionReason: string;
  decidedAt: string;
  outcome: string;
  finishedAt: string;
  refusals: ActionRefusal[];
}

export interface ActionKind {
  method: string;
  title: string;
  needsSecond: boolean;
  roles: string[];
}

export interface ActionRefusal {
  by: string;
  why: string;
  at: string;
}

export interface ActionResponse {
  action?: Action;
}

export type ActionStage =
  | 'ACTION_STAGE_UNSPECIFIED'
  | 'ACTION_STAGE_PROPOSED'
  | 'ACTION_STAGE_RUNNING'
  | 'ACTION_STAGE_DONE'
  | 'ACTION_STAGE_FAILED'
  | 'ACTION_STAGE_DECLINED'
  | 'ACTION_STAGE_EXPIRED'
  | 'ACTION_STAGE_INTERRUPTED';

export interface DecideActionRequest {
  number: string;
  reason: string;
}

export interface GetActionsRequest {
  before: string;
  limit: number;
}

export interface GetActionsResponse {
  open: Action[];
  decided: Action[];
  kinds: ActionKind[];
}

export interface SubmitActionRequest {
  requestId: string;
  method: string;
  request: string;
  reason: string;
}
