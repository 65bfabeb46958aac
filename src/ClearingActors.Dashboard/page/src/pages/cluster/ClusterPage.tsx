import './cluster.css';
import type { GetClusterResponse, NodeState, SetAsideActor, ShardMove, ShardState } from '../../api/gen/house';
import { useLive } from '../../api/live';
import { formatCount, formatShort } from '../../format/decimal';
import { formatSpan, millisOf } from '../../format/time';
import { ActionButton } from '../../ui/ActionButton';
import { DataTable } from '../../ui/DataTable';
import { Badge, Figure, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';

type Cell<T> = { row: { original: T } };

const right = { align: 'right' as const };
const wide = { wide: true };

/** From so many waiting commands or messages on a shard is behind. */
const behindFrom = 1000;

/** The machinery behind the house: nodes, shards, what moved and what is set aside. */
export default function ClusterPage() {
  const live = useLive('clearing.house.v1.ClusterService/GetCluster', {}, 1000);
  const cluster = live.value;
  if (!cluster) return live.error ? <p className="error">{live.error}</p> : <p role="status">Loading …</p>;
  return (
    <div className="panels">
      <Headline cluster={cluster} />
      {cluster.setAside.length > 0 ? (
        <Panel title="Actors set aside">
          <p className="muted">A message made each of them fail. Its messages are kept and wait; mend the cause, then release it, and they are worked on again.</p>
          <DataTable label="Table of actors set aside" rows={cluster.setAside} rowId={(a) => `${a.actorKind}/${a.actorId}`} columns={setAsideColumns} height={320} />
        </Panel>
      ) : null}
      <Panel title="Nodes" error={live.error}>
        <DataTable label="Table of nodes" rows={cluster.nodes} rowId={(n) => n.name} columns={nodeColumns(cluster.now)} height={240} />
      </Panel>
      <Panel title="Shards" error={cluster.ownersError ? `Owners cannot be read: ${cluster.ownersError}` : undefined}>
        <DataTable label="Table of shards" rows={cluster.shards} rowId={(s) => String(s.shard)} columns={shardColumns(cluster.now)} height={560} />
      </Panel>
      <Panel title="Shards that came and went" className="two-thirds">
        <DataTable label="Table of shards that came and went" rows={cluster.moves} rowId={(m) => `${m.at} ${m.shard} ${m.kind} ${m.epoch}`} columns={moveColumns} height={360} empty="No shard has moved." />
      </Panel>
      <Panel title="Journal" className="third">
        <dl className="facts">
          <dt>Store</dt>
          <dd>{cluster.store}</dd>
          <dt>Journal</dt>
          <dd>{cluster.journalId}</dd>
          <dt>Generation</dt>
          <dd>{cluster.generation}</dd>
          <dt>Feature level</dt>
          <dd>{cluster.featureLevel}</dd>
          <dt>Turns</dt>
          <dd>{formatCount(cluster.shards.reduce((sum, s) => sum + BigInt(s.durablePosition), 0n).toString())} durable</dd>
        </dl>
      </Panel>
    </div>
  );
}

function Headline({ cluster }: { cluster: GetClusterResponse }) {
  const { shards, nodes } = cluster;
  const most = (of: (s: ShardState) => number) => shards.reduce((most, s) => (of(s) > of(most) ? s : most), shards[0]!);
  const waiting = (s: ShardState) => s.queuedCommands + s.queuedMessages;
  const lag = (s: ShardState) => Number(BigInt(s.position) - BigInt(s.durablePosition));
  const [busiest, laggard, fullest] = [most(waiting), most(lag), most((s) => s.outbox)];
  const full = nodes.filter((n) => n.diskFull);
  const owned = shards.filter((s) => !s.notOwned);
  const aside = shards.reduce((sum, s) => sum + s.setAside, 0);
  return (
    <div className="figures">
      <Figure
        name="Shards"
        tone={owned.length < shards.length ? 'bad' : undefined}
        note={owned.length < shards.length ? `${formatCount(shards.length - owned.length)} not owned: nothing of them is worked on` : `on ${nodes.length} ${nodes.length === 1 ? 'node' : 'nodes'}`}
      >
        {owned.length < shards.length ? `${formatCount(owned.length)} of ${formatCount(shards.length)}` : formatCount(shards.length)}
      </Figure>
      <Figure name="Journal" tone={full.length ? 'bad' : undefined} note={full.length ? `no room at ${full.map((n) => n.name).join(', ')}: commands are refused, nothing is lost` : 'has room'}>
        {full.length ? <Badge tone="bad">Disk full</Badge> : <Badge tone="good">Writes</Badge>}
      </Figure>
      <Figure name="Longest queue" tone={waiting(busiest) >= behindFrom ? 'warn' : undefined} note={`shard ${busiest.shard}: commands and messages that wait`}>
        {formatCount(waiting(busiest))}
      </Figure>
      <Figure name="Furthest ahead of the journal" note={`shard ${laggard.shard}: turns that are not durable yet`}>
        {formatCount(lag(laggard))}
      </Figure>
      <Figure name="Fullest outbox" note={`shard ${fullest.shard}: messages not known to be consumed`}>
        {formatCount(fullest.outbox)}
      </Figure>
      <Figure name="Actors set aside" tone={aside ? 'bad' : undefined} note={aside ? 'their messages wait' : 'none'}>
        {formatCount(aside)}
      </Figure>
    </div>
  );
}

const nodeColumns = (now: string) => [
  { header: 'Node', accessorKey: 'name' },
  { header: 'Up', accessorFn: (n: NodeState) => Number(n.startedAt), cell: ({ row: { original: n } }: Cell<NodeState>) => formatSpan(millisOf(now) - millisOf(n.startedAt)) },
  {
    header: 'Business clock',
    accessorFn: (n: NodeState) => Number(n.businessTime),
    cell: ({ row: { original: n } }: Cell<NodeState>) => (
      <>
        {n.businessTimeError ? <span className="bad">cannot be read: {n.businessTimeError},</span> : <Time at={n.businessTime} show="both" />} <span className="muted">{n.businessClock === 'wall' ? 'follows the clock' : 'moved by hand'}</span>
      </>
    ),
    meta: wide,
  },
  { header: 'Shards', accessorKey: 'shards', cell: ({ row: { original: n } }: Cell<NodeState>) => <span className="number">{`${formatCount(n.shards)} on ${n.workers} ${n.workers === 1 ? 'thread' : 'threads'}`}</span>, meta: right },
  {
    header: 'Commit',
    accessorKey: 'commitP99',
    cell: ({ row: { original: n } }: Cell<NodeState>) => <span className="number">{n.commitP99 > 0 ? `median ${n.commitMedian.toFixed(1)}, 99th ${n.commitP99.toFixed(1)} ms` : 'none'}</span>,
    meta: right,
  },
  {
    header: 'Appends a second',
    accessorKey: 'appendsPerSecond',
    cell: ({ row: { original: n } }: Cell<NodeState>) => (
      <span className="number">
        {formatCount(n.appendsPerSecond)} <span className="muted">of {formatShort(n.bytesPerSecond)} bytes</span>
      </span>
    ),
    meta: { ...right, ...wide },
  },
  { header: 'Memory', accessorFn: (n: NodeState) => Number(n.memory), cell: ({ row: { original: n } }: Cell<NodeState>) => `${formatCount((BigInt(n.memory) >> 20n).toString())} MiB`, meta: right },
  { header: 'Disk', accessorKey: 'diskFull', cell: ({ row: { original: n } }: Cell<NodeState>) => (n.diskFull ? <Badge tone="bad">full</Badge> : <Badge tone="good">has room</Badge>) },
];

/** What nobody can tell of a shard that is not owned. */
const unknown = <span className="muted">–</span>;

const shardColumns = (now: string) => [
  {
    header: 'Shard',
    accessorKey: 'shard',
    cell: ({ row: { original: s } }: Cell<ShardState>) => (
      <>
        {s.notOwned ? <Badge tone="bad">not owned</Badge> : null} {s.shard}
      </>
    ),
    meta: right,
  },
  { header: 'Owner', accessorKey: 'owner', meta: wide },
  { header: 'Epoch', accessorFn: (s: ShardState) => Number(s.epoch), meta: { ...right, ...wide } },
  { header: 'Turns', accessorFn: (s: ShardState) => Number(s.durablePosition), cell: ({ row: { original: s } }: Cell<ShardState>) => formatCount(s.durablePosition), meta: right },
  {
    header: 'Not durable',
    accessorFn: (s: ShardState) => Number(BigInt(s.position) - BigInt(s.durablePosition)),
    cell: ({ row: { original: s } }: Cell<ShardState>) => formatCount((BigInt(s.position) - BigInt(s.durablePosition)).toString()),
    meta: { ...right, ...wide },
  },
  { header: 'Commands', accessorKey: 'queuedCommands', cell: ({ row: { original: s } }: Cell<ShardState>) => (s.notOwned ? unknown : <Queue waiting={s.queuedCommands} />), meta: right },
  { header: 'Messages', accessorKey: 'queuedMessages', cell: ({ row: { original: s } }: Cell<ShardState>) => (s.notOwned ? unknown : <Queue waiting={s.queuedMessages} />), meta: right },
  { header: 'Outbox', accessorKey: 'outbox', cell: ({ row: { original: s } }: Cell<ShardState>) => (s.notOwned ? unknown : formatCount(s.outbox)), meta: { ...right, ...wide } },
  { header: 'Set aside', accessorKey: 'setAside', cell: ({ row: { original: s } }: Cell<ShardState>) => (s.notOwned ? unknown : s.setAside ? <Badge tone="bad">{s.setAside}</Badge> : '0'), meta: right },
  {
    header: 'Newest snapshot',
    accessorFn: (s: ShardState) => Number(BigInt(s.durablePosition) - BigInt(s.snapshotPosition)),
    cell: ({ row: { original: s } }: Cell<ShardState>) =>
      s.notOwned ? (
        unknown
      ) : s.snapshotPosition === '0' ? (
        <span className="muted">none yet</span>
      ) : (
        <span className="number" title={`turn ${formatCount(s.snapshotPosition)}, recorded ${formatSpan(Math.max(0, millisOf(now) - millisOf(s.snapshotTime)))} ago`}>
          <Time at={s.snapshotTime} />, {formatCount((BigInt(s.durablePosition) - BigInt(s.snapshotPosition)).toString())} turns since
        </span>
      ),
    meta: { ...right, ...wide },
  },
];

function Queue({ waiting }: { waiting: number }) {
  return waiting >= behindFrom ? <Badge tone="warn">{formatCount(waiting)}</Badge> : <>{formatCount(waiting)}</>;
}

const moveColumns = [
  { header: 'At', accessorFn: (m: ShardMove) => Number(m.at), cell: ({ row: { original: m } }: Cell<ShardMove>) => <Time at={m.at} /> },
  { header: 'Shard', accessorKey: 'shard', meta: right },
  { header: 'Epoch', accessorFn: (m: ShardMove) => Number(m.epoch), meta: { ...right, ...wide } },
  { header: 'What', accessorKey: 'kind', cell: ({ row: { original: m } }: Cell<ShardMove>) => (m.kind === 'KIND_DROPPED' ? <Badge tone="bad">dropped</Badge> : <Badge tone="good">loaded</Badge>) },
  { header: 'Why, or from what', accessorKey: 'reason', enableSorting: false, cell: ({ row: { original: m } }: Cell<ShardMove>) => <span className="move-reason">{m.reason}</span> },
];

const setAsideColumns = [
  { header: 'Actor', accessorFn: (a: SetAsideActor) => `${a.actorKind}/${a.actorId}` },
  { header: 'Shard', accessorKey: 'shard', meta: { ...right, ...wide } },
  { header: 'Messages waiting', accessorKey: 'messages', meta: right },
  { header: 'Because', accessorKey: 'reason', enableSorting: false, cell: ({ row: { original: a } }: Cell<SetAsideActor>) => <span className="move-reason">{a.reason}</span> },
  {
    header: 'Release',
    id: 'release',
    enableSorting: false,
    cell: ({ row: { original: a } }: Cell<SetAsideActor>) => (
      <ActionButton
        method="clearing.operations.v1.OperationsService/ReleaseQuarantined"
        request={{ actorKind: a.actorKind, actorId: a.actorId }}
        label="Release"
        what={`Release ${a.actorKind}/${a.actorId}: its ${a.messages} messages are worked on`}
        danger
      />
    ),
  },
];
