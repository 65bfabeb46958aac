import { useEffect, useState, type ReactNode } from 'react';
import { NavLink, useLocation } from 'react-router-dom';
import { connection, useConnection, useLive } from '../api/live';
import { actionPatience, within } from '../api/patience';
import { post, useSession } from '../api/session';
import { businessDate, formatSpan } from '../format/time';
import { pages } from '../pages/pages';
import { DialogHost } from '../ui/DialogHost';
import { setTheme, useTheme } from '../ui/theme';
import { Badge } from '../ui/Panel';
import { Time } from '../ui/Time';

/** What surrounds every page: where one is, who one is, and whether what one sees is now. */
export function Shell({ children, onSignedOut, outdated }: { children: ReactNode; onSignedOut: (warning: string) => Promise<void>; outdated: boolean }) {
  const session = useSession();
  const theme = useTheme();
  const location = useLocation();
  const [menu, setMenu] = useState(false);
  const [error, setError] = useState('');
  const live = useLive('clearing.house.v1.HouseService/GetOverview', {}, 500);
  const overview = live.value;
  const alerts = overview?.alerts ?? [];
  const critical = alerts.filter((a) => a.severity === 'SEVERITY_CRITICAL').length;
  const current = pages.find((page) => page.routes.some((route) => matches(route.path, location.pathname)));

  useEffect(() => {
    setMenu(false);
    document.title = `${current?.title ?? 'Clearing house'} – ${session.node}`;
  }, [location.pathname, current?.title, session.node]);

  async function signOut() {
    setError('');
    try {
      await onSignedOut(
        await within(actionPatience, undefined, async (signal) => {
          const answer = await post('/api/sign-out', '', signal);
          // Without a body there is nothing to warn of.
          return answer.status === 204 ? '' : ((await answer.json()) as { warning: string }).warning;
        }),
      );
    } catch (e) {
      setError(`You are not signed out: ${(e as Error).message}`);
    }
  }

  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="bar">
        <button type="button" className="plain menu-button" aria-expanded={menu} aria-controls="navigation" onClick={() => setMenu(!menu)}>
          <span aria-hidden="true">☰</span> <span className="menu-word">Menu</span>
        </button>
        <strong className="bar-title">{session.node}</strong>
        <div className="bar-state">
          <ConnectionSign />
          {live.error ? <Badge tone="bad">The house cannot be read: figures are old</Badge> : null}
          {overview ? (
            <>
              <span className="bar-item" title={`Business time, UTC; the business date is ${businessDate(overview.businessDate)}`}>
                <Time at={overview.businessTime} show="both" />
              </span>
              {overview.haltUnknown ? <Badge tone="bad">Halt cannot be read</Badge> : overview.houseHalted ? <Badge tone="bad">House halted</Badge> : null}
              {overview.diskFull ? <Badge tone="bad">Disk full</Badge> : null}
              {alerts.length > 0 ? (
                <NavLink to="/" className="bar-item">
                  <Badge tone={critical ? 'bad' : 'warn'}>
                    {alerts.length} {alerts.length === 1 ? 'alert' : 'alerts'}
                  </Badge>
                </NavLink>
              ) : null}
            </>
          ) : null}
        </div>
        <div className="bar-user">
          <span className="bar-name" title={session.roles.join(', ')}>
            {session.name}
          </span>
          <button type="button" className="plain" onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')} aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}>
            {theme === 'dark' ? '☀' : '☾'}
          </button>
          <button type="button" className="plain" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </header>
      <nav id="navigation" className={menu ? 'open' : ''} aria-label="Pages">
        {pages.map((page) => (
          <NavLink key={page.id} to={page.routes[0]!.path} end={page.routes[0]!.path === '/'}>
            <span aria-hidden="true" className="nav-sign">
              {page.sign}
            </span>
            {page.title}
            <AlertCount page={page.id} alerts={alerts} />
          </NavLink>
        ))}
      </nav>
      <main id="content" tabIndex={-1}>
        {error ? (
          <p className="error" role="alert">
            {error}
          </p>
        ) : null}
        {outdated ? (
          <p className="notice" role="status">
            The node has a newer page than this one.{' '}
            <button type="button" onClick={() => window.location.reload()}>
              Load it
            </button>
          </p>
        ) : null}
        <h1 className="page-title">{current?.title}</h1>
        {children}
      </main>
      <DialogHost />
    </div>
  );
}

function AlertCount({ page, alerts }: { page: string; alerts: { page: string }[] }) {
  const count = alerts.filter((a) => a.page === page).length;
  return count ? (
    <span className="nav-count">
      {count}
      <span className="unseen"> {count === 1 ? 'alert' : 'alerts'}</span>
    </span>
  ) : null;
}

/** Whether the figures are live, in a word and a sign, and for how long they are not. */
function ConnectionSign() {
  const state = useConnection();
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (state !== 'lost') return;
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [state]);
  return (
    <span className="bar-item connection">
      <span className="unseen" role="status">
        {state === 'live' ? 'Connected' : state === 'lost' ? 'Connection lost: figures are old' : 'Connecting'}
      </span>
      {state === 'live' ? (
        <Badge tone="good">Live</Badge>
      ) : state === 'lost' ? (
        <Badge tone="bad">Connection lost{connection.lostAt ? ` for ${formatSpan(Math.max(0, now - connection.lostAt))}` : ''}: figures are old</Badge>
      ) : (
        <Badge tone="warn">Connecting</Badge>
      )}
    </span>
  );
}

function matches(route: string, path: string): boolean {
  const pattern = new RegExp(`^${route.replace(/:[^/]+/g, '[^/]+')}$`);
  return pattern.test(path);
}
