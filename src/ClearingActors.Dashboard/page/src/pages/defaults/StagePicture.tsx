import type { Default } from '../../api/gen/defaults';
import { stages, stageWord } from './words';

/** The states of a default in the order in which it goes through them, with the one it is in. */
export function StagePicture({ d }: { d: Default }) {
  const lifted = d.stage === 'STAGE_LIFTED';
  const at = lifted ? 0 : stages.findIndex((s) => s.stage === d.stage);
  return (
    <ol className="stages" aria-label="Stages of the default">
      {stages.map(({ stage, meaning }, i) => {
        const state = i < at || d.stage === 'STAGE_CLOSED' ? 'passed' : i === at && !lifted ? 'now' : i === 0 && lifted ? 'passed' : 'ahead';
        return (
          <li key={stage} className={state} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="stage-sign" aria-hidden="true">
              {state === 'passed' ? '✓' : i + 1}
            </span>
            <span className="stage-name">{stageWord[stage]}</span>
            <span className="stage-meaning">{meaning}</span>
          </li>
        );
      })}
      {lifted ? (
        <li className="now" aria-current="step">
          <span className="stage-sign" aria-hidden="true">
            ↩
          </span>
          <span className="stage-name">{stageWord.STAGE_LIFTED}</span>
          <span className="stage-meaning">nobody declared it; the member may trade again</span>
        </li>
      ) : null}
    </ol>
  );
}
