"""Modules that use all of what can be joined."""

from __future__ import annotations

FILES = {
    "studio.js": 'import { el as make } from "./parts/el.js";\n'
    'import * as one from "./parts/one.js";\n'
    'import "./parts/side.js";\n'
    'export * as two from "./parts/two.js";\n'
    'export { start as begin } from "./parts/one.js";\n'
    'export const later = async () => (await import("./more/page.js")).sum();\n'
    "export const made = make(1) + one.start();\n",
    "parts/el.js": "const el = (x) => `el ${x}`;\nexport { el };\n",
    "parts/side.js": "globalThis.sides = (globalThis.sides ?? 0) + 1;\n",
    "parts/one.js": 'import { base, value } from "./two.js";\n'
    'const held = { press: base };\nexport function start() { return "one"; }\n'
    "export const both = () => held.press() + value.of;\n",
    "parts/two.js": 'import { start } from "./one.js";\nexport const value = { of: 7 };\n'
    "const handed = { press: start };\n"
    'export const base = () => "two";\nexport const back = () => handed.press();\n'
    "export class Trouble extends Error {}\n",
    "more/page.js": 'import "../parts/side.js";\nimport { value } from "../parts/two.js";\n'
    'import { three } from "./three.js";\n'
    "export const sum = () => { value.of += three; return value.of; };\n",
    "more/three.js": "export const three = 3;\n",
}
"""With two modules that import each other, of which one is handed on before it runs."""
