import { useState } from 'react';
import { ActionDialog } from '../actions/ActionDialog';
import type { Action } from '../api/gen/actions';
import { useLive } from '../api/live';
import { call, type Method, type Request } from '../api/rpc';
import { useHasRole, type Role } from '../api/session';
import { showDialog } from './DialogHost';

/** An id of the caller's own: under it an action is carried out once, however often it is sent. */
export function newRequestId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (n) => n.toString(16).padStart(8, '0')).join('');
}

/**
 * A button that asks for a reason and hands an action in. It is not there for who may not use it; the node checks again. While nobody knows who may, it says so instead. `what` says in a few words what will happen. A request of
 * the method that has a `reason` or `requestId` of its own gets the action's.
 */
export function ActionButton<M extends Method>({
  method,
  request,
  label,
  what,
  danger,
  onDone,
}: {
  method: M;
  request: Request<M>;
  label: string;
  what: string;
  danger?: boolean;
  onDone?: (action: Action) => void;
}) {
  const { value, error } = useLive('clearing.actions.v1.ActionService/GetActions', { limit: 1 }, 2000);
  const kind = value?.kinds.find((k) => k.method === method);
  const allowed = useHasRole(...((kind?.roles ?? []) as Role[]));
  if (!value && error) {
    return (
      <>
        <button type="button" disabled>
          {label}
        </button>{' '}
        <span className="bad small">The log of actions cannot be read: {error}</span>
      </>
    );
  }
  if (!kind || !allowed) return null;
  return (
    <button
      type="button"
      className={danger ? 'danger' : undefined}
      aria-haspopup="dialog"
      onClick={(e) => {
        e.stopPropagation();
        showDialog((close) => <SubmitDialog method={method} request={JSON.stringify(request)} what={what} needsSecond={kind.needsSecond} danger={danger} onClose={close} onDone={onDone} />);
      }}
    >
      {label}
    </button>
  );
}

/** Hands an action in after it has been shown with its request, and with a reason. */
export function SubmitDialog({
  method,
  request,
  what,
  needsSecond,
  danger,
  onClose,
  onDone,
}: {
  method: string;
  /** JSON. */
  request: string;
  what: string;
  needsSecond: boolean;
  danger?: boolean;
  onClose: () => void;
  onDone?: (action: Action) => void;
}) {
  // One id and one request for this dialog: if the answer is lost and the button is pressed again, it is the same action, and what is behind the dialog may change meanwhile.
  const [requestId] = useState(newRequestId);
  const [shown] = useState(request);
  return (
    <ActionDialog
      title={what}
      method={method}
      request={shown}
      about={
        needsSecond ? (
          <p>
            <strong>A second person must approve this</strong> within 30 minutes before it is done.
          </p>
        ) : (
          <p>
            <strong>This is done at once.</strong>
          </p>
        )
      }
      verb={needsSecond ? 'Hand in' : 'Do it'}
      danger={danger}
      submit={async (reason) => (await call('clearing.actions.v1.ActionService/SubmitAction', { requestId, method, request: shown, reason })).action}
      onClose={onClose}
      onDone={onDone}
    />
  );
}
