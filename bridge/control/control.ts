/** What others may have the bridge do, whether they ask by MQTT or over HTTP: checked once, here. */
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import type { Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import { longestOverrideMs, type Overrides } from '../presence/override.ts';
import { parseDuration } from './duration.ts';
import { Ask, faultOf, LightSet, PersonSet } from './schemas.ts';
import { fits, wantedShow } from './set-light.ts';

const usualMs = 3_600_000;

export type Outcome =
  | { ok: true; data: unknown }
  /** `missing`: there is nothing of this name; otherwise what was asked is wrong. */
  | { ok: false; error: string; missing?: boolean };

/** A request that asks for something to be done. */
export interface Order {
  schema: TSchema;
  run(value: unknown): Outcome;
}

export interface Control {
  setLight(id: string, value: unknown): Outcome;
  setPerson(id: string, value: unknown): Outcome;
  identify(id: string): Outcome;
  /** `…/bridge/request/<what>` */
  request(what: string, value: unknown): Outcome;
}

/** Tells Teams what was set by hand, of those of whom it may. */
export interface TeamsWriter {
  may(person: string): boolean;
  set(person: string, status: Status, forMs: number, message?: string): void;
  clear(person: string): void;
}

export function createControl(options: {
  people: { has(id: string): boolean };
  lights: { has(id: string): boolean };
  personOverrides: Overrides<Status>;
  lightOverrides: Overrides<Show>;
  /** Writes what is set by hand to Teams; nothing in set-up mode. */
  writeBack?: TeamsWriter | undefined;
  /** What a light must show now. */
  shown: (light: string) => Show | undefined;
  identify: (light: string) => void;
  /** The requests that take no more than a transaction, by name. */
  requests: Readonly<Record<string, () => unknown>>;
  orders?: Readonly<Record<string, Order>>;
}): Control {
  const { people, lights, personOverrides, lightOverrides, requests, writeBack, orders = {} } = options;

  function setPerson(id: string, value: unknown): Outcome {
    if (!people.has(id)) return missing(`There is nobody with the id ${id}.`);
    const fault = faultOf(PersonSet, value);
    if (fault) return wrong(fault);
    const { status, clear, for: length, message, teams } = value as PersonSet;
    if (clear === true && status !== undefined) return wrong(eitherOr);
    if (!clear && status === undefined) return wrong(eitherOr);
    const ms = lengthOf(length);
    if (ms === undefined) return wrong(badLength);
    const may = writeBack?.may(id) ?? false;
    if (teams && !may) return wrong(noTeams);
    const writes = may && teams !== false;
    if (message !== undefined && (!status || !writes)) return wrong(noMessage);
    if (status) {
      personOverrides.set(id, status, ms);
      if (writes) writeBack!.set(id, status, ms, message);
      // What was set there before no longer stands here.
      else if (may) writeBack!.clear(id);
    } else {
      personOverrides.clear(id);
      if (writes) writeBack!.clear(id);
    }
    return done(untilOf(personOverrides.get(id)));
  }

  function setLight(id: string, value: unknown): Outcome {
    if (!lights.has(id)) return missing(`There is no light with the id ${id}.`);
    const set = value === 'ON' || value === 'OFF' ? { state: value } : value;
    const fault = faultOf(LightSet, set);
    if (fault) return wrong(fault);
    const command = set as LightSet;
    const ms = lengthOf(command.for);
    if (ms === undefined) return wrong(badLength);
    const show = wantedShow(command, options.shown(id));
    if (show === 'clear') {
      lightOverrides.clear(id);
      return done(null);
    }
    if (!fits(show)) return wrong('segments: expected fewer parts, a show has at most 500 bytes.');
    lightOverrides.set(id, show, ms);
    return done(untilOf(lightOverrides.get(id)));
  }

  return {
    setPerson,
    setLight,
    identify(id) {
      if (!lights.has(id)) return missing(`There is no light with the id ${id}.`);
      options.identify(id);
      return done(null);
    },
    request(what, value) {
      const order = Object.hasOwn(orders, what) ? orders[what] : undefined;
      if (order) {
        const fault = faultOf(order.schema, value);
        return fault ? wrong(fault) : order.run(value);
      }
      const run = Object.hasOwn(requests, what) ? requests[what] : undefined;
      if (!run) {
        const known = Object.keys({ ...requests, ...orders }).join(', ');
        return missing(`There is no request ${what}: expected ${known}.`);
      }
      const fault = faultOf(Ask as TSchema, value);
      return fault ? wrong(fault) : done(run());
    },
  };
}

const eitherOr = 'The payload: expected either status or clear.';
const inTeams = 'of a person with writeBack: true who is signed in to Microsoft.';
const noMessage = `message: expected beside status, and not beside teams: false, ${inTeams}`;
const noTeams = `teams: expected true only ${inTeams}`;
const badLength = 'for: expected an ISO-8601 duration from PT1S to PT24H such as PT25M.';

/** An hour when nothing is said; nothing when it is none, or out of range. */
function lengthOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? usualMs : parseDuration(text);
  return ms !== undefined && ms > 0 && ms <= longestOverrideMs ? ms : undefined;
}

function untilOf(override: { until: number } | undefined): { until: string } | null {
  return override ? { until: new Date(override.until).toISOString() } : null;
}

/** The transaction of a payload, whatever else is wrong with it, so that its sender knows the answer. */
export function transactionOf(value: unknown): string | number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { transaction } = value as { transaction?: unknown };
  const good = Value.Check(Ask, { transaction });
  return good ? (transaction as string | number) : undefined;
}

const done = (data: unknown): Outcome => ({ ok: true, data });
const wrong = (error: string): Outcome => ({ ok: false, error });
const missing = (error: string): Outcome => ({ ok: false, error, missing: true });
