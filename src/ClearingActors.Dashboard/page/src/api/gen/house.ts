// Generated from the .proto files by the test PageTypesTests; do not edit.

export interface Alert {
  severity: Alert_Severity;
  id: string;
  text: string;
  page: string;
  since: string;
}

export type Alert_Severity =
  | 'SEVERITY_UNSPECIFIED'
  | 'SEVERITY_NOTICE'
  | 'SEVERITY_WARNING'
  | 'SEVERITY_CRITICAL';

export interface GetClusterRequest {
}

export interface GetClusterResponse {
  now: string;
  journalId: string;
  store: string;
  generation: number;
  featureLevel: number;
  nodes: NodeState[];
  shards: ShardState[];
  moves: ShardMove[];
  setAside: SetAsideActor[];
  ownersError: string;
}

export interface GetLoadRequest {
}

export interface GetLoadResponse {
  at: string[];
  tradesPerSecond: number[];
  commitMedian: number[];
  commitP99: number[];
}

export interface GetOverviewRequest {
}

export interface GetOverviewResponse {
  node: string;
  startedAt: string;
  now: string;
  businessTime: string;
  businessDate: number;
  cycle: string;
  cycleStage: string;
  houseHalted: boolean;
  diskFull: boolean;
  tradesNovated: string;
  tradesRejected: string;
  rejectedByReason: Record<string, string>;
  load?: LoadSample;
  invariants?: InvariantCheck;
  checkpoint: string;
  checkpointTime: string;
  alerts: Alert[];
  haltUnknown: boolean;
}

export interface InvariantCheck {
  checkedAt: string;
  matchedBook: boolean;
  cashConserved: boolean;
  assetsConserved: boolean;
  triedAt: string;
  quiet: boolean;
  accounts: string;
  broken: string[];
  waited: string;
  notCheckedBecause: string;
  overdue: boolean;
}

export interface LoadSample {
  at: string;
  tradesPerSecond: number;
  rejectedPerSecond: number;
  commitMedian: number;
  commitP99: number;
  appendsPerSecond: number;
  bytesPerSecond: number;
}

export interface NodeState {
  name: string;
  startedAt: string;
  businessClock: string;
  businessTime: string;
  diskFull: boolean;
  shards: number;
  workers: number;
  commitMedian: number;
  commitP99: number;
  appendsPerSecond: number;
  bytesPerSecond: number;
  memory: string;
  businessTimeError: string;
}

export interface SetAsideActor {
  actorKind: string;
  actorId: string;
  shard: number;
  reason: string;
  messages: number;
}

export interface ShardMove {
  at: string;
  shard: number;
  epoch: string;
  kind: ShardMove_Kind;
  reason: string;
  position: string;
}

export type ShardMove_Kind =
  | 'KIND_UNSPECIFIED'
  | 'KIND_LOADED'
  | 'KIND_DROPPED';

export interface ShardState {
  shard: number;
  owner: string;
  epoch: string;
  worker: number;
  position: string;
  durablePosition: string;
  queuedCommands: number;
  queuedMessages: number;
  outbox: number;
  setAside: number;
  snapshotPosition: string;
  snapshotTime: string;
  notOwned: boolean;
}
