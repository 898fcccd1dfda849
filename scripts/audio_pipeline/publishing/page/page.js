"use strict";
// Texts of topics and services are untrusted: insert them as text nodes and attributes, never as HTML.
const topics = JSON.parse(document.getElementById("data").textContent);
const STATES = { made: "Made", edited: "Edited by hand", stale: "Out of date", missing: "Not made yet", failed: "Failed" };
const BATCH = 48; // cards that are added at a time
const byId = id => document.getElementById(id);
const cards = byId("cards"), dialog = byId("topic"), more = byId("more");
let shown = topics, drawn = 0, opener = null;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter(child => child !== null && child !== ""));
  return element;
}

function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });
function languageName(code) {
  try { return LANGUAGES.of(code); } catch { return code; }
}
function clock(seconds) {
  const whole = Math.round(seconds), pad = number => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
function date(iso, format) {
  const time = new Date(iso);
  return isNaN(time) ? "" : format.format(time);
}
const number = new Intl.NumberFormat();
const count = (many, what) => `${number.format(many)} ${what}${many === 1 ? "" : "s"}`;
const url = path => path.split("/").map(encodeURIComponent).join("/");
const warningsOf = topic => topic.files.flatMap(file => file.warnings);
const WARNED = "warned"; // an option beside the states: any topic may have warnings
const pathOf = (topic, stage, ending = "") =>
  topic.files.find(file => file.stage === stage)?.paths.find(path => path.endsWith(ending)) ?? "";

// Play one recording at a time.
document.addEventListener("play", event => {
  for (const other of document.querySelectorAll("audio, video")) if (other !== event.target) other.pause();
}, true);

function player(topic, poster, preload = "none") {
  const video = pathOf(topic, "video"), audio = pathOf(topic, "audio");
  if (!video && !audio) return null;
  const label = { "aria-label": `${video ? "Video" : "Recording"}: ${topic.title}`, controls: true, preload };
  if (!video) return make("audio", { ...label, src: url(audio) });
  const element = make("video", { ...label, src: url(video), poster: poster && url(poster), playsinline: true });
  if (topic.cues.length) {
    const track = element.addTextTrack("subtitles", languageName(topic.language), topic.language);
    for (const [from, to, text] of topic.cues) {
      track.addCue(new VTTCue(from, to, text.replace(/&/g, "&amp;").replace(/</g, "&lt;")));
    }
    track.mode = "disabled"; // users can enable them; the script is shown anyway
  }
  return element;
}

function image(topic, path) {
  if (!path) return make("div", { class: "bare" }, "No picture");
  return make("img", { src: url(path), alt: "", loading: "lazy", decoding: "async", width: 640, height: 360 });
}

function meta(topic) {
  const parts = [languageName(topic.language), topic.words ? count(topic.words, "word") : "", topic.made && date(topic.made, DATE)];
  return parts.filter(Boolean).join(" · ");
}

function stateLine(topic) {
  const warnings = warningsOf(topic);
  if (topic.state === "made") return warnings.length ? make("p", { class: "state warned" }, make("b", {}, count(warnings.length, "warning")), `: ${warnings[0]}`) : null;
  return make("p", { class: `state ${topic.state}` }, make("b", {}, STATES[topic.state]), `: ${topic.reason}`);
}

function card(topic) {
  const picture = make("div", { class: "picture" }, image(topic, topic.thumbnail));
  if (pathOf(topic, "video") || pathOf(topic, "audio")) {
    const length = topic.duration === null ? "Play" : clock(topic.duration);
    picture.append(make("button", {
      class: "play", type: "button", "aria-label": `Play: ${topic.title}`,
      onclick: event => {
        const media = player(topic, topic.thumbnail);
        if (media.tagName === "VIDEO") picture.replaceChildren(media);
        else event.currentTarget.replaceWith(media);
        media.focus();
        media.play().catch(() => {}); // the player shows the error
      },
    }, make("span", {}, icon("M3 1.5v13l11-6.5z"), length)));
  }
  const title = make("a", { href: `#${topic.slug}`, dir: "auto", lang: topic.language }, topic.title);
  return make("li", { class: "card" }, picture, make("h2", {}, title), make("p", { class: "meta" }, meta(topic)), stateLine(topic));
}

function draw() {
  const next = shown.slice(drawn, drawn + BATCH);
  cards.append(...next.map(card));
  drawn += next.length;
  more.hidden = drawn >= shown.length;
}

// Search for all words, ignoring case and accents.
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
let index = null;
const ORDER = {
  newest: (a, b) => b.made.localeCompare(a.made),
  title: (() => { const compare = new Intl.Collator(undefined, { numeric: true }).compare; return (a, b) => compare(a.title, b.title); })(),
  longest: (a, b) => (b.duration ?? -1) - (a.duration ?? -1),
  shortest: (a, b) => (a.duration ?? Infinity) - (b.duration ?? Infinity),
  words: (a, b) => b.words - a.words,
};
function showMatches() {
  const words = plain(byId("search").value).split(/\s+/).filter(Boolean);
  const state = byId("state").value, language = byId("language").value, order = ORDER[byId("sort").value];
  if (words.length && !index) index = topics.map(topic => plain(`${topic.title}\n${topic.script}\n${topic.slug}\n${topic.voice}`));
  shown = topics.filter((topic, position) =>
    (!state || (state === WARNED ? warningsOf(topic).length > 0 : topic.state === state)) && (!language || topic.language === language) && words.every(word => index[position].includes(word)));
  if (order) shown.sort(order);
  drawn = 0;
  cards.replaceChildren();
  draw();
  byId("none").hidden = shown.length > 0;
  byId("found").textContent = `${count(shown.length, "topic")} found`;
}
let waiting = 0;
byId("search").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(showMatches, 120); });
for (const id of ["state", "language", "sort"]) byId(id).addEventListener("change", showMatches);
byId("tools").addEventListener("submit", event => { event.preventDefault(); showMatches(); });
byId("clear").addEventListener("click", () => {
  for (const id of ["search", "state", "language"]) byId(id).value = "";
  showMatches();
  byId("search").focus();
});
more.addEventListener("click", () => {
  const last = cards.lastElementChild;
  draw();
  last?.nextElementSibling?.querySelector("button, a")?.focus();
});
new IntersectionObserver(seen => { if (seen[0].isIntersecting && !more.hidden) draw(); }, { rootMargin: "1200px" }).observe(more.parentElement);

// The dialog with all details of a topic.
async function copy(topic, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(topic.script);
  } catch { // some browsers deny pages from disk the clipboard
    const range = document.createRange();
    range.selectNodeContents(dialog.querySelector(".text"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1600);
}

function link(file, path) {
  const ending = path.slice(path.lastIndexOf(".") + 1).toUpperCase();
  const bytes = path === file.paths[0] ? `${ending}, ${size(file.bytes)}` : ending;
  return make("a", { class: "button", href: url(path), download: path.slice(path.lastIndexOf("/") + 1) }, file.name, make("small", {}, bytes));
}

function row(file, topic) {
  let by = !file.engine ? "" : file.engine === file.model ? file.engine : `${file.model} (${file.engine})`;
  if (by && file.stage === "audio" && topic.voice) by = file.model === topic.voice ? `voice ${by}` : `${by}, voice ${topic.voice}`;
  const facts = by ? [`take ${file.take}`, `${file.seconds.toFixed(1)} s`, date(file.made, MOMENT)] : [];
  const cell = make("td", {}, by && make("span", {}, by), by && make("br"), by && facts.filter(Boolean).join(" · "));
  if (file.state !== "made") {
    if (by) cell.append(make("br"));
    cell.append(make("b", { class: `flag ${file.state}` }, STATES[file.state]), file.reason && `: ${file.reason}`);
  }
  for (const warning of file.warnings) cell.append(make("br"), make("b", { class: "flag warned" }, "Warning"), `: ${warning}`);
  return make("tr", {}, make("th", { scope: "row" }, file.name), cell);
}

function sheet(topic) {
  const media = player(topic, pathOf(topic, "image"), "metadata"), picture = make("div", { class: "picture" });
  picture.append(media?.tagName === "VIDEO" ? media : image(topic, pathOf(topic, "image")));
  const files = topic.files.flatMap(file => file.paths.map(path => link(file, path)));
  const medium = make("div", { class: "medium" }, picture, media?.tagName === "AUDIO" ? media : null);
  const facts = make("div", { class: "facts" },
    files.length ? make("h3", {}, "Files") : null, make("div", { class: "buttons" }, ...files),
    make("table", { class: "made how" }, make("caption", {}, "How it was made"), make("tbody", {}, ...topic.files.map(file => row(file, topic)))));
  const length = topic.duration === null ? "" : `${clock(topic.duration)} · `;
  const about = make("div", { class: "about" },
    make("h2", { id: "topic-title", dir: "auto", lang: topic.language, tabindex: -1 }, topic.title),
    make("p", { class: "meta" }, length + meta(topic)),
    topic.state === "made" ? null : make("p", { class: `reason ${topic.state}` }, make("b", {}, STATES[topic.state]), `: ${topic.reason}`),
    topic.script ? make("p", { class: "text", dir: "auto", lang: topic.language }, topic.script) : null,
    topic.script ? make("p", { class: "buttons first" },
      make("button", { class: "button", type: "button", "aria-live": "polite", onclick: event => copy(topic, event.currentTarget) }, "Copy the script")) : null);
  return make("div", { class: "sheet" }, medium, about, facts, storyboard(topic));
}

function storyboard(topic) {
  if (!topic.scenes.length) return null;
  const scenes = topic.scenes.map(([say, show, picture, begin, failed], position) => {
    const label = begin === null ? `Scene ${position + 1}` : `Scene ${position + 1}, at ${clock(begin)}`;
    const go = () => {
      const video = dialog.querySelector("video");
      if (!video || begin === null) return;
      video.currentTime = begin + 0.05;
      video.play().catch(() => {}); // the player shows the error
      video.scrollIntoView({ block: "nearest" });
    };
    const still = picture ? make("img", { src: url(picture), alt: "", loading: "lazy", decoding: "async" }) : null;
    return make("li", {},
      make("button", { class: "scene", type: "button", "aria-label": `${label}: ${say}`, onclick: go }, still, make("small", {}, begin === null ? String(position + 1) : clock(begin))),
      make("p", { dir: "auto", lang: topic.language }, say),
      show && show !== say ? make("p", { class: "show", dir: "auto" }, show) : null,
      failed ? make("p", { class: "state warned" }, make("b", {}, "Card for now"), `: ${failed}`) : null);
  });
  return make("section", { class: "scenes" }, make("h3", {}, "Storyboard"), make("ol", {}, ...scenes));
}

function bar(topic) {
  const position = shown.indexOf(topic), go = step => { const next = shown[position + step]; if (next) location.replace(`#${next.slug}`); };
  const button = (label, sign, step) => make("button", { class: "round", type: "button", "aria-label": label, disabled: !shown[position + step], onclick: () => go(step) }, sign);
  return make("div", { class: "bar" },
    make("span", { class: "where" }, position < 0 ? "" : `${number.format(position + 1)} of ${number.format(shown.length)}`),
    button("Previous topic", "‹", -1), button("Next topic", "›", 1),
    make("button", { class: "round", type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×"));
}

function openLinkedTopic() {
  const slug = decodeURIComponent(location.hash.slice(1)), topic = slug && topics.find(candidate => candidate.slug === slug);
  if (!topic) { if (dialog.open) dialog.close(); return; }
  for (const playing of document.querySelectorAll("audio, video")) playing.pause();
  if (!dialog.open) opener = document.activeElement;
  dialog.replaceChildren(bar(topic), sheet(topic));
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  byId("topic-title").focus({ preventScroll: true });
}
addEventListener("hashchange", openLinkedTopic);
dialog.addEventListener("close", () => {
  dialog.replaceChildren(); // stops the player
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  if (opener?.isConnected) opener.focus();
});
dialog.addEventListener("click", event => { if (event.target === dialog) dialog.close(); });
addEventListener("keydown", event => {
  const within = event.target.closest?.("input, select, audio, video");
  if (event.ctrlKey || event.metaKey || event.altKey || within) return;
  if (event.key === "/" && !dialog.open) { event.preventDefault(); byId("search").focus(); }
  if (dialog.open && event.key === "ArrowLeft") dialog.querySelector('[aria-label="Previous topic"]').click();
  if (dialog.open && event.key === "ArrowRight") dialog.querySelector('[aria-label="Next topic"]').click();
});

function start() {
  const states = new Map(), languages = new Map();
  let seconds = 0, warned = 0;
  for (const topic of topics) {
    if (warningsOf(topic).length) warned += 1;
    states.set(topic.state, (states.get(topic.state) ?? 0) + 1);
    languages.set(topic.language, (languages.get(topic.language) ?? 0) + 1);
    seconds += topic.duration ?? 0;
  }
  const option = (value, text) => make("option", { value }, text);
  byId("state").append(option("", "All states"), ...Object.keys(STATES).filter(state => states.has(state)).map(state => option(state, `${STATES[state]} (${number.format(states.get(state))})`)));
  if (warned) byId("state").append(option(WARNED, `With warnings (${number.format(warned)})`));
  byId("language").append(option("", "All languages"), ...[...languages].map(([code, many]) => option(code, `${languageName(code)} (${number.format(many)})`)));
  byId("languages").hidden = languages.size < 2;
  const minutes = Math.round(seconds / 60);
  const length = !seconds ? "" : seconds < 90 ? `${Math.round(seconds)} s` : minutes < 90 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
  byId("sum").textContent = count(topics.length, "topic") + (length && `, ${length} of sound`);
  showMatches();
  openLinkedTopic();
}
start();
