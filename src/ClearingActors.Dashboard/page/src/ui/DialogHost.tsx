import { useEffect, useSyncExternalStore, type ReactNode } from 'react';

let shown: ReactNode = null;
const listeners = new Set<() => void>();

function set(dialog: ReactNode) {
  shown = dialog;
  listeners.forEach((listener) => listener());
}

/**
 * Shows a dialog that stays although what was clicked goes: live rows and buttons do, often because of the very action, and its outcome must still be told. What is made gets
 * the function that closes it.
 */
export function showDialog(make: (close: () => void) => ReactNode) {
  set(make(() => set(null)));
}

/** The place of dialogs, once on the page. */
export function DialogHost() {
  // With the session: the next who signs in must not find another's dialog.
  useEffect(() => () => set(null), []);
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}
