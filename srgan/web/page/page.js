// The page: pictures that are dropped are sent one after the other, so that each visitor has one place in the queue.

import { ask, Failure, wording } from "./server.js";
import { view } from "./viewer.js";

const PAUSE = 400; // ms between two requests for the state of a picture, and between two downloads
const settings = document.querySelector(".settings");
const drop = document.querySelector(".drop");
const mix = document.querySelector(".mix");
const meaning = document.getElementById("meaning");
const batch = document.querySelector(".batch");
const [save, clear] = batch.querySelectorAll("button");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const { files, network, strength, percent, scale, format } = settings.elements;
const items = new Set(); // the pictures on the page
const kept = new Set(); // keys of the pictures that the server keeps for this page
const waiting = []; // the pictures that are not yet sent
let current; // the one that is sent or enlarged, if any

function takeAll(list) {
  const [first] = [...list].map(take);
  first?.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
}

/** Put a picture on the page, and in the line of those to be sent; returns its place on the page. */
function take(file) {
  const article = document.getElementById("picture").content.firstElementChild.cloneNode(true);
  const item = {
    file,
    article,
    asked: {
      network: network.value,
      strength: mix.hidden ? 1 : Number(strength.value),
      scale: scale.value,
      format: format.value,
    },
    title: network.value === "auto" ? "" : network.selectedOptions[0].text.split(":")[0], // "": the server will say
    key: null,
    state: "waiting",
    saved: false, // whether the visitor has asked for the download
  };
  if (item.asked.strength < 1) item.title += `, ${Math.round(item.asked.strength * 100)} %`;
  const [again, removal, link] = ["[name=again]", "[name=remove]", "a[download]"].map((part) => article.querySelector(part));
  article.querySelector("h2").textContent = file.name;
  article.querySelector("progress").setAttribute("aria-label", `${file.name}: how much is done`);
  removal.setAttribute("aria-label", `Remove ${file.name}`);
  removal.addEventListener("click", () => remove(item));
  again.addEventListener("click", () => line(item));
  link.addEventListener("click", () => (item.saved = true));
  document.querySelector(".pictures").append(article);
  items.add(item);
  line(item);
  return article;
}

function line(item) {
  waiting.push(item);
  count();
  work();
}

/** Say of each picture that waits how many are ahead of it. */
function count() {
  const before = items.has(current) ? 1 : 0;
  waiting.forEach((item, place) => show(item, { state: "waiting", ahead: before + place }));
}

async function work() {
  if (current) return;
  while ((current = waiting.shift())) {
    count();
    try {
      await enlarge(current);
    } catch (error) {
      show(current, { state: "failed", error: error.message, again: error.again });
    }
  }
}

async function enlarge(item) {
  show(item, { state: "sent" });
  const query = new URLSearchParams({ name: item.file.name, ...item.asked });
  // A folder, or a file that has gone since. fetch would only say that it failed, as it does without a server.
  await item.file.slice(0, 1).arrayBuffer().catch(() => {
    throw new Failure("This file cannot be read: it is a folder, or is no longer there", false);
  });
  item.key = (await ask(`pictures?${query}`, { method: "POST", body: item.file })).key;
  kept.add(item.key);
  while (items.has(item)) {
    const state = await ask(`pictures/${item.key}`);
    show(item, state);
    if (state.state === "done" || state.state === "failed") return;
    await pause();
  }
  forget(item);
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

function remove(item) {
  const { article } = item;
  const next = article.nextElementSibling ?? article.previousElementSibling;
  (next?.querySelector("[name=remove]") ?? files).focus();
  article.remove();
  items.delete(item);
  if (waiting.includes(item)) waiting.splice(waiting.indexOf(item), 1);
  count();
  sum();
  forget(item);
}

/** Have the server delete a picture, also when the page is being closed. */
function forget({ key }) {
  if (kept.delete(key)) fetch(`pictures/${key}`, { method: "DELETE", keepalive: true });
}

function show(item, state) {
  if (state.network) item.title = state.network; // the server has chosen
  item.state = state.state;
  const { article } = item;
  const text = wording(item, state);
  const line = article.querySelector(".state");
  line.ariaLive = state.state === "waiting" ? "off" : "polite"; // at each turn the numbers of all that wait change
  if (line.textContent !== text) line.textContent = text; // read aloud only when it changes
  article.className = `picture ${state.state}`;
  article.querySelector("[name=again]").hidden = !state.again;
  const progress = article.querySelector("progress");
  progress.hidden = state.state !== "sent" && state.state !== "working";
  if (state.done > 0 || calm.matches) progress.value = state.done ?? 0;
  else progress.removeAttribute("value"); // the bar moves to and fro
  if (state.state === "done") finish(item, state);
  sum();
}

function finish({ article, key, title }, { name, shown: [width, height] }) {
  const link = article.querySelector("a[download]");
  link.href = `pictures/${key}/result`;
  link.download = name;
  link.setAttribute("aria-label", `Download ${name}`);
  const [before, after] = ["before", "after"].map((part) => `pictures/${key}/${part}`);
  view(article, { name, network: title, before, after, width, height });
}

function those(state) {
  return [...items].filter((item) => item.state === state);
}

/** Say of several pictures how many are done. */
function sum() {
  const [done, failed] = [those("done").length, those("failed").length];
  const text = `${done} of ${items.size} done${failed ? `, ${failed} failed` : ""}`;
  const line = batch.querySelector("p");
  if (line.textContent !== text) line.textContent = text;
  batch.hidden = items.size < 2;
  save.hidden = !done;
}

/** Download what is not yet downloaded, or else all again. */
async function saveAll() {
  const [done, fresh] = [those("done"), those("done").filter((item) => !item.saved)];
  save.disabled = true;
  for (const item of fresh.length ? fresh : done) {
    if (items.has(item)) item.article.querySelector("a[download]").click();
    await pause(); // browsers drop what comes faster
  }
  save.disabled = false;
}

function unsaved() {
  return [...items].filter((item) => item.state !== "failed" && !item.saved);
}

function clearAll() {
  const lost = unsaved().length;
  if (lost && !confirm(`${lost} of these pictures ${lost > 1 ? "are" : "is"} not downloaded. Remove all?`)) return;
  [...items].forEach(remove);
}

function adjust() {
  const { mixes, note } = network.selectedOptions[0].dataset;
  meaning.textContent = note;
  meaning.hidden = !note;
  mix.hidden = mixes === "false";
  percent.textContent = `${Math.round(strength.value * 100)} %`;
  const own = network.value.startsWith("models/"); // which may enlarge by another number
  scale.options[0].text = own ? "As the network makes it" : "4 times (as the network makes it)";
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
addEventListener("dragleave", () => drop.classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  takeAll(event.dataTransfer.files);
});
addEventListener("beforeunload", (event) => {
  if (unsaved().length) event.preventDefault();
});
addEventListener("pagehide", (event) => {
  if (!event.persisted) for (const key of kept) forget({ key });
});
files.addEventListener("change", () => {
  takeAll(files.files);
  files.value = ""; // the same file can be chosen again
});
settings.addEventListener("submit", (event) => event.preventDefault());
network.addEventListener("change", adjust);
strength.addEventListener("input", adjust);
save.addEventListener("click", saveAll);
clear.addEventListener("click", clearAll);

for (const { name, title, mixes, note = "" } of await ask("networks")) {
  const option = new Option(title, name);
  Object.assign(option.dataset, { mixes, note });
  network.append(option);
}
adjust();
