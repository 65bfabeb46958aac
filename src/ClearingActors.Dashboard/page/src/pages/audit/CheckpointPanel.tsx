import { useMemo, useState } from 'react';
import { useLive } from '../../api/live';
import { call } from '../../api/rpc';
import { formatCount } from '../../format/decimal';
import { formatSpan, millisOf } from '../../format/time';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { decodeText, parseCheckpoint, turnsOf, type Checkpoint, type ShardRoot } from './checkpoint';
import { download } from './download';

/** The newest signed checkpoint: what the house cannot take back. */
export function CheckpointPanel() {
  const checkpoints = useLive('clearing.audit.v1.AuditService/GetCheckpoints', {}, 2000);
  const status = useLive('clearing.operations.v1.OperationsService/GetStatus', {}, 2000);
  const now = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500).value?.now;
  const [failed, setFailed] = useState('');
  const newest = checkpoints.value?.checkpoints[0];
  const read = useMemo(() => {
    if (!newest) return {};
    try {
      const text = decodeText(newest.text);
      return { text, checkpoint: parseCheckpoint(text) };
    } catch (e) {
      return { error: (e as Error).message };
    }
  }, [newest]);
  const durable = status.value?.shards.reduce((sum, shard) => sum + BigInt(shard.durablePosition), 0n);
  const failure = status.value?.checkpointFailure;

  async function saveKeys() {
    setFailed('');
    try {
      download('clearing-keys.pub', (await call('clearing.audit.v1.AuditService/GetKeys', {})).pem, 'application/x-pem-file');
    } catch (e) {
      setFailed((e as Error).message);
    }
  }

  return (
    <Panel
      title="Signed checkpoint"
      className="half"
      error={failed || read.error || checkpoints.error || status.error}
      actions={
        <>
          <button type="button" className="plain" disabled={!read.checkpoint} onClick={() => download(`checkpoint-${read.checkpoint!.number}.txt`, read.text!)}>
            Save the checkpoint
          </button>
          <button type="button" className="plain" onClick={() => void saveKeys()}>
            Save the public keys
          </button>
        </>
      }
    >
      {failure ? (
        <p className="error loud" role="alert">
          <strong>The journal is not being signed.</strong> {failure} Clearing goes on; what comes from now on is proved by nothing until this is mended.
        </p>
      ) : null}
      {read.checkpoint ? <Facts checkpoint={read.checkpoint} durable={durable} now={now} /> : checkpoints.value && !newest ? <p className="muted">Nothing is signed yet.</p> : null}
    </Panel>
  );
}

function Facts({ checkpoint, durable, now }: { checkpoint: Checkpoint; durable: bigint | undefined; now: string | undefined }) {
  const covered = turnsOf(checkpoint);
  const open = durable === undefined || durable < covered ? undefined : durable - covered;
  return (
    <>
      <dl className="facts">
        <dt>Number</dt>
        <dd>
          <strong className="number">{formatCount(checkpoint.number)}</strong>
        </dd>
        <dt>Signed at</dt>
        <dd>
          <Time at={checkpoint.time} show="both" /> UTC{now ? <span className="muted">, {formatSpan(Math.max(0, millisOf(now) - millisOf(checkpoint.time)))} ago</span> : null}
        </dd>
        <dt>Covers</dt>
        <dd>
          {formatCount(covered.toString())} turns{' '}
          {open === undefined ? null : open === 0n ? <Badge tone="good">all that is durable</Badge> : <span className="muted">and {formatCount(open.toString())} more are not signed yet</span>}
        </dd>
        <dt>Key</dt>
        <dd className="hash">{checkpoint.key}</dd>
        {checkpoint.nextKey ? (
          <>
            <dt>Next key</dt>
            <dd className="hash">{checkpoint.nextKey}</dd>
          </>
        ) : null}
        <dt>Journal</dt>
        <dd className="hash">
          {checkpoint.journal}, generation {checkpoint.generation}
        </dd>
      </dl>
      <details className="spaced">
        <summary>Heads of the {checkpoint.shards.length} shards</summary>
        <DataTable label="Table of heads of the shards" rows={checkpoint.shards} rowId={(s) => String(s.shard)} columns={columns} height={320} />
      </details>
    </>
  );
}

const columns = [
  { header: 'Shard', accessorKey: 'shard', meta: { align: 'right' as const } },
  { header: 'Turns', accessorFn: (s: ShardRoot) => Number(s.turns), cell: (c: { row: { original: ShardRoot } }) => formatCount(c.row.original.turns), meta: { align: 'right' as const } },
  { header: 'Root of its tree', accessorKey: 'root', enableSorting: false, cell: (c: { row: { original: ShardRoot } }) => <span className="hash">{c.row.original.root}</span> },
];
