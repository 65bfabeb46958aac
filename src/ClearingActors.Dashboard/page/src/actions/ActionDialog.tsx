import '../styles/actions.css';
import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react';
import type { Action } from '../api/gen/actions';
import { ApiError } from '../api/session';
import { Dialog } from '../ui/Dialog';
import { RequestView } from './RequestView';
import { resultOf } from './words';

/**
 * Shows what is about to happen, asks for a reason, and tells what came of it. The same dialog hands actions in, approves and declines them. While the answer is on its way it can be
 * closed: what was sent goes on, and the page "Operations" shows it.
 */
export function ActionDialog({
  title,
  method,
  request,
  told,
  about,
  submit,
  verb,
  danger,
  onClose,
  onDone,
}: {
  title: string;
  /** Whose request it is; that of `told` by itself. */
  method?: string;
  /** JSON. */
  request: string;
  /** The action that is decided about; none yet where one is handed in. */
  told?: Action;
  /** What the reader must know before the button is pressed. */
  about: ReactNode;
  submit: (reason: string) => Promise<Action | undefined>;
  verb: string;
  danger?: boolean;
  onClose: () => void;
  onDone?: (action: Action) => void;
}) {
  const [reason, setReason] = useState('');
  const [result, setResult] = useState<Action>();
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const reasonId = useId();
  const hintId = useId();
  const close = useRef<HTMLButtonElement>(null);
  const text = useRef<HTMLTextAreaElement>(null);

  // When the dialog is open, and not before: a closed one takes no focus.
  useEffect(() => text.current?.focus(), []);

  // The button that was pressed is gone then: the focus goes where Enter ends it.
  useEffect(() => {
    if (result) close.current?.focus();
  }, [result]);

  async function send(event: FormEvent) {
    event.preventDefault();
    if (busy || reason.trim() === '') return;
    setBusy(true);
    setError('');
    try {
      const action = await submit(reason.trim());
      setResult(action);
      if (action) onDone?.(action);
    } catch (e) {
      setError(e instanceof ApiError ? e.message : 'No answer came: it may have been done. Press again: it stays the same action and is not done twice. Or look at the page Operations.');
    } finally {
      setBusy(false);
    }
  }

  if (result) {
    const bad = result.stage === 'ACTION_STAGE_FAILED' || result.stage === 'ACTION_STAGE_INTERRUPTED';
    return (
      <Dialog title={title} onClose={onClose}>
        <p role={bad ? 'alert' : 'status'} className={bad ? 'error' : 'notice'}>
          {resultOf(result)}
        </p>
        {result.stage === 'ACTION_STAGE_DONE' && result.outcome !== '{ }' ? (
          <details className="spaced">
            <summary>What the node answered</summary>
            <OutcomeView outcome={result.outcome} />
          </details>
        ) : null}
        <div className="dialog-buttons">
          <button ref={close} type="button" onClick={onClose}>
            Close
          </button>
        </div>
      </Dialog>
    );
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(e) => void send(e)}>
        <RequestView request={request} told={told} method={method} />
        <div className="spaced">{about}</div>
        <label htmlFor={reasonId}>{told ? 'Your reason' : 'Reason'}</label>
        <textarea ref={text} id={reasonId} aria-describedby={hintId} required maxLength={500} rows={3} value={reason} onChange={(e) => setReason(e.target.value)} />
        <p id={hintId} className="muted small">
          Required. It is recorded with your name and the time.
        </p>
        {error ? (
          <p className="error spaced" role="alert">
            {error}
          </p>
        ) : null}
        <div className="dialog-buttons">
          <button type="button" className="plain" onClick={onClose}>
            {busy ? 'Close' : 'Cancel'}
          </button>
          <button type="submit" className={danger ? 'danger' : undefined} disabled={busy || reason.trim() === ''}>
            {busy ? 'Sending …' : verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A response in JSON field by field, or an error as it is. One that was cut is no JSON any more. */
export function OutcomeView({ outcome }: { outcome: string }) {
  return outcome.startsWith('{') ? <RequestView request={outcome} /> : <p className="outcome">{outcome}</p>;
}
