import ICAL from 'ical.js';
import { decodeText } from './decode-text.ts';
import { type DocumentRecord, type Participant, record, UnreadableDocument } from './document-record.ts';

const ENTRIES_MAX = 20_000;

/** A calendar (RFC 5545) → its events and to-dos, a series once, with its rule in words. */
export function readCalendar(bytes: Uint8Array): DocumentRecord[] {
  const calendar = parse(bytes, 'calendar');
  const entries = ['vevent', 'vtodo', 'vjournal'].flatMap((name) => calendar.getAllSubcomponents(name));
  return entries.slice(0, ENTRIES_MAX).map((entry, index) => {
    const text = (name: string) => String(entry.getFirstPropertyValue(name) ?? '').trim();
    const start = timeOf(entry, 'dtstart');
    const end = timeOf(entry, 'dtend') ?? timeOf(entry, 'due');
    const guests = [...peopleOf(entry, 'organizer', 'sent-by'), ...peopleOf(entry, 'attendee', 'attended')];
    const [organizer] = guests.filter(({ role }) => role === 'sent-by');
    const named = guests.map(({ name, address }) => name ?? address ?? '').filter((name) => name !== '');
    const lines = [
      text('summary'),
      start === undefined ? '' : `When: ${start.shown}${end === undefined ? '' : ` to ${end.shown}`}`,
      text('rrule') === '' ? '' : `Repeats: ${text('rrule')}`,
      text('location') === '' ? '' : `Where: ${text('location')}`,
      named.length === 0 ? '' : `With: ${named.join(', ')}`,
      text('status') === '' ? '' : `Status: ${text('status').toLowerCase()}`,
      text('description'),
    ];
    const recurrence = text('recurrence-id');
    return record({
      key: `${text('uid') === '' ? `entry-${index + 1}` : text('uid')}${recurrence === '' ? '' : `/${recurrence}`}`,
      kind: entry.name === 'vtodo' ? 'todo' : 'event',
      title: text('summary'),
      text: lines.filter((line) => line !== '').join('\n'),
      author: organizer === undefined ? '' : (organizer.address ?? organizer.name ?? ''),
      url: text('url'),
      at: start?.at.getTime(),
      participants: guests.slice(0, 200),
      metadata: {
        start: start?.at.toISOString() ?? null,
        end: end?.at.toISOString() ?? null,
        location: text('location'),
        ...(text('rrule') === '' ? {} : { rrule: text('rrule') }),
      },
    });
  });
}

/** Contacts (RFC 6350) → one record a person. */
export function readContacts(bytes: Uint8Array): DocumentRecord[] {
  const cards = ICAL_CARDS(decodeText(bytes));
  return cards.slice(0, ENTRIES_MAX).map((card, index) => {
    const all = (name: string) => card.getAllProperties(name).map((property) => flat(property.getFirstValue()));
    const [name = ''] = all('fn');
    const mails = all('email');
    const [uid = mails[0] ?? `card-${index + 1}`] = all('uid');
    const lines = [
      name,
      ...mails.map((mail) => `Mail: ${mail}`),
      ...all('tel').map((number) => `Phone: ${number.replace(/^tel:/, '')}`),
      ...all('org').map((org) => `Organisation: ${org}`),
      ...all('title').map((title) => `Title: ${title}`),
      ...all('adr').map((address) => `Address: ${address}`),
      ...all('bday').map((day) => `Birthday: ${day}`),
      ...all('note'),
    ];
    return record({
      key: uid,
      kind: 'contact',
      title: name,
      text: lines.filter((line) => line.trim() !== '').join('\n'),
      participants: mails.map((address) => ({ address, ...(name === '' ? {} : { name }), role: 'mentions' as const })),
      metadata: {},
    });
  });
}

function ICAL_CARDS(text: string): ICAL.Component[] {
  try {
    const parsed = ICAL.parse(text) as unknown[];
    // One card comes as itself, several as a list of them.
    const list = Array.isArray(parsed[0]) ? (parsed as unknown[][]) : [parsed];
    return list.map((card) => new ICAL.Component(card as never));
  } catch (cause) {
    throw new UnreadableDocument('It is not a contact file that can be read.', { cause });
  }
}

function parse(bytes: Uint8Array, what: string): ICAL.Component {
  try {
    return new ICAL.Component(ICAL.parse(decodeText(bytes)) as never);
  } catch (cause) {
    throw new UnreadableDocument(`It is not a ${what} that can be read.`, { cause });
  }
}

/** The instant that a property names; undefined when it names none, so that a broken time costs the time and not the entry. */
function timeOf(entry: ICAL.Component, name: string): { at: Date; shown: string } | undefined {
  try {
    const property = entry.getFirstProperty(name);
    const value = property?.getFirstValue();
    if (property === null || !(value instanceof ICAL.Time)) return undefined;
    const zone = property?.getFirstParameter('tzid');
    const isUnknown = value.zone === null || value.zone === ICAL.Timezone.localTimezone;
    const date = typeof zone === 'string' && isUnknown ? inZone(value, zone) : utcOf(value);
    if (Number.isNaN(date.getTime())) return undefined;
    return { at: date, shown: shownAs(value, typeof zone === 'string' ? zone : undefined) };
  } catch {
    return undefined;
  }
}

/** A time of no zone is taken as UTC, wherever this runs: the same file is the same memory. */
function utcOf(time: ICAL.Time): Date {
  if (time.zone === null || time.zone === ICAL.Timezone.localTimezone) return clockTime(time);
  return time.toJSDate();
}

function clockTime({ year, month, day, hour, minute, second }: ICAL.Time): Date {
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/** A clock's time in a zone that the file names and does not describe; zones of no such name are taken as UTC. */
function inZone(time: ICAL.Time, zone: string): Date {
  const asUtc = clockTime(time);
  try {
    const offset = (at: Date) => {
      const parts = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }).formatToParts(at);
      const part = (type: string) => Number(parts.find((known) => known.type === type)?.value ?? 0);
      const shownAt = Date.UTC(
        part('year'),
        part('month') - 1,
        part('day'),
        part('hour'),
        part('minute'),
        part('second'),
      );
      return shownAt - at.getTime();
    };
    const guess = new Date(asUtc.getTime() - offset(asUtc));
    // Beside a change of the clocks, the offset of the guess is the right one.
    return new Date(asUtc.getTime() - offset(guess));
  } catch {
    return asUtc;
  }
}

/** As its clock shows it, since people ask by that: `2027-01-10 09:00 Europe/Oslo`. */
function shownAs(time: ICAL.Time, zone: string | undefined): string {
  const clock = clockTime(time).toISOString().replace('T', ' ').slice(0, 16);
  if (time.isDate) return clock.slice(0, 10);
  if (zone !== undefined) return `${clock} ${zone}`;
  return time.zone === ICAL.Timezone.utcTimezone ? `${clock} UTC` : clock;
}

function peopleOf(entry: ICAL.Component, name: string, role: Participant['role']): Participant[] {
  return entry.getAllProperties(name).map((property) => {
    const address = String(property.getFirstValue() ?? '').replace(/^mailto:/i, '');
    const shownName = property.getFirstParameter('cn');
    return {
      role,
      ...(address.includes('@') ? { address } : {}),
      ...(typeof shownName === 'string' && shownName !== '' ? { name: shownName } : {}),
    };
  });
}

function flat(value: unknown): string {
  return (
    Array.isArray(value)
      ? value
          .flat(3)
          .filter((part) => part !== '')
          .join(', ')
      : String(value ?? '')
  ).trim();
}
