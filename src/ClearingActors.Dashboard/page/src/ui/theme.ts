import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const system = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let chosen = readChosen();

function readChosen(): Theme | undefined {
  const kept = localStorage.getItem('theme');
  return kept === 'light' || kept === 'dark' ? kept : undefined;
}

function now(): Theme {
  return chosen ?? (system.matches ? 'dark' : 'light');
}

function apply() {
  document.documentElement.dataset.theme = now();
  listeners.forEach((listener) => listener());
}

system.addEventListener('change', apply);
apply();

/** Chooses for this browser; the system's choice holds until then. */
export function setTheme(theme: Theme) {
  chosen = theme;
  localStorage.setItem('theme', theme);
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, now);
}
