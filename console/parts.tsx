/** Small pieces that several views use: what an action ended with, a question before it, tags. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from './language';
import { FormError } from './schema-form';
import { countFailure } from './state';

/** What the last action ended with. Read aloud. */
export const notice = signal<{ text: string; isError: boolean } | undefined>(undefined);

export function Notice() {
  return (
    <div class="notice" role="status" data-error={notice.value?.isError}>
      {notice.value?.text}
    </div>
  );
}

/** Does what people asked for, once at a time, and says what came of it. */
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
  return t('error', { message: countFailure(error).message });
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
