"""The models that there are, asked about one meme beside each other."""

from __future__ import annotations

from memeclip_core.app.explain.asked_meme import AskedMeme
from memeclip_core.app.explain.variants import OnProgress, report
from memeclip_core.errors import MemeclipError
from memeclip_core.explain.disagreement import compare_answers, describe_model
from memeclip_core.inference.loaded_model import ZERO_SHOT
from memeclip_core.inference.predictor import Predictor
from memeclip_core.models.catalogue import Catalogue
from memeclip_core.records.explanation import ModelBeside, ScoresBeside
from memeclip_core.records.prediction import Prediction


def compare_models(
    catalogue: Catalogue,
    predictor: Predictor,
    opened: AskedMeme,
    also: str | None,
    *,
    on_progress: OnProgress | None = None,
) -> ScoresBeside:
    """Return what all models say of a meme; one that cannot answer says why.

    Args:
        catalogue, predictor: which models there are, and who asks them.
        opened: the meme.
        also: a retired version that is asked too.
        on_progress: called between models; what it raises ends the work.
    """
    key = opened.tasks.key
    wanted = [
        describe_model(info)
        for info in catalogue.models(key)
        if info.state != "retired" or info.origin == "starter" or info.version == also
    ]
    encoder = opened.model.encoder
    if encoder.shared_dim:
        prompts = ModelBeside(
            version=ZERO_SHOT, role="zero-shot", head=ZERO_SHOT, encoder=encoder.name,
            reads="image+text",
        )  # fmt: skip
        wanted.append(prompts)
    listing = catalogue.status(key).listing
    known = {one.version for one in wanted}
    left_out = {
        version: f"It reads the features of another encoder, '{row.encoder}'."
        for version, row in listing.rows.items()
        if version not in known and row.encoder != encoder.name
    }
    answers: dict[str, Prediction] = {}
    for place, one in enumerate(wanted):
        report(on_progress, place, len(wanted), one.version)
        try:
            model = catalogue.find(opened.tasks, one.version)
            answers[one.version] = predictor.predict(opened.meme, opened.picture, model)
        except MemeclipError as error:
            left_out[one.version] = str(error)
    report(on_progress, len(wanted), len(wanted), "models")
    return ScoresBeside(
        models=tuple(one for one in wanted if one.version in answers),
        tasks=compare_answers(answers),
        left_out=left_out,
    )
