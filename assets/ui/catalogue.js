// What the scripts say in another language than English: a server that speaks one sends this module
// with its catalogue in it. A sentence is found by the English one; a plural has a form for each of
// the language's kinds of numbers, as Intl.PluralRules names them.
export const language = "en";
export const texts = {};
