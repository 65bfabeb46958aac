import { useState } from 'react';
import { ActionDialog } from '../../actions/ActionDialog';
import { RequestView } from '../../actions/RequestView';
import { roleWords, titleOf } from '../../actions/words';
import type { Action, ActionKind } from '../../api/gen/actions';
import { call } from '../../api/rpc';
import { useSession, type Role } from '../../api/session';
import { showDialog } from '../../ui/DialogHost';
import { Badge } from '../../ui/Panel';
import { Countdown, Time } from '../../ui/Time';

/** Open actions as cards: everything that who approves must know is on the card. */
export function Waiting({ actions, kinds, now }: { actions: Action[]; kinds: ActionKind[]; now: string | undefined }) {
  return (
    <ul className="action-cards">
      {actions.map((action) => (
        <Card key={action.number} action={action} kinds={kinds} now={now} />
      ))}
    </ul>
  );
}

function Card({ action, kinds, now }: { action: Action; kinds: ActionKind[]; now: string | undefined }) {
  const session = useSession();
  const kind = kinds.find((k) => k.method === action.method);
  const allowed = kind ? session.roles.some((role: Role) => kind.roles.includes(role)) : session.roles.some((role) => role === 'operator' || role === 'riskmanager');
  const own = action.by === session.name;
  const title = titleOf(kinds, action.method);
  const decide = (decision: 'approve' | 'decline') => showDialog((close) => <DecideDialog action={action} title={title} decision={decision} own={own} onClose={close} />);
  const waits = action.stage === 'ACTION_STAGE_PROPOSED';
  return (
    <li className="action-card">
      <div className="action-head">
        <h3>
          {title} <span className="muted">No. {action.number}</span>
        </h3>
        {waits ? (
          <span className="action-left">
            expires in <strong>{now ? <Countdown to={action.expiresAt} now={now} /> : '–'}</strong>
          </span>
        ) : (
          <Badge tone="info">Running</Badge>
        )}
      </div>
      <RequestView request={action.request} told={action} />
      <p className="spaced">
        <strong>{action.by}</strong>
        {own ? ' (you)' : ''}, <Time at={action.at} show="both" />: {action.reason}
      </p>
      {action.decidedBy ? (
        <p>
          Approved by <strong>{action.decidedBy}</strong>, <Time at={action.decidedAt} show="both" />: {action.decisionReason}
        </p>
      ) : null}
      {action.refusals.map((refusal, i) => (
        <p key={i} className="muted">
          Refused, <Time at={refusal.at} show="both" />: {refusal.why}
        </p>
      ))}
      {waits && !allowed ? <p className="muted spaced">Somebody with the role {roleWords(kind?.roles ?? ['operator'])} must decide.</p> : null}
      {waits && allowed ? (
        <div className="action-buttons">
          {own || !kind ? (
            <span className="muted">{own ? 'Somebody else must approve it.' : 'This node does not know the method any more.'}</span>
          ) : (
            <button type="button" className="big" aria-haspopup="dialog" onClick={() => decide('approve')}>
              Approve<span className="unseen"> action {action.number}</span>
            </button>
          )}
          <button type="button" className="big quiet" aria-haspopup="dialog" onClick={() => decide('decline')}>
            {own ? 'Take back' : 'Decline'}
            <span className="unseen"> action {action.number}</span>
          </button>
        </div>
      ) : null}
    </li>
  );
}

function DecideDialog({ action, title, decision, own, onClose }: { action: Action; title: string; decision: 'approve' | 'decline'; own: boolean; onClose: () => void }) {
  const approve = decision === 'approve';
  // What is decided about is what was on the screen when the dialog opened, even if the action ends meanwhile.
  const [shown] = useState(action);
  return (
    <ActionDialog
      title={`${approve ? 'Approve' : own ? 'Take back' : 'Decline'}: ${title}`}
      request={shown.request}
      told={shown}
      about={
        <>
          <p>
            Asked for by <strong>{shown.by}</strong>: {shown.reason}
          </p>
          <p>
            <strong>{approve ? 'When you approve, it is done at once.' : 'Nothing is done then.'}</strong>
          </p>
        </>
      }
      verb={approve ? 'Approve' : own ? 'Take back' : 'Decline'}
      submit={async (reason) => (await call(`clearing.actions.v1.ActionService/${approve ? 'ApproveAction' : 'DeclineAction'}`, { number: shown.number, reason })).action}
      onClose={onClose}
    />
  );
}
