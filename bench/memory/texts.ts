const VOCABULARY = 40_000;
const MOST_COMMON = 40;
const WORDS_A_CHUNK = 70;
const SYLLABLES =
  'ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu ra re ri ro ru sa se si so su ta te ti to tu'.split(
    ' ',
  );

/** A made-up text of a chunk's length that names a few people. */
export function textFrom(random: () => number): string {
  const words = Array.from({ length: WORDS_A_CHUNK }, (_, index) => (index % 20 === 10 ? name(random) : word(random)));
  return `${words.join(' ')}.`;
}

/**
 * The few come often, the many seldom (Zipf), the most common in every fifth piece: what comes oftener is no word to search
 * by.
 */
function word(random: () => number): string {
  return spelled(Math.floor(MOST_COMMON * (VOCABULARY / MOST_COMMON) ** random()));
}

function name(random: () => number): string {
  const part = () => {
    const text = spelled(50_000 + Math.floor(random() * 3_000));
    return text.charAt(0).toUpperCase() + text.slice(1);
  };
  return `${part()} ${part()}`;
}

function spelled(number: number): string {
  let text = '';
  for (let rest = number + SYLLABLES.length; rest > 0; rest = Math.floor(rest / SYLLABLES.length))
    text += SYLLABLES[rest % SYLLABLES.length];
  return text;
}
