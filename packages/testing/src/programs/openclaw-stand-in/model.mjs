/** One answer of the model that the configuration names: its blocks and what it used. */
export async function askModel({ configuration, provider, model, messages, tools }) {
  const response = await fetch(`${configuration.models.providers[provider].baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': process.env.ANTHROPIC_API_KEY ?? '' },
    body: JSON.stringify({
      model,
      system: 'You are OpenClaw.',
      messages,
      tools: tools.map((name) => ({ name })),
      max_tokens: 4_096,
      stream: true,
    }),
  }).catch(() => {
    throw new Error(`${provider}/${model} request failed: the connection was closed`);
  });
  if (!response.ok) {
    const { error } = await response.json();
    const why = response.status === 401 ? 'authentication failed, ' : '';
    throw new Error(`${provider}/${model} request failed (${why}HTTP ${response.status}). ${error.message}`);
  }
  return answerIn(eventsIn(await response.text()));
}

function eventsIn(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));
}

function answerIn(events) {
  const content = [];
  for (const event of events) {
    if (event.type === 'content_block_start') content.push({ ...event.content_block, json: '' });
    const block = content.at(-1);
    if (event.delta?.type === 'text_delta') block.text += event.delta.text;
    if (event.delta?.type === 'input_json_delta') block.json += event.delta.partial_json;
  }
  const before = events[0].message.usage;
  const output = events.findLast((event) => event.type === 'message_delta').usage.output_tokens;
  const cacheRead = before.cache_read_input_tokens;
  return {
    content: content.map(({ json, ...block }) =>
      block.type === 'tool_use' ? { ...block, input: JSON.parse(json) } : block,
    ),
    usage: {
      input: before.input_tokens,
      output,
      cacheRead,
      cacheWrite: 0,
      total: before.input_tokens + cacheRead + output,
    },
  };
}
