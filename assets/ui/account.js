// One's own account: another password, and tokens for programs.
import { close, openIn, scroll } from "./dialog.js";
import { button, el, fill, labelled, quiet } from "./elements.js";
import { ask, opener } from "./server.js";
import { dates, t } from "./texts.js";

const password = (id, autocomplete) => el("input", { type: "password", id, autocomplete, required: true, maxlength: "1000" });
const day = (time) => new Date(time).toLocaleDateString(dates);

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
  return form("account-password", t("Change the password"), async () => {
    await ask("me/password", { old: old.value, new: fresh.value });
    return t("Changed. Other browsers of yours have to sign in anew; tokens go on.");
  }, el("input", { type: "text", autocomplete: "username", value: opener.name, hidden: true }), labelled(t("Password now"), old), labelled(t("New password"), fresh));
};

const makeTokens = () => {
  const list = el("tbody");
  const said = el("p.mc-l-said", { role: "status" });
  const failed = ({ message }) => { said.textContent = message; };
  const secret = el("code", { id: "account-secret", tabindex: "0" });
  const title = el("input", { type: "text", id: "account-title", required: true, maxlength: "100" });
  const draw = async () => {
    const rows = await ask("me/tokens");
    said.textContent = "";
    const revoke = (row) => () => ask("me/tokens/revoke", { title: row.title }).then(() => {
      secret.textContent = "";
      return draw();
    }).catch(failed);
    fill(list, rows.map((row) => el("tr", {}, el("th", { scope: "row", text: row.title }),
      el("td", { text: row.used
        ? t("made {made}, used {used}", { made: day(row.created), used: day(row.used) })
        : t("made {made}, never used", { made: day(row.created) }) }),
      el("td", {}, button(t("Revoke"), revoke(row), { "aria-label": t("Revoke {token}", { token: row.title }) })))));
  };
  const made = form("account-token", t("Make a token"), async () => {
    secret.textContent = (await ask("me/tokens", { title: title.value })).token;
    await draw();
    return t("Copy it now: it is never shown again.");
  }, labelled(t("What the program is called"), title));
  draw().catch(failed);
  return [scroll(t("Tokens"), el("table", { "aria-label": t("Tokens") }, list)), said, made, secret];
};

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.("button[data-account]")) return;
  // Gradio confines style sheets to what the page holds.
  const place = el("div.mc-l");
  document.querySelector("#pages").append(place);
  openIn(place, "account-dialog", t("Your account"), el("h3", { text: t("Password") }), makePassword(),
    el("h3", { text: t("Tokens for programs") }),
    quiet(t("With a token, a program may do what you may, until it is revoked or you are removed.")),
    ...makeTokens(), el("div.mc-l-row", {}, button(t("Close"), close))).then(() => place.remove());
});
