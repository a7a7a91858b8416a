/** Small components shared by several views: the result of an action, a confirmation, tags. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ApiError, keyChanges } from './api';
import { countFailure } from './failures';
import { t } from './language';
import { FormError } from './schema-form';

/** The result of the last action, announced to screen readers. */
export const notice = signal<{ text: string; isError: boolean } | undefined>(undefined);

keyChanges.subscribe(() => {
  notice.value = undefined;
});

export function Notice() {
  return (
    <div class="notice" role="status" data-error={notice.value?.isError}>
      {notice.value?.text}
    </div>
  );
}

/** Runs one action at a time, and shows its result. */
export function useAction(): [isBusy: boolean, run: (work: () => Promise<string | undefined>) => Promise<void>] {
  const [isBusy, setBusy] = useState(false);
  async function run(work: () => Promise<string | undefined>): Promise<void> {
    setBusy(true);
    notice.value = undefined;
    try {
      const text = await work();
      notice.value = text === undefined ? undefined : { text, isError: false };
    } catch (error) {
      notice.value = { text: wordsOf(error), isError: true };
    }
    setBusy(false);
  }
  return [isBusy, run];
}

function wordsOf(error: unknown): string {
  if (error instanceof FormError) return t(error.key, { name: error.field });
  return wordsOfFailure(countFailure(error));
}

function wordsOfFailure({ status, message }: ApiError): string {
  return t(status === 403 ? 'denied' : 'error', { message });
}

/** In place of what has not been read yet: why, if reading it failed. */
export function Waiting({ failure }: { failure: ApiError | undefined }) {
  if (failure === undefined || failure.status === 401) return <p class="empty">{t('loading')}</p>;
  return <p class="warning">{wordsOfFailure(failure)}</p>;
}

interface QuestionProps {
  title: string;
  text: string;
  yes: string;
  onAnswer(isYes: boolean): void;
}

/** Open for as long as it is rendered. */
export function Question({ title, text, yes, onAnswer }: QuestionProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="question" onClose={() => onAnswer(false)}>
      <h2 id="question">{title}</h2>
      <p>{text}</p>
      <div class="buttons">
        <button type="button" onClick={() => onAnswer(false)}>
          {t('no')}
        </button>
        <button type="button" class="danger" onClick={() => onAnswer(true)}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}

export function Tag({ kind, children }: { kind?: string; children: ComponentChildren }) {
  return (
    <span class="tag" data-kind={kind}>
      {children}
    </span>
  );
}
