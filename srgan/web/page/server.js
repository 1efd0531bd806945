// What is asked of the server, and the sentences that say what became of it.

/** A failure whose message is for the visitor; `again` says whether another try may succeed. */
export class Failure extends Error {
  constructor(message, again) {
    super(message);
    this.again = again;
  }
}

/** The server's answer. @throws {Failure} */
export async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Failure("The server does not answer; is `srgan web` still running there?", true);
  }
  const { ok, status } = response;
  if (status === 204) return null;
  const again = ok || status >= 500 || [404, 408, 429].includes(status); // not what is wrong with the picture itself
  const answer = await response.json().catch(() => null); // a server in front may answer with a page of its own
  if (!answer) throw new Failure(`The server's answer cannot be read (status ${status})${again ? "; try again later" : ""}`, again);
  if (!ok) throw new Failure(answer.error, again);
  return answer;
}

/** What is said of a picture in a state: the server's, or `sent`. */
export function wording({ file, title }, state) {
  const by = title && ` by ${title}${state.reason ? `, as it is ${state.reason}` : ""}`;
  switch (state.state) {
    case "sent":
      return "Is sent";
    case "waiting":
      return state.ahead ? `Waits for ${state.ahead} other${state.ahead > 1 ? "s" : ""}` : "Is next";
    case "working":
      return `Is enlarged${by}`;
    case "done":
      return `${state.source.join(" × ")} → ${state.size.join(" × ")} pixels,${by}${reduced(state)}${pages(state)}${colours(state)}`;
    default:
      return plain(state.error, file.name);
  }
}

/** An error without the name of the file, which stands above it. */
function plain(error, name) {
  const sentence = error.startsWith(`${name}: `) ? error.slice(name.length + 2) : error;
  return sentence.replace(/^[a-z]+(?= )/, (word) => word[0].toUpperCase() + word.slice(1)); // `models/gan: …` stays
}

function reduced({ size, shown }) {
  return shown[0] < size[0] ? `; shown here as ${shown.join(" × ")}, but the download has all pixels` : "";
}

function colours({ unkept }) {
  return unkept ? `; its colours are ${unkept}, which are not kept, so the result looks pale or dull` : "";
}

function pages({ pages }) {
  return pages > 1 ? `; only one of ${pages} pages or frames is enlarged` : "";
}
