import { useSyncExternalStore } from 'react';

const wide = window.matchMedia('(min-width: 1500px)');

/** True where there is room for every column. */
export function useIsWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      wide.addEventListener('change', changed);
      return () => wide.removeEventListener('change', changed);
    },
    () => wide.matches,
  );
}
