// Shows and hides the password that is being typed. Without script the button stays hidden and the form works as it is.
for (const group of document.querySelectorAll("[data-password]")) {
    const input = group.querySelector("input");
    const button = group.querySelector("button");
    button.hidden = false;
    group.classList.add("has-toggle");
    button.addEventListener("click", () => {
        const shown = input.type === "text";
        input.type = shown ? "password" : "text";
        button.textContent = shown ? "Show" : "Hide";
        button.setAttribute("aria-pressed", String(!shown));
        input.focus();
    });
    input.form.addEventListener("submit", () => { input.type = "password"; });
}
