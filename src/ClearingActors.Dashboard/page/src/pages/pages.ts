import { lazy, type ComponentType } from 'react';

/** A page in the navigation, with the addresses under it. The first of them is where the navigation leads. */
export interface Page {
  /** As in the node's alerts. */
  id: string;
  title: string;
  /** One character that stands for it on narrow screens. */
  sign: string;
  routes: { path: string; component: ComponentType }[];
}

const loads: (() => Promise<unknown>)[] = [];

function page(load: () => Promise<{ default: ComponentType }>) {
  loads.push(load);
  return lazy(load);
}

/** Loads what is loaded only when its page is opened otherwise. What fails is tried again when it is opened. */
export function loadAll() {
  for (const load of loads) load().catch(() => undefined);
}

const OverviewPage = page(() => import('./overview/OverviewPage'));
const AccountsPage = page(() => import('./accounts/AccountsPage'));
const AccountPage = page(() => import('./accounts/AccountPage'));
const MarketPage = page(() => import('./market/MarketPage'));
const MarginPage = page(() => import('./margin/MarginPage'));
const DefaultsPage = page(() => import('./defaults/DefaultsPage'));
const ClusterPage = page(() => import('./cluster/ClusterPage'));
const AuditPage = page(() => import('./audit/AuditPage'));
const OperationsPage = page(() => import('./operations/OperationsPage'));

export const pages: Page[] = [
  { id: 'overview', title: 'Overview', sign: '◎', routes: [{ path: '/', component: OverviewPage }] },
  {
    id: 'accounts',
    title: 'Members and accounts',
    sign: '☷',
    routes: [
      { path: '/accounts', component: AccountsPage },
      { path: '/accounts/:account', component: AccountPage },
    ],
  },
  { id: 'market', title: 'Market', sign: '∿', routes: [{ path: '/market', component: MarketPage }] },
  { id: 'margin', title: 'Margin and stress', sign: '◔', routes: [{ path: '/margin', component: MarginPage }] },
  {
    id: 'defaults',
    title: 'Default management',
    sign: '⚑',
    routes: [
      { path: '/defaults', component: DefaultsPage },
      { path: '/defaults/:number', component: DefaultsPage },
    ],
  },
  { id: 'cluster', title: 'Cluster', sign: '▦', routes: [{ path: '/cluster', component: ClusterPage }] },
  { id: 'audit', title: 'Audit', sign: '✓', routes: [{ path: '/audit', component: AuditPage }] },
  { id: 'operations', title: 'Operations', sign: '✎', routes: [{ path: '/operations', component: OperationsPage }] },
];

export function pathOf(id: string): string | undefined {
  return pages.find((page) => page.id === id)?.routes[0]?.path;
}
