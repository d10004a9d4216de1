/** What a sentence asks for. `unknown` is an intent too: the agent then asks back. */
export type Intent =
  | { kind: 'greeting' }
  | { kind: 'thanks' }
  | { kind: 'identity' }
  | { kind: 'remember'; text: string }
  | { kind: 'list_files' }
  | { kind: 'operation'; operation: Operation }
  | { kind: 'question'; text: string }
  | { kind: 'unknown'; text: string };

export type Operation =
  | { name: 'read' }
  | { name: 'summarise' }
  | { name: 'compare' }
  | { name: 'count'; what: 'lines' | 'words' | 'characters' | 'rows' | 'files'; needle?: string }
  | { name: 'sum'; column: string }
  /** `isExact` when it was in quotes: then that it is nowhere is a result. */
  | { name: 'find'; needle: string; isExact?: boolean }
  | { name: 'extract'; what: ExtractKind; column?: string }
  | { name: 'convert'; to: 'json' | 'csv' | 'markdown' | 'text' }
  /** Something of the kind that can be done, but not just this: what comes of guessing would look like a result. */
  | { name: 'unclear'; ask: string };

export type ExtractKind = 'emails' | 'urls' | 'dates' | 'numbers' | 'headings' | 'todos' | 'column';

const INTENT_CHARS_MAX = 1_000;

const QUESTION_START =
  /^(?:(?:so|and|but|ok|okay|please|hey|hi|hello)[,!]?\s+)?(?:who|what|when|where|which|whose|whom|why|how|is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|tell me|find out|answer|look up|do you (?:know|remember))\b/i;

const EXTRACTABLE: [RegExp, ExtractKind][] = [
  [/\b(?:e-?mails?|(?:e-?)?mail addresses)\b/i, 'emails'],
  [/\b(?:urls?|links?|web addresses)\b/i, 'urls'],
  [/\bdates?\b/i, 'dates'],
  // Not those of telephones or orders, which are other things.
  [/\b(?:extract|collect|out|get|list|the|all|every|any|and)\s+(?:numbers|figures|amounts)\b/i, 'numbers'],
  [/\b(?:headings?|titles?|outline|table of contents)\b/i, 'headings'],
  [/\b(?:to-?dos?|action items|open items|checklist)\b/i, 'todos'],
];

/** Whether it asks something. */
function isQuestion(text: string): boolean {
  return text.includes('?') || QUESTION_START.test(text.trim());
}

/** Text → intent. Files named in it are found elsewhere: a name is only known from the drive. */
export function readIntent(raw: string): Intent {
  const whole = raw.trim().replace(/^@[\p{L}\p{N}._-]{1,100}[,:]?\s*/u, '');
  // What is asked for stands in the first lines. The patterns below are tried on a short text without runs of space, so
  // that no message, however long or odd, costs more than a moment.
  const text = whole.slice(0, INTENT_CHARS_MAX).replaceAll(/\s+/g, ' ');
  if (/^(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings)\b[^?]{0,30}\??$/i.test(text))
    return { kind: 'greeting' };
  if (/^(?:thanks|thank you|thx|great|perfect|ok|okay|well done)\b[^?]{0,30}$/i.test(text)) return { kind: 'thanks' };
  if (
    /\b(?:who|what) are you\b|\bwhat can you do\b|\bare you (?:a|an) |^help\b|\bhow do (?:i|you) (?:use you|work)\b/i.test(
      text,
    )
  )
    return { kind: 'identity' };

  const told =
    /^(?:please\s+)?(?:remember|note|keep in mind|memori[sz]e|don't forget|for the record)(?:\s+that)?[,:]?\s+(.+)$/is.exec(
      whole,
    );
  if (told?.[1] !== undefined && !whole.endsWith('?')) return { kind: 'remember', text: told[1].trim() };

  const toldAfter = /^(.{3,500}?)[,.;]? (?:please )?remember (?:it|this|that)\.?$/i.exec(text);
  if (toldAfter?.[1] !== undefined) return { kind: 'remember', text: toldAfter[1] };

  const operation = readOperation(text);
  if (operation !== undefined) return { kind: 'operation', operation: clearOnly(operation, text) };
  if (/\b(?:list|show|which|what)\b.{0,20}\b(?:files|documents)\b(?!.*\b(?:contain|mention|say|about)\b)/i.test(text))
    return { kind: 'list_files' };
  if (isQuestion(text)) return { kind: 'question', text: whole };
  return { kind: 'unknown', text: whole };
}

/**
 * Words that narrow what is asked for, or ask for more than one thing, in ways that the operations know nothing of. What is done without
 * heeding them looks like the result and is not.
 */
const NARROWING =
  /\b(?:not|never|no|none|without|except|excluding|exclude|ignoring|only|just|first|second|third|last|next|longest|shortest|largest|smallest|biggest|highest|lowest|latest|oldest|newest|unique|distinct|different|duplicates?|empty|blank|average|mean|median|greater|larger|longer|shorter|smaller|bigger|higher|lower|fewer|less|more|than|least|most|before|after|between|since|until|where|whose|when|if|who|starting|ending|starts?|ends?|begins?|beginning|sorted|grouped|per|or|but|then|replace|delete|remove|rename|translate|today|yesterday|modified|line|sentence|paragraph|section|title)\b|n't\b|\b(?:e-?mail|mail|send|post|forward) (?:it|them|this|that|to)\b|\bin (?:german|french|spanish|italian|english|dutch|norwegian|swedish|danish|portuguese|polish|russian|chinese|japanese)\b/i;
const FILE_WORD = /[\p{L}\p{N}_./*-]*\.[a-z][a-z0-9]{0,7}\b/giu;
const ON_THE_DRIVE =
  /^(?:please )?(?:how many|count|number of)(?: all)?(?: the)? files(?: (?:are )?(?:there )?(?:on|in) (?:the )?(?:drive|office))?(?: are there)?[.?!]*$/i;

/** The operation, when nothing in the words narrows it; else the question what is meant. */
function clearOnly(operation: Operation, text: string): Operation {
  if (operation.name === 'unclear') return operation;
  const quotes = text.match(/["“`][^"”`]{1,200}["”`]/g) ?? [];
  const bareWords = text.replaceAll(/["“`][^"”`]{1,200}["”`]/g, ' ').replaceAll(FILE_WORD, ' ');
  const ask = (what: string): Operation => ({
    name: 'unclear',
    ask: `I cannot tell exactly what is asked for (${what}). I work on whole files, one thing at a time: say it more simply, with a text that is looked for in quotes.`,
  });
  const narrowing = NARROWING.exec(bareWords)?.[0];
  if (narrowing !== undefined) return ask(`"${narrowing}"`);
  if ((operation.name === 'find' || operation.name === 'count') && quotes.length > 1) return ask('more than one text');
  if ('needle' in operation && / (?:or|and) /i.test(operation.needle ?? '') && quotes.length === 0)
    return ask(`"${operation.needle}"`);
  if (operation.name === 'count' && operation.what === 'files' && !ON_THE_DRIVE.test(text)) return ask('which files');
  if (operation.name === 'sum' && /\bfor\b/i.test(bareWords)) return ask('"for"');
  if (
    operation.name === 'extract' &&
    operation.what !== 'column' &&
    EXTRACTABLE.filter(([pattern]) => pattern.test(bareWords)).length > 1
  )
    return ask('more than one kind');
  return operation;
}

function readOperation(text: string): Operation | undefined {
  const quoted = /["“'`]([^"”'`]{1,200})["”'`]/.exec(text)?.[1];
  if (/\bsummar(?:i[sz]e|y)\b|\bin short\b|\btl;?dr\b/i.test(text)) return { name: 'summarise' };
  if (/\b(?:compare|diff|difference[s]? between)\b/i.test(text)) return { name: 'compare' };

  const target = /\bconvert\b.*\b(?:to|into|as)\s+(?:a\s+)?(json|csv|markdown|md|table|text|txt|plain text)\b/i
    .exec(text)?.[1]
    ?.toLowerCase();
  if (target !== undefined) return { name: 'convert', to: conversionTarget(target) };

  const summed =
    /\b(?:sum|total|add up)\b(?:\s+(?:of|up))?\s+(?:the\s+)?(?:column\s+)?["“'`]?([\p{L}\p{N} _-]{1,60}?)["”'`]?\s+(?:column\s+)?(?:in|of|from)\b/iu.exec(
      text,
    )?.[1];
  if (summed !== undefined) return { name: 'sum', column: summed.trim() };

  if (/\b(?:count|how many|number of)\b/i.test(text)) {
    const what = /\b(lines|words|characters|rows|records|entries|files)\b/i.exec(text)?.[1]?.toLowerCase();
    if (what === 'files') return { name: 'count', what: 'files' };
    const needle = quoted ?? conditionIn(text);
    if (
      needle === undefined &&
      /\b(?:containing|that (?:contain|mention|have|are|start|end)|with|without|where|matching|mentioning)\b/i.test(
        text,
      )
    )
      return { name: 'unclear', ask: 'Which of them am I to count? Put the text that they hold in quotes.' };
    if (what !== undefined) {
      const unit =
        what === 'records' || what === 'entries' ? 'rows' : (what as 'lines' | 'words' | 'characters' | 'rows');
      return { name: 'count', what: unit, ...(needle === undefined ? {} : { needle }) };
    }
    if (needle !== undefined) return { name: 'count', what: 'lines', needle };
    if (/^(?:please\s+)?count\b/i.test(text))
      return { name: 'unclear', ask: 'I can count lines, words, characters, rows and files. Which of these?' };
  }
  if (/\b(?:extract|pull out|collect|get all|list all|list the)\b/i.test(text)) {
    const column = /\bcolumn\s+["“'`]?([\p{L}\p{N} _-]{1,60}?)["”'`]?\s+(?:from|of|in)\b/iu.exec(text)?.[1];
    if (column !== undefined) return { name: 'extract', what: 'column', column: column.trim() };
    const what = EXTRACTABLE.find(([pattern]) => pattern.test(text))?.[1];
    if (what !== undefined) return { name: 'extract', what };
    if (/^(?:please\s+)?(?:extract|pull out)\b/i.test(text))
      return {
        name: 'unclear',
        ask: 'I can extract e-mail addresses, links, dates, numbers, headings, to-dos, and the column of a table. Which of these?',
      };
  }
  const sought =
    /\b(?:find|search for|look for|grep)\b\s+(?:all\s+)?(?:the\s+)?(?:lines?\s+(?:with|containing|that (?:contain|mention))\s+)?(.{1,200}?)\s+(?:in|across|within)\b/is.exec(
      text,
    )?.[1];
  if (quoted !== undefined && /\b(?:find|search|look for|grep|lines? with|containing|mention)/i.test(text))
    return { name: 'find', needle: quoted, isExact: true };
  if (sought !== undefined && !/^(?:out|the answer)\b/i.test(sought)) return { name: 'find', needle: bare(sought) };
  const everywhere =
    /^(?:please )?(?:find|search for|look for|grep) (?:all )?(?:the )?([\p{L}\p{N} _@.-]{2,100})$/iu.exec(text)?.[1];
  if (everywhere !== undefined && !/^(?:out|the answer)\b/i.test(everywhere))
    return { name: 'find', needle: bare(everywhere) };
  if (/^(?:please\s+)?(?:read|show|open|print|cat|display)\b/i.test(text)) return { name: 'read' };
  return undefined;
}

/** `the lines containing x in …` → `x`. */
function conditionIn(text: string): string | undefined {
  const found =
    /\b(?:containing|contain|with|mentioning|mention|matching)\s+(?:the\s+)?([^"“'`]{1,200}?)\s+(?:in|of|from|across|within|does|are)\b/i.exec(
      text,
    )?.[1];
  return found === undefined ? undefined : bare(found);
}

/** `word loopback` → `loopback`: what is sought is not called so. */
function bare(sought: string): string {
  return sought.trim().replace(/^(?:words?|phrase|text|string|term|name)\s+(?=\S)/i, '');
}

function conversionTarget(word: string): 'json' | 'csv' | 'markdown' | 'text' {
  if (word === 'json' || word === 'csv') return word;
  return word === 'md' || word === 'markdown' || word === 'table' ? 'markdown' : 'text';
}
