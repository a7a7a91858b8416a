/** Calls a tool on a client, with a form generated from the tool's schema. */
import { useState } from 'preact/hooks';
import type { Tool } from './answers';
import { call } from './api';
import { t } from './language';
import { useAction } from './parts';
import { type Field, type FieldValues, fieldsOf, objectFrom, paramsFrom } from './schema-form';

/** The option for a tool that the client did not register. */
const OTHER = '';

export function ToolForm({
  clientId,
  tools,
  look,
}: {
  clientId: string;
  tools: readonly Tool[];
  look(): Promise<void>;
}) {
  const [chosen, choose] = useState(tools[0]?.name ?? OTHER);
  const [otherName, setOtherName] = useState('');
  const [values, setValues] = useState<FieldValues>(new Map());
  const [json, setJson] = useState('{}');
  const [isBusy, run] = useAction();
  const tool = tools.find(({ name }) => name === chosen);
  const fields = tool?.input_schema && fieldsOf(tool.input_schema);

  async function send(): Promise<string> {
    const params = fields ? paramsFrom(fields, values) : objectFrom(json, t('params'));
    const head = JSON.stringify({ client_id: clientId, tool_name: tool?.name ?? otherName.trim() });
    await call('POST', 'call_tool', `${head.slice(0, -1)},"params":${params}}`);
    await look();
    return t('called');
  }

  return (
    <form
      class="action"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void run(send);
      }}
    >
      <h3>{t('call')}</h3>
      {tools.length > 0 && (
        <label>
          {t('tool')}
          <select
            value={chosen}
            onChange={(event) => {
              choose(event.currentTarget.value);
              setValues(new Map());
            }}
          >
            {tools.map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
            <option value={OTHER}>{t('other_tool')}</option>
          </select>
        </label>
      )}
      {tool ? (
        <p class="quiet small">
          {tool.description} <em>{t('said_by_client')}</em>
        </p>
      ) : (
        <label>
          {t('tool_name')}
          <input value={otherName} onInput={(event) => setOtherName(event.currentTarget.value)} autocomplete="off" />
        </label>
      )}
      {fields?.length === 0 && <p class="quiet small">{t('no_params')}</p>}
      {fields?.map((field) => (
        <Input
          key={`${chosen} ${field.name}`}
          field={field}
          value={values.get(field.name) ?? field.initial}
          onValue={(value) => setValues(new Map(values).set(field.name, value))}
        />
      ))}
      {!fields && (
        <label>
          {t('params')}
          <textarea rows={3} class="id" value={json} onInput={(event) => setJson(event.currentTarget.value)} />
        </label>
      )}
      <button type="submit" disabled={isBusy}>
        {t('call_button')}
      </button>
    </form>
  );
}

interface InputProps {
  field: Field;
  value: string;
  onValue(value: string): void;
}

function Input({ field, value, onValue }: InputProps) {
  const { name, kind, description, isRequired, choices } = field;
  const title = kind === 'json' ? t('json_field', { name }) : name;
  const onInput = (event: { currentTarget: { value: string } }) => onValue(event.currentTarget.value);
  if (kind === 'boolean') {
    return (
      <label class="check">
        <input
          type="checkbox"
          checked={value === 'true'}
          onChange={(event) => onValue(String(event.currentTarget.checked))}
        />
        {title} <span class="quiet small">{description}</span>
      </label>
    );
  }
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: each kind of field has one
    <label>
      <span>
        {title} {isRequired && <em class="quiet small">{t('required')}</em>}{' '}
        <span class="quiet small">{description}</span>
      </span>
      {kind === 'choice' && (
        <select value={value} onChange={onInput}>
          {(!isRequired || value === '') && <option value="">{t('choose')}</option>}
          {choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice.replace(/^"(.*)"$/, '$1')}
            </option>
          ))}
        </select>
      )}
      {kind === 'json' && <textarea rows={3} class="id" value={value} required={isRequired} onInput={onInput} />}
      {kind !== 'json' && kind !== 'choice' && (
        <input
          value={value}
          required={isRequired}
          inputMode={kind === 'text' ? 'text' : 'decimal'}
          autocomplete="off"
          onInput={onInput}
        />
      )}
    </label>
  );
}
