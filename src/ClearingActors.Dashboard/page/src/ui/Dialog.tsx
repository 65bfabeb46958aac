import { useId, useLayoutEffect, useRef, type ReactNode, type SyntheticEvent } from 'react';
import { createPortal } from 'react-dom';

/** What is done in a dialog is no click on the row, and no sending of the form, that its button stands in. */
const stop = (event: SyntheticEvent) => event.stopPropagation();

/** A dialog over the page: the browser keeps the focus in it, Escape closes it, and the focus goes back to where it was. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      // When the dialog is gone: what is behind an open one takes no focus.
      queueMicrotask(() => {
        if (before instanceof HTMLElement) before.focus();
      });
    };
  }, []);
  return createPortal(
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose} onCancel={onClose} onClick={stop} onSubmit={stop}>
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" className="plain" aria-label="Close" onClick={onClose}>
          ✕
        </button>
      </header>
      {children}
    </dialog>,
    document.body,
  );
}
