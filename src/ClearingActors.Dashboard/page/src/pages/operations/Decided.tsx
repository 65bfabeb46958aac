import type { ColumnDef } from '@tanstack/react-table';
import { useMemo, useState } from 'react';
import { OutcomeView } from '../../actions/ActionDialog';
import { factsOf } from '../../actions/facts';
import { RequestView } from '../../actions/RequestView';
import { useScales, type Scales } from '../../actions/scales';
import { stages, titleOf } from '../../actions/words';
import type { Action, ActionKind, ActionStage } from '../../api/gen/actions';
import { DataTable } from '../../ui/DataTable';
import { Dialog } from '../../ui/Dialog';
import { Badge } from '../../ui/Panel';
import { Time } from '../../ui/Time';

const ends: ActionStage[] = ['ACTION_STAGE_DONE', 'ACTION_STAGE_FAILED', 'ACTION_STAGE_INTERRUPTED', 'ACTION_STAGE_DECLINED', 'ACTION_STAGE_EXPIRED'];

/** When an action came to its end: a declined one when it was decided. */
function endOf(action: Action): string {
  return action.finishedAt !== '0' ? action.finishedAt : action.decidedAt;
}

function inWords(action: Action, kinds: ActionKind[], scales: Scales): string {
  let facts = '';
  try {
    const request = JSON.parse(action.request) as Record<string, unknown>;
    facts = factsOf({ ...request, reason: undefined, requestId: undefined }, scales, action.method)
      .filter((fact) => !fact.long)
      .map((fact) => fact.value)
      .join(' ');
  } catch {
    // Not JSON: the title alone says what it was, and the dialog shows the text.
  }
  return `${titleOf(kinds, action.method)}${facts ? `: ${facts}` : ''}`;
}

/** The log of what was decided, the newest first, by any word in it. */
export function Decided({ actions, kinds }: { actions: Action[]; kinds: ActionKind[] }) {
  const scales = useScales();
  const [words, setWords] = useState('');
  const [stage, setStage] = useState<ActionStage | ''>('');
  const [open, setOpen] = useState<Action>();
  const rows = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return actions.filter((a) => {
      if (stage && a.stage !== stage) return false;
      const text = `${a.number} ${inWords(a, kinds, scales)} ${a.method} ${a.by} ${a.reason} ${a.decidedBy} ${a.decisionReason} ${a.outcome}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
  }, [actions, kinds, scales, words, stage]);
  const columns = useMemo<ColumnDef<Action>[]>(
    () => [
      {
        header: 'No.',
        accessorFn: (a) => Number(a.number),
        cell: ({ row }) => (
          <button type="button" className="link" aria-haspopup="dialog" onClick={() => setOpen(row.original)}>
            {row.original.number}
            <span className="unseen">, show action</span>
          </button>
        ),
      },
      { header: 'Ended', accessorFn: (a) => stages[a.stage].word, cell: ({ row }) => <Badge tone={stages[row.original.stage].tone}>{stages[row.original.stage].word}</Badge> },
      { header: 'What', accessorFn: (a) => inWords(a, kinds, scales), cell: (c) => <Cut text={c.getValue<string>()} /> },
      { header: 'By', accessorFn: (a) => a.by },
      { header: 'Decided by', accessorFn: (a) => a.decidedBy || '–', meta: { wide: true } },
      { header: 'At, UTC', accessorFn: (a) => Number(BigInt(endOf(a)) / 1_000_000n), cell: ({ row }) => <Time at={endOf(row.original)} show="both" />, meta: { wide: true } },
      { header: 'Reason', accessorFn: (a) => a.reason, cell: (c) => <Cut text={c.getValue<string>()} />, meta: { wide: true } },
    ],
    [kinds, scales],
  );
  return (
    <>
      <div className="filters">
        <label>
          Find
          <input type="search" value={words} placeholder="any word" onChange={(e) => setWords(e.target.value)} />
        </label>
        <label>
          Ended
          <select value={stage} onChange={(e) => setStage(e.target.value as ActionStage | '')}>
            <option value="">in any way</option>
            {ends.map((end) => (
              <option key={end} value={end}>
                {stages[end].word}
              </option>
            ))}
          </select>
        </label>
        <span className="muted" role="status">
          {rows.length} of {actions.length}
        </span>
      </div>
      <DataTable
        label="Decided actions"
        columns={columns}
        rows={rows}
        rowId={(a) => a.number}
        height={620}
        empty={actions.length === 0 ? 'Nothing was decided yet.' : 'Nothing fits the filter.'}
        onOpen={setOpen}
        selected={open?.number}
      />
      <p className="muted small spaced">The last 200. The journal has all: clearing audit show.</p>
      {open ? <Details action={open} kinds={kinds} onClose={() => setOpen(undefined)} /> : null}
    </>
  );
}

function Cut({ text }: { text: string }) {
  return (
    <span className="cut" title={text}>
      {text}
    </span>
  );
}

function Details({ action, kinds, onClose }: { action: Action; kinds: ActionKind[]; onClose: () => void }) {
  return (
    <Dialog title={`${titleOf(kinds, action.method)}, No. ${action.number}`} onClose={onClose}>
      <p>
        <Badge tone={stages[action.stage].tone}>{stages[action.stage].word}</Badge> <Time at={endOf(action)} show="both" /> <span className="muted">UTC</span>
      </p>
      <h3 className="spaced">Request</h3>
      <RequestView request={action.request} told={action} />
      <h3 className="spaced">Handed in</h3>
      <p>
        <strong>{action.by}</strong>, <Time at={action.at} show="both" />: {action.reason}
      </p>
      {action.decidedBy ? (
        <>
          <h3 className="spaced">{action.stage === 'ACTION_STAGE_DECLINED' ? 'Declined' : 'Approved'}</h3>
          <p>
            <strong>{action.decidedBy}</strong>, <Time at={action.decidedAt} show="both" />: {action.decisionReason}
          </p>
        </>
      ) : null}
      {action.refusals.length > 0 ? (
        <>
          <h3 className="spaced">Refused meanwhile</h3>
          {action.refusals.map((refusal, i) => (
            <p key={i}>
              <Time at={refusal.at} show="both" />: {refusal.why}
            </p>
          ))}
        </>
      ) : null}
      {action.outcome && action.outcome !== '{ }' ? (
        <>
          <h3 className="spaced">Outcome</h3>
          <OutcomeView outcome={action.outcome} />
        </>
      ) : null}
      <p className="muted small spaced outcome">
        {action.method}, request id {action.requestId}
      </p>
      <div className="dialog-buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
