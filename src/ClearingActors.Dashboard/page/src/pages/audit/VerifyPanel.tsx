import { useState } from 'react';
import type { VerificationFinding, VerificationPhase, VerificationResult, VerificationRun } from '../../api/gen/audit';
import { useLive } from '../../api/live';
import { call } from '../../api/rpc';
import { useHasRole } from '../../api/session';
import { formatCount } from '../../format/decimal';
import { formatSpan, millisOf } from '../../format/time';
import { DataTable } from '../../ui/DataTable';
import { Badge, Panel, type Tone } from '../../ui/Panel';
import { Time } from '../../ui/Time';

const phases: Record<VerificationPhase, string> = {
  VERIFICATION_PHASE_UNSPECIFIED: 'Beginning',
  VERIFICATION_PHASE_HASHES: 'Hashes, checkpoints and signatures',
  VERIFICATION_PHASE_RULEBOOK: 'The rulebook: every turn is replayed beside books of its own',
  VERIFICATION_PHASE_RECEIPTS: 'Trade receipts',
};

const results: Record<VerificationResult, [Tone, string]> = {
  VERIFICATION_RESULT_UNSPECIFIED: ['info', 'Under way'],
  VERIFICATION_RESULT_IN_ORDER: ['good', 'In order'],
  VERIFICATION_RESULT_FINDINGS: ['bad', 'NOT IN ORDER'],
  VERIFICATION_RESULT_STOPPED: ['warn', 'Stopped before its end'],
  VERIFICATION_RESULT_FAILED: ['bad', 'Could not be done'],
};

/** Has the node verify its own journal, and shows what came of it. */
export function VerifyPanel() {
  const live = useLive('clearing.audit.v1.AuditRunService/GetVerification', {}, 500);
  const auditor = useHasRole('auditor');
  const [hashesOnly, setHashesOnly] = useState(false);
  const [failed, setFailed] = useState('');
  const [busy, setBusy] = useState(false);
  const { current, last } = live.value ?? {};

  async function run(what: () => Promise<unknown>) {
    setBusy(true);
    setFailed('');
    try {
      await what();
    } catch (e) {
      setFailed((e as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <Panel title="Verify the journal" className="half" error={failed || live.error}>
      {current ? (
        <Progress run={current}>
          {auditor ? (
            <button type="button" className="danger" disabled={busy} onClick={() => void run(() => call('clearing.audit.v1.AuditRunService/StopVerification', { number: current.number }))}>
              Stop
            </button>
          ) : null}
        </Progress>
      ) : auditor ? (
        <form
          className="filters verify"
          onSubmit={(e) => {
            e.preventDefault();
            void run(() => call('clearing.audit.v1.AuditRunService/StartVerification', { hashesOnly }));
          }}
        >
          <label>
            What
            <select value={hashesOnly ? 'hashes' : 'all'} onChange={(e) => setHashesOnly(e.target.value === 'hashes')}>
              <option value="all">Hashes, signatures, rulebook and receipts</option>
              <option value="hashes">Hashes and signatures only</option>
            </select>
          </label>
          <button type="submit" disabled={busy || !live.value}>
            Verify now
          </button>
        </form>
      ) : (
        <p className="muted">An auditor can have the node verify its journal.</p>
      )}
      {last ? <Result run={last} /> : live.value && !current ? <p className="muted spaced">Not verified since the node started. It runs beside clearing, at low priority.</p> : null}
    </Panel>
  );
}

function Progress({ run, children }: { run: VerificationRun; children: React.ReactNode }) {
  const [done, total] = [Number(run.rowsDone), Number(run.rowsTotal)];
  const steps = run.hashesOnly ? ['VERIFICATION_PHASE_HASHES'] : ['VERIFICATION_PHASE_HASHES', 'VERIFICATION_PHASE_RULEBOOK', 'VERIFICATION_PHASE_RECEIPTS'];
  return (
    <div>
      <p>
        <Badge tone="info">Under way</Badge>{' '}
        <strong>
          {steps.length > 1 ? `${steps.indexOf(run.phase) + 1} of ${steps.length}: ` : ''}
          {phases[run.phase]}
        </strong>
      </p>
      <progress className="spaced" max={Math.max(1, total)} value={done} aria-label="Rows verified" />
      <div className="travel-line">
        <span className="number">
          {formatCount(run.rowsDone)} of {formatCount(run.rowsTotal)} rows
        </span>
        <span className={run.findingCount === '0' ? 'muted' : 'bad'}>{run.findingCount === '0' ? 'no findings so far' : `${formatCount(run.findingCount)} findings so far`}</span>
        <span className="muted">
          by {run.by} since <Time at={run.startedAt} />
        </span>
        {children}
      </div>
      <Findings run={run} />
    </div>
  );
}

function Result({ run }: { run: VerificationRun }) {
  const [tone, word] = results[run.result];
  const { hashes, rulebook } = run;
  return (
    <div className="spaced">
      <p role={tone === 'bad' ? 'alert' : undefined} className={tone === 'bad' ? 'error loud' : undefined}>
        <Badge tone={tone}>{word}</Badge> verification {run.number}
        {run.hashesOnly ? ', hashes only' : ''}, ended <Time at={run.endedAt} show="both" /> UTC after {formatSpan(millisOf(run.endedAt) - millisOf(run.startedAt))}, asked for by {run.by}
        {run.failure ? `: ${run.failure}` : ''}
      </p>
      <dl className="facts spaced">
        {hashes ? (
          <>
            <dt>Hashes</dt>
            <dd>
              {formatCount(hashes.rows)} rows, {formatCount((BigInt(hashes.bytes) >> 10n).toString())} KiB
            </dd>
            <dt>Checkpoints</dt>
            <dd>
              {hashes.checkpoint === '0' ? (
                'none'
              ) : (
                <>
                  up to number {formatCount(hashes.checkpoint)} of <Time at={hashes.checkpointTime} show="both" />
                </>
              )}
              , {hashes.signatures ? 'signatures checked with this node’s keys' : 'no signature was checked: the node has no keys'}; {formatCount(hashes.rowsAfterCheckpoint)} rows behind it
            </dd>
          </>
        ) : null}
        {rulebook ? (
          <>
            <dt>Rulebook</dt>
            <dd>
              {formatCount(rulebook.events)} events in {formatCount(rulebook.turns)} turns: {formatCount(rulebook.trades)} trades, {formatCount(rulebook.cashEntries)} cash entries, {formatCount(rulebook.cycles)} cycles,{' '}
              {formatCount(rulebook.marginRuns)} margin runs, {formatCount(rulebook.calls)} calls, {formatCount(rulebook.waterfalls)} waterfalls, {formatCount(rulebook.snapshots)} snapshots
              {rulebook.complete ? '' : '. It ended at a turn that cannot be replayed'}
            </dd>
          </>
        ) : null}
        {run.receipts !== '0' ? (
          <>
            <dt>Receipts</dt>
            <dd>{formatCount(run.receipts)} made again and compared</dd>
          </>
        ) : null}
      </dl>
      <Findings run={run} />
    </div>
  );
}

function Findings({ run }: { run: VerificationRun }) {
  if (run.findings.length === 0) return null;
  return (
    <>
      <h3 className="spaced">
        {formatCount(run.findingCount)} {run.findingCount === '1' ? 'finding' : 'findings'}
        {Number(run.findingCount) > run.findings.length ? `, the first ${run.findings.length}` : ''}
      </h3>
      <DataTable label="Table of findings" rows={run.findings} rowId={(f) => `${f.where} ${f.rule} ${f.what}`} columns={columns} height={360} />
    </>
  );
}

const columns = [
  { header: 'Where', accessorKey: 'where' },
  { header: 'Rule', accessorKey: 'rule' },
  { header: 'What', accessorKey: 'what', enableSorting: false, cell: (c: { row: { original: VerificationFinding } }) => <span className="wrap">{c.row.original.what}</span> },
];
