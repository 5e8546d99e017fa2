/** Rules that hang on the time of day: quiet hours with their holidays, and brightness by night. */
import { followHolidays, type IsHoliday } from '../calendar/holidays.ts';
import { ConfigError } from '../config/load.ts';
import type { Config, LightConfig } from '../config/schema.ts';
import { createQuiet, daysOf, minutesOf, type Quiet } from '../lighting/quiet.ts';

export interface Rules {
  isQuiet(light: string): boolean;
  /** 0 to 1 */
  brightnessOf(light: { id: string; brightness: number }): number;
  /** @throws ConfigError, and nothing is changed */
  apply(config: RuledConfig): void;
}

type RuledConfig = Pick<Config, 'quiet' | 'lights'>;

const everyDay = daysOf(['mon-sun'])!;
const machineZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** @throws ConfigError when a file of holidays cannot be read */
export function createRules(config: RuledConfig, now: () => number): Rules {
  let rules = rulesOf(config);
  return {
    isQuiet: (light) => (rules.get(light)?.dark ?? []).some((quiet) => quiet.isDark(now())),
    brightnessOf({ id, brightness }) {
      const { night, dimmed = brightness } = rules.get(id) ?? {};
      return night?.isDark(now()) ? dimmed : brightness;
    },
    apply(next) {
      rules = rulesOf(next);
    },
  };
}

/** Each light's. @throws ConfigError when a file of holidays cannot be read */
export function rulesOf({ quiet: configured, lights }: RuledConfig) {
  const quiets = configured.map((rule, index) => ({
    lights: rule.lights,
    quiet: createQuiet({
      zone: rule.zone ?? machineZone(),
      days: daysOf(rule.days)!,
      ...spanOf(rule.dark),
      ...holidaysOf(rule.holidays, index),
    }),
  }));
  const of = (light: string): Quiet[] =>
    quiets.flatMap((each) => (each.lights === 'all' || each.lights.includes(light) ? [each.quiet] : []));
  return new Map(lights.map((light) => [light.id, { dark: of(light.id), ...nightOf(light) }]));
}

function spanOf(text: string): { from: number; to: number } {
  const [from = '', to = ''] = text.split('-');
  return { from: minutesOf(from)!, to: minutesOf(to)! };
}

function nightOf({ night }: LightConfig): { night?: Quiet; dimmed?: number } {
  if (!night) return {};
  const span = spanOf(`${night.from}-${night.to}`);
  return { night: createQuiet({ zone: machineZone(), days: everyDay, ...span }), dimmed: night.brightness };
}

function holidaysOf(file: string | undefined, index: number): { isHoliday?: IsHoliday } {
  if (!file) return {};
  try {
    return { isHoliday: followHolidays(file) };
  } catch (error) {
    const { message } = error as Error;
    throw new ConfigError(`quiet[${index}].holidays: ${message}.`, [
      { path: ['quiet', index, 'holidays'], message },
    ]);
  }
}
