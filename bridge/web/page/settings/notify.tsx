/** Where changes are posted to, signed. */
import { type Status, statuses } from '../../../../protocol/status.ts';
import { t } from '../texts/texts.ts';
import { faultAt, TextField } from '../ui/field.tsx';
import { Shows } from './control.tsx';
import { ListForm } from './list-form.tsx';
import type { PartProps } from './settings.tsx';
import { useList } from './use-list.ts';

interface Target {
  url: string;
  secret: string;
  people: string[];
  on: Status[];
}

export function NotifySettings({ config, onSaved }: PartProps) {
  const list = useList<Target>('notify', config, onSaved);
  return (
    <ListForm
      list={list}
      path="notify"
      editable={config.editable}
      fresh={{ url: '', secret: '', people: [], on: [] }}
      addText={t.settings.addNotify}
      noneText={t.settings.noNotify}
      item={(target, index) => {
        const wrong = (key: string) => faultAt(list.refusal?.fields ?? [], `notify/${index}/${key}`);
        return (
          <>
            <TextField
              label={t.fields['url']!}
              value={target.url}
              error={wrong('url')}
              onValue={(url) => list.change(index, { url })}
              more={{ type: 'url', placeholder: 'https://', autocomplete: 'off' }}
            />
            <TextField
              label={t.fields['secret']!}
              hint={t.hints['secret']}
              value={target.secret}
              error={wrong('secret')}
              onValue={(secret) => list.change(index, { secret })}
              more={{ type: 'password', autocomplete: 'off' }}
            />
            <Shows
              label={t.fields['people']!}
              hint={t.hints['people']}
              config={config}
              value={target.people ?? []}
              error={wrong('people')}
              onValue={(people) => list.change(index, { people: people as string[] })}
            />
            <fieldset class="field">
              <legend class="label">{t.fields['on']}</legend>
              <div class="chips">
                {statuses.map((status) => (
                  <label key={status} class="chip">
                    <input
                      type="checkbox"
                      checked={target.on?.includes(status)}
                      onChange={() => {
                        const on = target.on ?? [];
                        list.change(index, {
                          on: on.includes(status) ? on.filter((one) => one !== status) : [...on, status],
                        });
                      }}
                    />
                    {t.statuses[status]}
                  </label>
                ))}
              </div>
              <small>{t.hints['on']}</small>
              <p class="wrong">{wrong('on')}</p>
            </fieldset>
          </>
        );
      }}
    />
  );
}
