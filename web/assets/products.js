// Searches while one types. What is fetched is the page that the button of the form leads to, which is what happens without
// script; so there is one way to make it. The fields stay as they are, with the cursor in them.
const form = document.querySelector("form[data-search]");
const count = document.getElementById("count");  // a live region: screen readers say what comes into it
const pause = 250;  // milliseconds without another key
let timer;
let current;  // the search that counts: whatever an older one still answers is thrown away

function address() {
    const fields = [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
    const query = new URLSearchParams(fields).toString();
    return form.getAttribute("action") + (query && "?" + query);
}

function show(page) {
    const results = page.getElementById("results");
    if (!results) throw new Error("no page of products");
    document.getElementById("results").replaceWith(results);
    for (const field of form.elements) {
        const given = field.name && page.getElementById(field.id);
        const message = document.getElementById(field.id + "-error");
        if (!given || !message) continue;
        const news = page.getElementById(message.id);
        message.textContent = news.textContent;
        message.hidden = news.hidden;
        if (given.hasAttribute("aria-invalid")) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
    }
    document.title = page.title;
    count.textContent = page.getElementById("count").textContent;
}

async function search() {
    const own = current = new AbortController();
    const url = address();
    document.getElementById("results").setAttribute("aria-busy", "true");
    try {
        const answer = await fetch(url, {headers: {Accept: "text/html"}, signal: own.signal});
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (own !== current) return;
        show(page);
        history.replaceState(null, "", url);
    } catch {
        // Not reached, or busy, or away: then what came is another page.
        if (own !== current) return;
        document.getElementById("results").removeAttribute("aria-busy");
        count.textContent = "The search does not answer right now. Please try again in a moment.";
    }
}

function searchIn(time) {
    clearTimeout(timer);
    current?.abort();
    current = undefined;
    timer = setTimeout(search, time);
}

form.addEventListener("input", (event) => {
    if (!event.isComposing && event.target !== form.elements.sort) searchIn(pause);
});
form.addEventListener("compositionend", () => searchIn(pause));
form.elements.sort.addEventListener("change", () => searchIn(0));
// The browser goes to that page itself.
form.addEventListener("submit", () => { clearTimeout(timer); current?.abort(); current = undefined; });
