/**
 * One operation as a tree of its steps. Pure.
 */
import { parseInstant } from '@leasehold/kernel';
import { formatDuration, shortInstant } from './duration.ts';
import { type Paint, statusMark, statusWord } from './paint.ts';
import { align } from './text.ts';
import { renderTree } from './tree.ts';
import { type Fields, fields, items, maybeNumber, maybeText, text } from './wire.ts';

export function operationLines(answer: unknown, paint: Paint): readonly string[] {
  const operation = fields(answer);
  const outcome = text(operation['outcome'], 'unknown');
  const facts = [
    `${text(operation['kind'])} of ${text(operation['tenant_id'])}`,
    `generation ${text(operation['generation'])}`,
    `began ${shortInstant(text(operation['started_at']))}`,
    ...spent(operation),
    ...(maybeText(operation['requested_by']) ? [`by ${text(operation['requested_by'])}`] : []),
  ];
  const steps = align(items(operation['steps']).map((step) => stepCells(step, paint)));
  return renderTree({
    label: `${statusMark(outcome, paint)} ${paint.bold(text(operation['operation_id']))} ${statusWord(outcome, paint)} ${paint.dim(facts.join(' · '))}`,
    children: steps.map((label) => ({ label })),
  });
}

function spent(operation: Fields): readonly string[] {
  const [startedMs, finishedMs] = ['started_at', 'finished_at'].map((name) => parseInstant(text(operation[name])));
  if (startedMs === undefined || finishedMs === undefined) return [];
  return [`took ${formatDuration(Math.max(0, finishedMs - startedMs))}`];
}

function stepCells(step: Fields, paint: Paint): readonly string[] {
  const status = text(step['status'], 'unknown');
  const error = fields(step['error']);
  const ms = maybeNumber(step['duration_ms']);
  const attempts = maybeNumber(step['attempts']) ?? 0;
  const notes = [
    ...(ms === undefined ? [] : [paint.dim(formatDuration(ms))]),
    ...(attempts > 1 ? [paint.warn(`attempt ${attempts}`)] : []),
    ...(maybeText(step['fate']) ? [text(step['fate'])] : []),
    ...(maybeText(error['code']) ? [paint.bad(`${text(error['code'])}: ${text(error['message'])}`)] : []),
  ];
  return [
    `${statusMark(status, paint)} ${text(step['kind'], '?')}`,
    text(step['name'], '?'),
    statusWord(status, paint),
    notes.join('  '),
  ];
}
