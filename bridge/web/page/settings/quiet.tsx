/** Dark times: which lights, on which days, from when to when, and in which zone. */
import { listOf } from '../data/config-store.ts';
import { t } from '../texts/texts.ts';
import { faultAt, TextField } from '../ui/field.tsx';
import { Flag } from './control.tsx';
import { ListForm } from './list-form.tsx';
import type { PartProps } from './settings.tsx';
import { useList } from './use-list.ts';

interface Span {
  lights: 'all' | string[];
  zone: string;
  days: string[];
  dark: string;
  holidays?: string | undefined;
}

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** The file may say `mon-fri`; the page shows and writes single days. */
function daysOf(days: readonly string[]): string[] {
  return days.flatMap((day) => {
    const [from, to] = day.split('-').map((name) => week.indexOf(name as (typeof week)[number]));
    if (from === undefined || to === undefined) return [day];
    const length = (to - from + 7) % 7;
    return Array.from({ length: length + 1 }, (_, at) => week[(from + at) % 7]!);
  });
}

export function QuietSettings({ config, onSaved }: PartProps) {
  const list = useList<Span>('quiet', config, onSaved);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const fresh: Span = { lights: 'all', zone, days: ['mon', 'tue', 'wed', 'thu', 'fri'], dark: '19:00-07:30' };
  const lights = listOf(config, 'lights');
  return (
    <ListForm
      list={list}
      path="quiet"
      editable={config.editable}
      fresh={fresh}
      addText={t.settings.addQuiet}
      noneText={t.settings.noQuiet}
      item={(span, index) => {
        const wrong = (key: string) => faultAt(list.refusal?.fields ?? [], `quiet/${index}/${key}`);
        const [from = '', to = ''] = span.dark.split('-');
        const days = daysOf(span.days);
        const chosen = span.lights === 'all' ? [] : span.lights;
        return (
          <>
            <div class="night">
              <TextField
                label={t.quiet.from}
                value={from}
                error={wrong('dark')}
                onValue={(value) => list.change(index, { dark: `${value}-${to}` })}
                more={{ type: 'time' }}
              />
              <TextField
                label={t.quiet.to}
                value={to}
                onValue={(value) => list.change(index, { dark: `${from}-${value}` })}
                more={{ type: 'time' }}
              />
            </div>
            <fieldset class="field">
              <legend class="label">{t.quiet.days}</legend>
              <div class="chips">
                {week.map((day) => (
                  <label key={day} class="chip">
                    <input
                      type="checkbox"
                      checked={days.includes(day)}
                      onChange={() =>
                        list.change(index, {
                          days: week.filter((one) =>
                            one === day ? !days.includes(day) : days.includes(one),
                          ),
                        })
                      }
                    />
                    {t.quiet.week[day]}
                  </label>
                ))}
              </div>
              <small>{t.quiet.daysHint}</small>
              <p class="wrong">{wrong('days')}</p>
            </fieldset>
            <fieldset class="field">
              <legend class="label">{t.quiet.lights}</legend>
              <Flag
                label={t.quiet.all}
                value={span.lights === 'all'}
                error={wrong('lights')}
                onValue={(all) => list.change(index, { lights: all ? 'all' : lights.map(({ id }) => id) })}
              />
              {span.lights !== 'all' && (
                <div class="chips">
                  {lights.map(({ id, name }) => (
                    <label key={id} class="chip">
                      <input
                        type="checkbox"
                        checked={chosen.includes(id)}
                        onChange={() =>
                          list.change(index, {
                            lights: chosen.includes(id)
                              ? chosen.filter((one) => one !== id)
                              : [...chosen, id],
                          })
                        }
                      />
                      {name ?? id}
                    </label>
                  ))}
                </div>
              )}
            </fieldset>
            <TextField
              label={t.quiet.zone}
              value={span.zone}
              error={wrong('zone')}
              onValue={(value) => list.change(index, { zone: value })}
              more={{ spellcheck: false, autocomplete: 'off' }}
            />
            <TextField
              label={t.quiet.holidays}
              hint={t.quiet.holidaysHint}
              value={span.holidays ?? ''}
              error={wrong('holidays')}
              onValue={(value) => list.change(index, { holidays: value || undefined })}
              more={{ spellcheck: false, autocomplete: 'off' }}
            />
          </>
        );
      }}
    />
  );
}
