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
      start === undefined ? '' : `When: ${shown(start)}${end === undefined ? '' : ` to ${shown(end)}`}`,
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
      at: start?.getTime(),
      participants: guests.slice(0, 200),
      metadata: {
        start: start?.toISOString() ?? null,
        end: end?.toISOString() ?? null,
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

function timeOf(entry: ICAL.Component, name: string): Date | undefined {
  const value = entry.getFirstPropertyValue(name);
  if (!(value instanceof ICAL.Time)) return undefined;
  const date = value.toJSDate();
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function shown(date: Date): string {
  return date.toISOString().replace('T', ' ').slice(0, 16);
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
