import { useEffect, useId, useMemo, useState } from 'react';
import type { GetTimelineResponse, TravelMark, TravelMarkKind } from '../../api/gen/audit';
import { useLive } from '../../api/live';
import { useHasRole } from '../../api/session';
import { formatCount } from '../../format/decimal';
import { businessDate, millisOf, utcDate, utcTime } from '../../format/time';
import { Panel } from '../../ui/Panel';
import { Time } from '../../ui/Time';
import { HouseThen } from './HouseThen';
import { aboutWhen, parseMoment } from './moments';
import { Command } from './OfflinePanel';
import { useTravel, type Travel } from './useTravel';

/** The house as it was at any turn of the journal. */
export function TravelPanel() {
  const auditor = useHasRole('auditor');
  const timeline = useLive('clearing.audit.v1.TimeTravelService/GetTimeline', {}, 10_000);
  const travel = useTravel();
  const turns = Number(timeline.value?.turns ?? 0);
  const open = travel.house !== undefined || travel.moving;
  return (
    <Panel
      title="The house as it was"
      error={travel.error || timeline.error}
      actions={
        auditor && open ? (
          <>
            <button type="button" className="plain" disabled={travel.moving} onClick={() => void travel.go({ newest: true })}>
              Go to now
            </button>
            <button type="button" className="plain" onClick={() => void travel.end()}>
              Close
            </button>
          </>
        ) : null
      }
    >
      {!timeline.value ? (
        <p role="status">Loading …</p>
      ) : turns === 0 ? (
        <p className="muted">The journal is empty.</p>
      ) : (
        <>
          <Span timeline={timeline.value} />
          {!auditor ? (
            <p className="muted spaced">An auditor can go back to any of these turns.</p>
          ) : open ? (
            <Slider timeline={timeline.value} travel={travel} />
          ) : (
            <p className="spaced">
              <button type="button" onClick={() => void travel.go({ newest: true })}>
                Look back
              </button>{' '}
              <span className="muted">The node replays its journal for you, at low priority, and keeps two hundred moments on the way.</span>
            </p>
          )}
        </>
      )}
      {travel.house ? <HouseThen house={travel.house} newest={travel.newest} exact={travel.exact} /> : null}
      {travel.house && travel.exact ? (
        <div className="spaced">
          <Command label="The same from a copy of the journal, with every turn of this instant" text={`clearing audit replay --journal clearing.journal --at ${travel.house.recordedTime}`} />
        </div>
      ) : null}
    </Panel>
  );
}

function Span({ timeline }: { timeline: GetTimelineResponse }) {
  const last = timeline.points.at(-1);
  const first = timeline.points.find((p) => p.businessTime !== '0');
  return (
    <p className="muted">
      {formatCount(timeline.turns)} turns, recorded from <Time at={timeline.firstRecorded} show="both" /> to <Time at={timeline.lastRecorded} show="both" /> UTC
      {first && last ? (
        <>
          ; business time from <Time at={first.businessTime} show="both" /> to <Time at={last.businessTime} show="both" />
        </>
      ) : null}
      .
    </p>
  );
}

const kinds: Record<TravelMarkKind, string> = {
  TRAVEL_MARK_KIND_UNSPECIFIED: '',
  TRAVEL_MARK_KIND_CYCLE_CLOSED: 'cycle',
  TRAVEL_MARK_KIND_HALT: 'halt',
  TRAVEL_MARK_KIND_DEFAULT: 'default',
  TRAVEL_MARK_KIND_TROUBLE: 'trouble',
};

/** How long each moment is shown while one plays, milliseconds. */
const frameTime = 400;

function Slider({ timeline, travel }: { timeline: GetTimelineResponse; travel: Travel }) {
  const turns = Math.max(Number(timeline.turns), travel.turn);
  const id = useId();
  const [playing, setPlaying] = useState(false);
  const marks = travel.progress?.marks ?? [];
  const kept = useMemo(() => (travel.progress?.kept ?? []).map(Number), [travel.progress?.kept]);
  // Before the first answer it goes to the newest moment.
  const turn = travel.turn || turns;
  const shown = travel.house && Number(travel.house.turn) === turn ? travel.house : undefined;
  const recorded = shown ? BigInt(shown.recordedTime) : aboutWhen(timeline.points, turn);
  const business = shown ? shown.businessTime : aboutWhen(timeline.points, turn, 'businessTime').toString();
  const millis = Number(recorded / 1_000_000n);
  const text = `${shown ? '' : 'about '}${utcDate(millis)} ${utcTime(millis)} UTC`;
  const { slide } = travel;

  useEffect(() => {
    if (!playing) return;
    const next = kept.find((t) => t > turn);
    if (next === undefined) {
      setPlaying(false);
      return;
    }
    const timer = window.setTimeout(() => slide(next), frameTime);
    return () => window.clearTimeout(timer);
  }, [playing, kept, turn, slide]);

  const step = (by: number) => slide(Math.min(turns, Math.max(1, turn + by)));
  const stops = [...new Set(marks.map((m) => Number(m.turn)))];
  const previous = stops.filter((t) => t < turn).at(-1);
  const next = stops.find((t) => t > turn);
  return (
    <div className="spaced">
      <div className="travel-when">
        <label htmlFor={id}>Moment</label>
        <span className="figure-value">
          {shown ? null : <span className="muted">about </span>}
          <Time at={recorded.toString()} show="both" /> <span className="unit">UTC</span>
        </span>
        <span className="muted">
          business time <Time at={business} show="both" />
        </span>
        <span className="muted number">
          turn {formatCount(turn)} of {formatCount(turns)}
        </span>
      </div>
      <input id={id} className="travel-slider" type="range" min={1} max={turns} step={1} value={turn} aria-valuetext={text} onChange={(e) => slide(Number(e.target.value))} />
      <Ticks timeline={timeline} marks={marks} turns={turns} kept={kept} />
      <div className="travel-line">
        <button type="button" aria-pressed={playing} disabled={kept.length < 2} onClick={() => setPlaying(!playing)}>
          {playing ? '❚❚ Pause' : '▶ Play'}
        </button>
        <button type="button" className="plain" disabled={turn <= 1} onClick={() => step(-1)}>
          ‹ One turn back
        </button>
        <button type="button" className="plain" disabled={turn >= turns} onClick={() => step(1)}>
          One turn on ›
        </button>
        <button type="button" className="plain" disabled={previous === undefined} onClick={() => slide(previous!)}>
          « Event before
        </button>
        <button type="button" className="plain" disabled={next === undefined} onClick={() => slide(next!)}>
          Next event »
        </button>
        <GoTo timeline={timeline} marks={marks} travel={travel} />
      </div>
      {travel.moving ? <Moving travel={travel} turns={turns} /> : null}
      {marks.filter((m) => Number(m.turn) === turn).map((m) => (
        <p key={m.turn} className="notice spaced" role="status">
          {m.words}
        </p>
      ))}
    </div>
  );
}

function Moving({ travel, turns }: { travel: Travel; turns: number }) {
  const { progress } = travel;
  const goal = Number(progress?.goal ?? 0) || turns;
  const done = Math.min(goal, Number(progress?.turn ?? 0));
  return (
    <div className="spaced">
      <progress max={goal} value={done} aria-label="Turns replayed" />
      <div className="muted number">
        replaying: {formatCount(done)} of {formatCount(goal)} turns
      </div>
    </div>
  );
}

/** Days and events along the slider. They are listed under "Go to" too, so nobody has to see them. */
function Ticks({ timeline, marks, turns, kept }: { timeline: GetTimelineResponse; marks: TravelMark[]; turns: number; kept: number[] }) {
  const at = (turn: string | number) => `${((Number(turn) - 1) / Math.max(1, turns - 1)) * 100}%`;
  const reached = kept.at(-1) ?? 0;
  return (
    <svg className="travel-ticks" aria-hidden="true" height="18" width="100%">
      <line x1="0" x2={at(reached || 1)} y1="1.5" y2="1.5" className="tick-kept" />
      {timeline.days.map((d) => (
        <line key={d.turn} x1={at(d.turn)} x2={at(d.turn)} y1="3" y2="8" className="tick-day" />
      ))}
      {marks.map((m) => (
        <line key={`${m.turn} ${m.kind}`} x1={at(m.turn)} x2={at(m.turn)} y1="9" y2="17" className={`tick-mark ${kinds[m.kind]}`} />
      ))}
    </svg>
  );
}

function GoTo({ timeline, marks, travel }: { timeline: GetTimelineResponse; marks: TravelMark[]; travel: Travel }) {
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState('');
  const id = useId();
  const wrongId = useId();

  function submit() {
    const cycle = /^cycle (\d{1,18})$/i.exec(text.trim())?.[1];
    const time = parseMoment(text);
    if (cycle === undefined && time === undefined) {
      setWrong('Type a UTC time such as 2026-11-23 14:03:22, a date for its end, or a cycle, such as "cycle 12".');
      return;
    }
    setWrong('');
    void travel.go(cycle !== undefined ? { cycle } : { recordedTime: time!.toString() });
  }

  return (
    <form
      className="travel-goto"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <label htmlFor={id}>Go to</label>
      <input
        id={id}
        placeholder="2026-11-23 14:03:22, or cycle 12"
        value={text}
        aria-invalid={wrong !== ''}
        aria-describedby={wrong ? wrongId : undefined}
        onChange={(e) => setText(e.target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit">Go</button>
      <select
        aria-label="Go to a day or an event"
        value=""
        onChange={(e) => {
          if (e.target.value) void travel.go({ turn: e.target.value });
        }}
      >
        <option value="">Days and events</option>
        {timeline.days.length > 0 ? (
          <optgroup label="Business days (about)">
            {timeline.days.map((d) => (
              <option key={d.date} value={d.turn}>
                {businessDate(d.date)}
              </option>
            ))}
          </optgroup>
        ) : null}
        {marks.length > 0 ? (
          <optgroup label="Events passed">
            {marks.map((m) => (
              <option key={m.turn} value={m.turn}>
                {utcDate(millisOf(m.businessTime))} {utcTime(millisOf(m.businessTime))}: {m.words.length > 70 ? `${m.words.slice(0, 70)} …` : m.words}
              </option>
            ))}
          </optgroup>
        ) : null}
      </select>
      {wrong ? (
        <span id={wrongId} className="bad" role="alert">
          {wrong}
        </span>
      ) : null}
    </form>
  );
}
