"""Write the card of every checkpoint, checkpoints/*/README.md, anew from its manifest, and what
the page says of it, card.json.

    .venv/bin/python scripts/cards.py

Figures and settings come from the manifest; what a manifest does not know stands in ``ABOUT``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a card says that no manifest holds.

    Attributes:
        promise: what the heads say, to go after "This checkpoint says".
        dataset: what the training data are called.
        data: where the data are from and what is missing in them.
        source: whom to cite.
        chosen: how the rows that the figures are measured on flatter them, or not.
        limits: what these heads in particular cannot do.
        rebuild: the files that ``memeclip build-starter`` takes.
        statement: who made and labelled the data, when and from where, as far as that is known.
    """

    promise: str
    dataset: str
    data: str
    source: str
    chosen: str
    limits: tuple[str, ...]
    rebuild: str
    statement: str


ABOUT = {
    "pridemm-compact": About(
        promise="whether a meme is hateful, at whom it is aimed, which side it takes and whether "
        "it is meant to be funny, in memes about LGBTQ+ people and movements",
        dataset="PrideMM",
        data="The texts and labels of PrideMM. Its images are not published with its labels.",
        source="S. B. Shah, S. Shiwakoti, M. Chaudhary, H. Wang. *MemeCLIP: Leveraging CLIP "
        "Representations for Multimodal Meme Classification.* EMNLP 2024.",
        chosen="These rows also chose the calibration.",
        limits=(
            "They do not see what a picture adds to a text, or how it reverses its meaning.",
            "The target is asked only where a meme is hateful, and was learnt from those memes.",
        ),
        rebuild="PrideMM.csv",
        statement="English memes from Facebook, Twitter and Reddit about LGBTQ+ people "
        "and movements, with text on them. They are not what people post in "
        "general, and not what other languages have. Who labelled them is "
        "told in the paper.",
    ),
    "propaganda-compact": About(
        promise="which of 22 propaganda techniques a meme uses",
        dataset="Propaganda techniques in memes",
        data="The published images, texts and labels.",
        source="D. Dimitrov, B. Bin Ali, S. Shaar, F. Alam, F. Silvestri, H. Firooz, P. Nakov, "
        "G. Da San Martino. *Detecting Propaganda Techniques in Memes.* ACL 2021.",
        chosen="These rows also chose the calibration and the threshold. The row that was left "
        "out has another picture and would be kept today.",
        limits=(
            "Micro-F1 is close to what the techniques' frequencies alone reach; rare techniques "
            "are found seldom.",
        ),
        rebuild="propaganda/train.jsonl propaganda/val.jsonl",
        statement="English memes from public Facebook groups about politics, vaccines, "
        "COVID-19 and gender equality. Who labelled them, and how, is told "
        "in the paper.",
    ),
    "restore-compact": About(
        promise="which of seven symptoms of depression a meme expresses",
        dataset="RESTORE",
        data="The OCR texts and labels of RESTORE, without images.",
        source="S. Yadav, C. Caragea, C. Zhao, N. Kumari, M. Solberg, T. Sharma. *Towards "
        "Identifying Fine-Grained Depression Symptoms from Memes.* ACL 2023.",
        chosen="These rows also chose the calibration and the threshold. They name 1.45 symptoms "
        "each, the training rows 1.03; a line for each class, fitted on them, says what a logit "
        "means there, so these figures are a little flattered.",
        limits=(),
        rebuild="restore/train.json restore/val.json",
        statement="English memes from Reddit and Twitter about depression. Texts come "
        "from OCR with its errors. Labels are readings of memes, not "
        "diagnoses; who made them is told in the paper.",
    ),
    "axiom-compact": About(
        promise="which of six kinds of anxiety a meme expresses",
        dataset="AxiOM",
        data="The OCR texts and labels of AxiOM's training file, without images.",
        source="A. Mazhar, Z. H. Shaik, A. Srivastava, P. Ruhnke, L. Vaddavalli, S. K. "
        "Katragadda, S. Yadav, M. S. Akhtar. *Figurative-cum-Commonsense Knowledge Infusion for "
        "Multimodal Mental Health Meme Classification.* WWW 2025.",
        chosen="AxiOM has no validation rows: these are a tenth of its training rows, sharing no "
        "text with the others, which chose nothing but the temperature.",
        limits=("Every meme gets one of the six kinds, also one that expresses none.",),
        rebuild="axiom/train.json",
        statement="English memes about anxiety. Texts come from OCR with its errors. "
        "Labels are readings of memes, not diagnoses; who made them is told "
        "in the paper.",
    ),
}


USE = (
    "It is meant for people who look at memes, correct the answers and train on their corrections; "
    "not for moderation without them."
)
EVERYWHERE = (
    "The data are small and English, come from few sources, and carry their annotators' views. "
    "Expect errors about minorities above all."
)
"""A limit of every starter."""


def render_card(
    manifest: dict[str, Any], tasks: dict[str, Any], about: About, rates: dict[str, Any]
) -> str:
    """Return a checkpoint's card.

    Args:
        manifest: the checkpoint's.
        tasks: its label set, as its YAML file has it.
        about: what neither knows.
        rates: its error rates, see ``scripts/rates.py``.
    """
    name = manifest["version"]
    text_only = manifest["reads"] == "text"
    data = manifest["data"]
    head, encoder = manifest["head"], manifest["encoder"]
    limits = [*manifest["notes"], *about.limits]
    parts = [
        f"---\n{_render_header(manifest, about)}---\n",
        f"# {name}\n",
        f"This checkpoint of MemeCLIP Studio says {about.promise}. It reads "
        f"{'the text of a meme alone' if text_only else 'the picture and the text of a meme'}.\n",
        "> **Content warning.** The memes that this is made for can be hateful or distressing.\n",
        "## What it answers\n",
        "| task | kind | labels |\n|---|---|---|",
        *(_render_task(task, manifest["tasks"][task["key"]]) for task in tasks["tasks"]),
        "",
        f"{tasks['description']} Each answer is a probability and a cosine or score for every "
        f"label. {USE}\n",
        "What each label means:\n",
        "| task | label | meaning |\n|---|---|---|",
        *(
            f"| {task['key']} | {label['name']} | {label.get('hint', '')} |"
            for task in tasks["tasks"]
            for label in task["labels"]
        ),
        "",
        "## Data\n",
        f"{_render_data(data, about)} Training rows that were left out because their text also "
        f"stood among those: {data['dropped_as_duplicates_of_val']:,}. No text and no image is "
        "part of the checkpoint.\n",
        f"Data statement: {about.statement}\n",
        f"Source: {about.source} The data are their authors', under their terms, and are asked "
        "for there. The code and these weights are under the MIT licence.\n",
        "## How it was trained\n",
        f"Head `{head['name']}` on the frozen features of the encoder `{encoder['name']}` "
        f"(fingerprint `{encoder['fingerprint'][:12]}`), by "
        f"`memeclip build-starter` on {manifest['created'][:10]}. Features are computed once; "
        "only the head learns.\n",
        "| what | settings |\n|---|---|",
        f"| head | {_render_settings(head['config'])} |",
        *_render_training(manifest),
        "",
        "## Figures\n",
        f"On the {data['val']:,} rows that were not trained on (one seed). {about.chosen}\n",
        "| task | figure | n | value | 95 % interval |\n|---|---|---|---|---|",
        *(
            _render_metric(task, metric)
            for task, found in manifest["tasks"].items()
            for metric in found["metrics"]
        ),
        "",
        *(
            f"{metric['name']} of {task}: {metric['note']}.\n"
            for task, found in manifest["tasks"].items()
            for metric in found["metrics"]
            if metric["note"]
        ),
        "Intervals are bootstrap intervals that draw near duplicates together. The recipe "
        "by folds, and other heads, stand in [results](../../docs/results.md).\n",
        "## Errors\n",
        f"On the same {rates['rows']:,} rows; intervals are Wilson's. `missed` is the share of a "
        "class's rows where it is not answered, `false alarms` that of all others where it is.\n",
        "| task | class | missed | n | false alarms | n |\n|---|---|---|---|---|---|",
        *(
            f"| {task} | {one['class']} | {_render_rate(one['missed'])} | "
            f"{_render_rate(one['alarms'])} |"
            for task, found in rates["tasks"].items()
            for one in found["classes"]
        ),
        "",
        *_render_groups(rates),
        "## Limits\n",
        *(f"- {limit}" for limit in limits),
        f"- {EVERYWHERE}",
        "- [All limits](../../docs/models.md#limits)\n",
        "## Use and rebuild\n",
        "```sh",
        f"memeclip predict meme.png --tasks {manifest['task_set']}",
        f"memeclip evaluate --tasks {manifest['task_set']}",
        f"memeclip build-starter {name} --dataset {about.rebuild}",
        "```\n",
        "`head.safetensors` holds the heads, `replay.safetensors` the half-precision features and "
        "labels that retraining starts from, `manifest.json` everything above. This card is "
        "written by `scripts/cards.py`.",
    ]
    return "\n".join(parts) + "\n"


def render_brief(manifest: dict[str, Any], about: About) -> dict[str, Any]:
    """Return what the page says of a checkpoint; of its notes the manifest tells it."""
    return {
        "use": USE,
        "data": f"{_render_data(manifest['data'], about)} {about.statement}",
        "source": about.source.replace("*", ""),
        "limits": [*about.limits, EVERYWHERE],
    }


def _render_data(data: dict[str, Any], about: About) -> str:
    return (
        f"{about.data} Trained on {data['train']:,} rows, with {data['val']:,} others to choose "
        "by and to measure on."
    )


def _render_header(manifest: dict[str, Any], about: About) -> str:
    """Return the metadata that the Hugging Face Hub reads."""
    results = [
        {
            "task": {"type": "text-classification", "name": task},
            "dataset": {"type": manifest["task_set"], "name": about.dataset, "split": "validation"},
            "metrics": [
                {"type": metric["name"], "value": round(metric["value"], 3)}
                for metric in found["metrics"]
            ],
        }
        for task, found in manifest["tasks"].items()
    ]
    header = {
        "license": "mit",
        "language": "en",
        "library_name": "memeclip-studio",
        "tags": ["memes", manifest["task_set"], "not-for-all-audiences"],
        "model-index": [{"name": manifest["version"], "results": results}],
    }
    return yaml.safe_dump(header, sort_keys=False, allow_unicode=True)


def _render_task(task: dict[str, Any], found: dict[str, Any]) -> str:
    threshold = found["threshold"]
    kind = (
        "one label" if found["kind"] == "multiclass" else f"several, each from {threshold:.0%} on"
    )
    return f"| {task['key']} | {kind.replace('%', ' %')} | {'; '.join(found['labels'])} |"


def _render_settings(settings: dict[str, Any]) -> str:
    """Return settings as ``--set`` takes them."""
    return " ".join(f"`{key}={json.dumps(value)}`" for key, value in settings.items()).replace(
        '"', ""
    )


def _render_training(manifest: dict[str, Any]) -> list[str]:
    """Return a row for each distinct way in which tasks were trained, and one for their start."""
    tasks: dict[str, list[str]] = {}
    for task, fit in manifest["recipe"]["fit"].items():
        tasks.setdefault(_render_settings(fit), []).append(task)
    cosine = manifest["head"]["config"]["classifier"] == "cosine"
    semantic = manifest["recipe"]["semantic"] if cosine else []
    random = [task for task in manifest["tasks"] if task not in semantic]
    starts = [(semantic, "the classes' prompts"), (random, "random")]
    return [
        *(f"| training of {', '.join(named)} | {settings} |" for settings, named in tasks.items()),
        *(
            f"| class weights of {', '.join(named)} start | {how} |"
            for named, how in starts
            if named
        ),
    ]


def _render_metric(task: str, metric: dict[str, Any]) -> str:
    interval = f"{metric['low']:.3f} to {metric['high']:.3f}"
    return f"| {task} | {metric['name']} | {metric['n']:,} | {metric['value']:.3f} | {interval} |"


def _render_rate(rate: dict[str, Any]) -> str:
    if not rate["n"]:
        return "- | 0"
    return f"{rate['rate']:.3f} ({rate['low']:.3f} to {rate['high']:.3f}) | {rate['n']}"


def _render_groups(rates: dict[str, Any]) -> list[str]:
    """Return how often rows are wrong by whom their texts are about, where any are."""
    rows = [
        f"| {task} | {one['group']} | {_render_rate(one)} |"
        for task, found in rates["tasks"].items()
        for one in found["groups"]
    ]
    if not rows:
        return ["No group of people is named by five of these rows.\n"]
    return [
        "By whom a text is about, as the words of `assets/groups.yaml` tell; groups of fewer than "
        "five rows are left out:\n",
        "| task | group | wrong in some class | n |\n|---|---|---|---|",
        *rows,
        "",
    ]


def read_card(folder: Path) -> str:
    """Return the card that a checkpoint's folder should hold."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    path = ROOT / "assets" / "tasks" / f"{manifest['task_set']}.yaml"
    tasks = yaml.safe_load(path.read_text(encoding="utf-8"))
    rates = json.loads((folder / "rates.json").read_text(encoding="utf-8"))
    return render_card(manifest, tasks, ABOUT[manifest["version"]], rates)


def read_brief(folder: Path) -> str:
    """Return what ``card.json`` in a checkpoint's folder should hold."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    brief = render_brief(manifest, ABOUT[manifest["version"]])
    return json.dumps(brief, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all cards."""
    for folder in sorted(path.parent for path in (ROOT / "checkpoints").glob("*/manifest.json")):
        (folder / "README.md").write_text(read_card(folder), encoding="utf-8")
        (folder / "card.json").write_text(read_brief(folder), encoding="utf-8")


if __name__ == "__main__":
    main()
