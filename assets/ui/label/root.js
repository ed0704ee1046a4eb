// Where the page Label is, once it was shown.
import { el } from "../elements.js";

export const root = el("div.mc-l", { id: "label-root" });

export const visible = () => root.isConnected && root.offsetParent !== null;
