// The link to the console carries a token behind the #, which browsers send to nobody. It is handed over once, by the form
// that a person without script pastes it into, and it does not stay in the address.
function handOver() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return;
    history.replaceState(null, "", location.pathname);
    const form = document.querySelector("form[action='/sign-in']");
    if (!form) return;  // somebody is signed in already
    form.elements.token.value = token;
    form.requestSubmit();
}

handOver();
addEventListener("hashchange", handOver);  // a link that is opened where the page is shown already
