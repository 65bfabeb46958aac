import type { Action, ActionKind, ActionStage } from '../api/gen/actions';
import type { Tone } from '../ui/Panel';

/** What a stage is called, and how it looks. */
export const stages: Record<ActionStage, { word: string; tone: Tone }> = {
  ACTION_STAGE_UNSPECIFIED: { word: 'Unknown', tone: 'info' },
  ACTION_STAGE_PROPOSED: { word: 'Waits', tone: 'warn' },
  ACTION_STAGE_RUNNING: { word: 'Running', tone: 'info' },
  ACTION_STAGE_DONE: { word: 'Done', tone: 'good' },
  ACTION_STAGE_FAILED: { word: 'Failed', tone: 'bad' },
  ACTION_STAGE_DECLINED: { word: 'Declined', tone: 'info' },
  ACTION_STAGE_EXPIRED: { word: 'Expired', tone: 'warn' },
  ACTION_STAGE_INTERRUPTED: { word: 'Interrupted', tone: 'bad' },
};

/** The method's own name, without its service. */
export function methodName(method: string): string {
  return method.slice(method.lastIndexOf('/') + 1);
}

/** Roles as people say them. */
export function roleWords(roles: string[]): string {
  return roles.map((role) => (role === 'riskmanager' ? 'risk manager' : role)).join(' or ');
}

/** What an action is called for people. A kind may be missing: another version of the node took the action. */
export function titleOf(kinds: ActionKind[], method: string): string {
  return kinds.find((kind) => kind.method === method)?.title ?? methodName(method);
}

/** What the form for a kind is called: what it hands in may be less than the method can do. */
export function formTitleOf(kind: ActionKind): string {
  return methodName(kind.method) === 'DecideDefault' ? 'Propose a decision in a default' : kind.title;
}

/** One line on how an action ended, for who handed it in or decided. */
export function resultOf(action: Action): string {
  switch (action.stage) {
    case 'ACTION_STAGE_PROPOSED':
      return `Handed in as action ${action.number}. It waits for a second person to approve it.`;
    case 'ACTION_STAGE_RUNNING':
      return `Action ${action.number} is being carried out.`;
    case 'ACTION_STAGE_DONE':
      return `Done: action ${action.number}.`;
    case 'ACTION_STAGE_DECLINED':
      return `Action ${action.number} is declined. Nothing was done.`;
    case 'ACTION_STAGE_EXPIRED':
      return `Action ${action.number} has expired. Nothing was done.`;
    case 'ACTION_STAGE_INTERRUPTED':
      return `Whether action ${action.number} took effect is not known: ${action.outcome}`;
    default:
      return `Action ${action.number} was not done: ${action.outcome}`;
  }
}
