// The page: pictures that are dropped are sent one after the other, so that each visitor has one place in the queue.

import { view } from "./viewer.js";

const PAUSE = 400; // ms between two requests for the state of a picture
const settings = document.querySelector(".settings");
const drop = document.querySelector(".drop");
const { files, network, strength, percent, scale, format } = settings.elements;
const kept = new Set(); // keys of the pictures that the server keeps for this page
const waiting = []; // the pictures that are not yet sent
let current; // the one that is sent or enlarged, if any

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The server does not answer; is `srgan web` still running there?");
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null); // a server in front may answer with a page of its own
  if (!answer) throw new Error(`The server's answer cannot be read (status ${response.status}); try again later`);
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Put a picture on the page, and in the line of those to be sent. */
function take(file) {
  const article = document.getElementById("picture").content.firstElementChild.cloneNode(true);
  const item = {
    file,
    article,
    asked: {
      network: network.value,
      strength: strength.disabled ? 1 : Number(strength.value),
      scale: scale.value,
      format: format.value,
    },
    title: network.value === "auto" ? "" : network.selectedOptions[0].text.split(":")[0], // "": the server will say
    key: null,
    removed: false,
  };
  if (item.asked.strength < 1) item.title += `, ${Math.round(item.asked.strength * 100)} %`;
  article.querySelector("h2").textContent = file.name;
  article.querySelector("[name=remove]").setAttribute("aria-label", `Remove ${file.name}`);
  article.querySelector("[name=remove]").addEventListener("click", () => remove(item));
  article.querySelector("[name=again]").addEventListener("click", () => line(item));
  document.querySelector(".pictures").append(article);
  line(item);
}

function line(item) {
  waiting.push(item);
  count();
  work();
}

/** Say of each picture that waits how many are ahead of it. */
function count() {
  const before = current && !current.removed ? 1 : 0;
  waiting.forEach((item, place) => show(item, { state: "waiting", ahead: before + place }));
}

async function work() {
  if (current) return;
  while ((current = waiting.shift())) {
    count();
    try {
      await enlarge(current);
    } catch (error) {
      show(current, { state: "failed", error: error.message });
    }
  }
}

async function enlarge(item) {
  show(item, { state: "sent" });
  const query = new URLSearchParams({ name: item.file.name, ...item.asked });
  // A folder, or a file that has gone since. fetch would only say that it failed, as it does without a server.
  await item.file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Error("This file cannot be read: it is a folder, or is no longer there");
  });
  item.key = (await ask(`pictures?${query}`, { method: "POST", body: item.file })).key;
  kept.add(item.key);
  while (!item.removed) {
    const state = await ask(`pictures/${item.key}`);
    show(item, state);
    if (state.state === "done" || state.state === "failed") return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  forget(item);
}

function remove(item) {
  item.removed = true;
  item.article.remove();
  if (waiting.includes(item)) waiting.splice(waiting.indexOf(item), 1);
  count();
  forget(item);
  files.focus();
}

/** Have the server delete a picture, also when the page is being closed. */
function forget({ key }) {
  if (kept.delete(key)) fetch(`pictures/${key}`, { method: "DELETE", keepalive: true });
}

function show(item, state) {
  if (state.network) item.title = state.network; // the server has chosen
  const { article } = item;
  const progress = article.querySelector("progress");
  const text = wording(item, state);
  const line = article.querySelector(".state");
  line.ariaLive = state.state === "waiting" ? "off" : "polite"; // at each turn the numbers of all that wait change
  if (line.textContent !== text) line.textContent = text; // read aloud only when it changes
  progress.hidden = state.state === "done" || state.state === "failed";
  if (state.done > 0) progress.value = state.done;
  else progress.removeAttribute("value");
  article.classList.toggle("failed", state.state === "failed");
  article.querySelector("[name=again]").hidden = state.state !== "failed";
  if (state.state === "done") finish(item, state);
}

function wording({ title }, state) {
  const reason = state.reason ? `, as it is ${state.reason}` : "";
  switch (state.state) {
    case "sent":
      return "Is sent";
    case "waiting":
      return state.ahead ? `Waits for ${state.ahead} other${state.ahead > 1 ? "s" : ""}` : "Is next";
    case "working":
      return `Is enlarged${title ? ` by ${title}` : ""}${reason}`;
    case "done":
      return `${state.size.join(" × ")} pixels${reason && `, by ${title}${reason}`}${size(state)}${pages(state)}`;
    default:
      return state.error;
  }
}

function size({ size, shown }) {
  return shown[0] < size[0] ? `, shown here as ${shown.join(" × ")}; the download has them all` : "";
}

function pages({ pages }) {
  return pages > 1 ? `; only one of ${pages} pages or frames is enlarged` : "";
}

function finish({ article, key, title }, { name, shown: [width, height] }) {
  const link = article.querySelector("a[download]");
  link.href = `pictures/${key}/result`;
  link.download = name;
  link.setAttribute("aria-label", `Download ${name}`);
  const [before, after] = ["before", "after"].map((part) => `pictures/${key}/${part}`);
  view(article.querySelector(".viewer"), { name, network: title, before, after, width, height });
}

function adjust() {
  strength.disabled = network.selectedOptions[0].dataset.mixes === "false";
  percent.textContent = strength.disabled ? "100 %" : `${Math.round(strength.value * 100)} %`;
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  [...event.dataTransfer.files].forEach(take);
});
addEventListener("pagehide", (event) => {
  if (!event.persisted) for (const key of kept) forget({ key });
});
files.addEventListener("change", () => {
  [...files.files].forEach(take);
  files.value = ""; // the same file can be chosen again
});
settings.addEventListener("submit", (event) => event.preventDefault());
network.addEventListener("change", adjust);
strength.addEventListener("input", adjust);

for (const { name, title, mixes } of await ask("networks")) {
  const option = new Option(title, name);
  option.dataset.mixes = mixes;
  network.append(option);
}
adjust();
