// Which language the page is in: Gradio names the browser's, whatever the page's texts are written in.
import { language } from "./catalogue.js";

const page = document.documentElement;
const say = () => { if (page.lang !== language) page.lang = language; };

say();
new MutationObserver(say).observe(page, { attributes: true, attributeFilter: ["lang"] });
