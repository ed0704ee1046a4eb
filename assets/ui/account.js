// One's own account: another password, and tokens for programs.
import { close, openIn, scroll } from "./dialog.js";
import { button, el, fill, labelled, quiet } from "./elements.js";
import { ask, opener } from "./server.js";

const password = (id, autocomplete) => el("input", { type: "password", id, autocomplete, required: true, maxlength: "1000" });
const day = (time) => new Date(time).toLocaleDateString("en-GB");

/** A form that is sent by a script: `send` throws what went wrong, which is said below. */
const form = (id, verb, send, ...fields) => {
  const said = el("p.mc-l-said", { role: "status" });
  return el("form", {
    id,
    on: {
      submit: async (event) => {
        event.preventDefault();
        const { currentTarget } = event;
        try {
          said.textContent = (await send()) ?? "";
          currentTarget.reset();
        } catch ({ message }) {
          said.textContent = message;
        }
      },
    },
  }, fields, el("button.mc-l-primary", { text: verb }), said);
};

const makePassword = () => {
  const [old, fresh] = [password("account-old", "current-password"), password("account-new", "new-password")];
  return form("account-password", "Change the password", async () => {
    await ask("me/password", { old: old.value, new: fresh.value });
    return "Changed. Other browsers of yours have to sign in anew; tokens go on.";
  }, el("input", { type: "text", autocomplete: "username", value: opener.name, hidden: true }), labelled("Password now", old), labelled("New password", fresh));
};

const makeTokens = () => {
  const list = el("tbody");
  const secret = el("code", { id: "account-secret", tabindex: "0" });
  const title = el("input", { type: "text", id: "account-title", required: true, maxlength: "100" });
  const draw = async () => {
    const rows = await ask("me/tokens");
    const revoke = (row) => async () => {
      await ask("me/tokens/revoke", { title: row.title });
      secret.textContent = "";
      await draw();
    };
    fill(list, rows.map((row) => el("tr", {}, el("th", { scope: "row", text: row.title }),
      el("td", { text: `made ${day(row.created)}, ${row.used ? `used ${day(row.used)}` : "never used"}` }),
      el("td", {}, button("Revoke", revoke(row), { "aria-label": `Revoke ${row.title}` })))));
  };
  const made = form("account-token", "Make a token", async () => {
    secret.textContent = (await ask("me/tokens", { title: title.value })).token;
    await draw();
    return "Copy it now: it is never shown again.";
  }, labelled("What the program is called", title));
  draw().catch(() => {});
  return [scroll("Tokens", el("table", {}, list)), made, secret];
};

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("button[data-account]")) return;
  // Gradio confines style sheets to what the page holds.
  const place = el("div.mc-l");
  document.querySelector("#pages").append(place);
  openIn(place, "account-dialog", "Your account", el("h3", { text: "Password" }), makePassword(),
    el("h3", { text: "Tokens for programs" }),
    quiet("With a token, a program may do what you may, until it is revoked or you are removed."),
    ...makeTokens(), el("div.mc-l-row", {}, button("Close", close))).then(() => place.remove());
});
