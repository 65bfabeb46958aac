import type { Action, Decision, Default } from '../../api/gen/defaults';
import { useSession } from '../../api/session';
import { ActionButton } from '../../ui/ActionButton';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { actionWord } from './words';

/** What may be decided now: each needs two operators, the first proposes and another approves. */
function open(d: Default): Action[] {
  const possible: Action[] =
    d.stage === 'STAGE_TRIGGERED'
      ? ['ACTION_DECLARE']
      : d.stage === 'STAGE_CLOSING_OUT'
        ? ['ACTION_HAIRCUT_GAINS', 'ACTION_TEAR_UP']
        : d.stage === 'STAGE_ALLOCATED' && d.allocation && d.allocation.unallocated !== '0'
          ? ['ACTION_HAIRCUT_GAINS', 'ACTION_WRITE_OFF']
          : [];
  const unsold = d.accounts.some((a) => a.stage === 'ACCOUNT_STAGE_UNSOLD');
  return possible.filter((a) => (a === 'ACTION_TEAR_UP' ? unsold : a === 'ACTION_HAIRCUT_GAINS' ? d.stage === 'STAGE_ALLOCATED' : true) && !d.proposals.some((p) => p.action === a));
}

export function DecisionsPanel({ d }: { d: Default }) {
  const { name } = useSession();
  const possible = open(d);
  const single = d.stage === 'STAGE_TRIGGERED' || d.stage === 'STAGE_ALLOCATED';
  return (
    <>
      <Panel title="Decisions" className="half">
        {d.proposals.map((p) => (
          <div key={p.action} className="waiting" role="group" aria-label={`${actionWord[p.action]} waits for a second person`}>
            <p>
              <strong>{actionWord[p.action]}</strong> waits for a second person.
            </p>
            <p className="muted">
              Proposed by {p.by} at <Time at={p.at} />: {p.reason}
            </p>
            {p.by === name ? (
              <p className="muted">You proposed it, so somebody else must approve it.</p>
            ) : (
              <ActionButton
                method="clearing.defaults.v1.DefaultService/DecideDefault"
                request={{ number: d.number, action: p.action, step: 'DECISION_STEP_APPROVE', proposedAt: p.at }}
                label="Approve"
                what={`Approve: ${actionWord[p.action].toLowerCase()} of ${d.member}`}
                danger
              />
            )}
          </div>
        ))}
        {possible.length > 0 || single ? (
          <div className="panel-actions">
            {possible.map((action) => (
              <ActionButton
                key={action}
                method="clearing.defaults.v1.DefaultService/DecideDefault"
                request={{ number: d.number, action, step: 'DECISION_STEP_PROPOSE' }}
                label={`${actionWord[action]} …`}
                what={`Propose: ${actionWord[action].toLowerCase()} (${d.member})`}
                danger
              />
            ))}
            {d.stage === 'STAGE_TRIGGERED' ? (
              <ActionButton method="clearing.defaults.v1.DefaultService/LiftTrigger" request={{ number: d.number }} label="Lift the trigger …" what={`Lift the trigger: ${d.member} may trade again`} />
            ) : null}
            {d.stage === 'STAGE_ALLOCATED' ? (
              <ActionButton method="clearing.defaults.v1.DefaultService/CloseDefault" request={{ number: d.number }} label="Close …" what={`Close default ${d.number} of ${d.member}`} />
            ) : null}
          </div>
        ) : null}
        {d.proposals.length === 0 && possible.length === 0 && !single ? <p className="muted">Nothing waits to be decided.</p> : null}
      </Panel>
      <Panel title="Who decided what" className="half">
        <History d={d} />
      </Panel>
    </>
  );
}

function History({ d }: { d: Default }) {
  const all = [
    ...d.decisions.map((x: Decision) => ({ at: x.at, text: `${actionWord[x.action]}: ${x.by}${x.proposedBy ? ` approved what ${x.proposedBy} proposed` : ''}`, reason: x.reason, refused: false })),
    ...d.notes.map((x) => ({ at: x.at, text: `${x.what}: ${x.by}`, reason: x.reason, refused: false })),
    ...d.refusals.map((x) => ({ at: x.at, text: `Refused ${x.by}: ${x.what}`, reason: x.why, refused: true })),
    ...d.recoveries.map((x) => ({ at: x.at, text: `Recovered: ${x.by}`, reason: x.reason, refused: false })),
  ].sort((a, b) => (BigInt(a.at) < BigInt(b.at) ? 1 : -1));
  if (all.length === 0) return <p className="muted">Nobody has decided anything yet.</p>;
  return (
    <ul className="alerts history">
      {all.map((x, i) => (
        <li key={i}>
          <Time at={x.at} show="both" />
          <span className={`alert-text ${x.refused ? 'bad' : ''}`}>
            {x.text}
            {x.reason ? <span className="muted"> – {x.reason}</span> : null}
          </span>
        </li>
      ))}
    </ul>
  );
}
