// Opens the pages of a store, a till and a warehouse when there is no connection: as they were when last opened.
// Served at the root of the site with VERSION and SHELL in front: what our own pages are made of, and its digest.
"use strict";

const ROOT = new URL("./", location).pathname;
const PARTS = `anyshelf-parts-${VERSION}`;
const PAGES = `anyshelf-pages-${VERSION}`;
const KEPT_MAX = 60;
const KEPT_MS = 12 * 3600 * 1000;  // as long as somebody is signed in
const PLACES = /^(store|till|warehouse)\/[^/]+(\/(work|wave)\/[^/]+|\/(count|arrivals|bench|receive))?$/;
const path = (address) => new URL(address).pathname.slice(ROOT.length);
const ANYHOW = { ignoreSearch: true, ignoreVary: true };

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(PARTS).then((parts) => parts.addAll(SHELL.map((name) => `${ROOT}static/${name}`))));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("anyshelf-") && name !== PARTS && name !== PAGES;
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (new URL(asked.url).origin !== location.origin) return;
  const to = path(asked.url);
  if (/^sign-(in|out)/.test(to)) event.waitUntil(caches.delete(PAGES));  // the next one sees no page of the last
  if (asked.method !== "GET") return;
  if (to.startsWith("static/")) event.respondWith(part(asked));
  else if (asked.mode === "navigate" && PLACES.test(to)) event.respondWith(page(asked));
});

// A page names the pages that are worth keeping before they are opened: itself, and the work on its list.
self.addEventListener("message", (event) => {
  if (event.data && Array.isArray(event.data.keep)) event.waitUntil(keepAll(event.data.keep));
});

async function part(asked) {
  const parts = await caches.open(PARTS);
  try {
    return await fetch(asked);
  } catch (gone) {
    const kept = await parts.match(asked, ANYHOW);
    if (kept) return kept;
    throw gone;
  }
}

async function page(asked) {
  const pages = await caches.open(PAGES);
  let answer;
  try {
    answer = await fetch(asked);
  } catch {
    return (await lately(pages, asked)) || unopened();
  }
  if (answer.ok) await keep(pages, asked.url, answer.clone());
  if (answer.status >= 500) return (await lately(pages, asked)) || answer;
  return answer;
}

// The page as it is kept, unless that was too long ago.
async function lately(pages, asked) {
  const known = await pages.match(asked, ANYHOW);
  return known && Date.now() - Date.parse(known.headers.get("date")) < KEPT_MS ? known : undefined;
}

async function unopened() {
  const text = await (await caches.match(`${ROOT}static/offline.html`, ANYHOW)).text();
  const ours = text.replaceAll('"/static/', `"${ROOT}static/`);
  return new Response(ours, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

async function keep(pages, address, answer) {
  const bare = address.split(/[?#]/)[0];
  await pages.delete(bare);  // the newest is the last
  await pages.put(bare, answer);
  for (const old of (await pages.keys()).slice(0, -KEPT_MAX)) await pages.delete(old);
}

async function keepAll(addresses) {
  const pages = await caches.open(PAGES);
  for (const address of addresses) {
    if (!PLACES.test(path(address)) || (await pages.match(address, ANYHOW))) continue;
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && answer.ok && !answer.redirected) await keep(pages, address, answer);
  }
}
