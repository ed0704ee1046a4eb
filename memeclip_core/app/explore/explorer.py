"""``Explorer``: the memes of a project or a dataset as a whole; see ``records.exploration``."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, get_args

import numpy as np

from memeclip_core.access.people import People
from memeclip_core.annotation.projects.predictions import EMPTY
from memeclip_core.annotation.queue.orderings import keep_selection
from memeclip_core.annotation.review.corrections import BulkCorrector
from memeclip_core.app.explore.colouring import Colourer
from memeclip_core.app.explore.contents import DATASET, PROJECT, Contents, Library
from memeclip_core.app.explore.finder import Finder, Search, find_words
from memeclip_core.app.explore.lists import list_copies, list_near, list_suspects
from memeclip_core.app.explore.opinions import Opinions, read_table
from memeclip_core.app.explore.said import Said
from memeclip_core.app.explore.works import OnProgress, Works, read_vectors
from memeclip_core.app.pictures import THUMB_SIDE, make_thumb, shrink
from memeclip_core.database.engine import Database
from memeclip_core.errors import ImageError, InputError
from memeclip_core.explore.projection import check_umap
from memeclip_core.memory import Memory
from memeclip_core.records.decision import Person
from memeclip_core.records.exploration import (
    MOST_CHOSEN,
    MOST_SHOWN,
    Chosen,
    Collection,
    Colouring,
    Copies,
    Corrected,
    CorrectionPreview,
    FeatureKind,
    GalleryMeme,
    Hits,
    MapMethod,
    MemeMap,
    SearchKind,
    Suspects,
)
from memeclip_core.records.job import Job

PLACES: Final = (
    "Memes without a text, or without a picture that can be read, have no such features."
)


class Explorer:
    """Show many memes at once, find some of them, and put them right.

    All methods may be called from any thread and check the role first: annotators, and reviewers
    for what shows other people's work. Throughout, ``who`` is the person, ``collection`` the key
    of one, and ``ids`` content ids, which may be shortened to their first twelve characters.

    ``on_progress`` has what takes long worked out here and now, and is called meanwhile; without
    it a job does, which is returned if it takes longer than a moment.

    Everything raises PermissionDenied to whom may not, and NotFound if there is no such collection
    or meme.
    """

    def __init__(
        self,
        *,
        people: People,
        library: Library,
        works: Works,
        said: Said,
        opinions: Opinions,
        colourer: Colourer,
        corrector: BulkCorrector,
        finder: Finder,
        database: Database,
        preview: Callable[[str, Person, str], bytes],
    ) -> None:
        self._people = people
        self._library = library
        self._works = works
        self._said = said
        self._opinions = opinions
        self._colourer = colourer
        self._corrector = corrector
        self._finder = finder
        self._database = database
        self._preview = preview
        self._thumbs: Memory[tuple[str, str], bytes] = Memory(2000)

    # --- what there is ----------------------------------------------------------------------

    def collections(self, who: Person) -> tuple[Collection, ...]:
        """Return what this person can explore: projects, and datasets of the settings."""
        if not self._people.can(who, "annotator"):
            return ()
        found = []
        for project in self._library.projects.list(who):
            found.append(
                Collection(
                    key=f"{PROJECT}{project.key}",
                    title=project.title,
                    kind="project",
                    memes=len(self._library.projects.memes(project.key)),
                    tasks={task.key: task.title for task in project.tasks},
                    colours=self._colourer.choices(who, project.tasks, project),
                    corrects=True,
                    project=project.key,
                )
            )
        for key in self._library.datasets:
            known = self._library.known(key)
            tasks = None if known is None else known.tasks
            found.append(
                Collection(
                    key=key,
                    title=key.removeprefix(DATASET),
                    kind="dataset",
                    memes=None if known is None else len(known),
                    tasks={task.key: task.title for task in tasks or ()},
                    colours=self._colourer.choices(who, tasks, None),
                    corrects=False,
                )
            )
        return tuple(found)

    def collection(self, who: Person, collection: str) -> Collection:
        """Return one collection; a dataset is read for it."""
        self._open(who, collection)
        return next(one for one in self.collections(who) if one.key == collection)

    def map(
        self,
        who: Person,
        collection: str,
        *,
        features: FeatureKind = "fused",
        method: MapMethod = "pca",
        on_progress: OnProgress | None = None,
    ) -> MemeMap | Job:
        """Return the memes on a plane; the same memes lie at the same places again.

        Raises:
            InputError: if there is no such map, or UMAP is not installed.
        """
        contents = self._open(who, collection)
        _check("features", features, get_args(FeatureKind))
        _check("method", method, get_args(MapMethod))
        if method == "umap":
            check_umap()
        name = f"map {features} {method}"
        found = self._works.obtain(who, contents, name, on_progress)
        if isinstance(found, Job):
            return found
        places = np.asarray(found.arrays["places"])
        missing = len(contents) - len(places)
        first, second = found.facts["explained"]
        return MemeMap(
            collection=collection,
            features=features,
            method=method,
            ids=tuple(contents.ids[place] for place in places),
            x=np.asarray(found.arrays["x"]),
            y=np.asarray(found.arrays["y"]),
            places=places,
            total=len(contents),
            missing=missing,
            explained=(first, second),
            stamp=f"{contents.digest[:16]}-{self._finder.engines.encoder().fingerprint[:16]}",
            note=PLACES if missing else "",
        )

    def colours(
        self, who: Person, collection: str, by: str, *, on_progress: OnProgress | None = None
    ) -> Colouring | Job:
        """Return the colour of every meme of a collection.

        What models say of a project is known; of a dataset they are asked.

        Args:
            who, collection, on_progress: see ``Explorer``.
            by: one of the collection's ``colours``; ``models:<version>`` names the other model.

        Raises:
            InputError: if it cannot be coloured so.
        """
        contents = self._open(who, collection)
        models, paint = self._colourer.plan(who, contents, by)
        tables = []
        for model in models:
            if contents.project is not None:
                tables.append(self._said.table(contents.project, model))
                continue
            found = self._works.obtain(who, contents, f"predictions {model}", on_progress)
            if isinstance(found, Job):
                return found
            tables.append(read_table(contents, model, found))
        return paint(tables)

    def forget(self, model: str) -> None:
        """Delete what a model said of datasets, once it is gone."""
        self._works.store.delete(f"predictions {model}")

    # --- what is found ----------------------------------------------------------------------

    def check(self, who: Person) -> None:
        """Raise PermissionDenied or RateLimited where a look at memes would; nothing is spent."""
        self._people.require(who, "annotator", "see the memes of others", asks="read")

    def search(
        self,
        who: Person,
        collection: str,
        *,
        text: str = "",
        how: SearchKind = "words",
        image: bytes | None = None,
        like: str = "",
        n: int = 50,
        on_progress: OnProgress | None = None,
    ) -> Hits | Job:
        """Return the memes that a search finds, the best first.

        Args:
            who, collection, on_progress: see ``Explorer``.
            text, how, image, like: see ``Search``.
            n: how many, at most ``MOST_SHOWN``.

        Raises:
            InputError: if what it takes is missing.
            UnsupportedError: if the encoder has no space shared by text and picture.
        """
        contents = self._open(who, collection)
        _check("how", how, get_args(SearchKind))
        if not 1 <= n <= MOST_SHOWN:
            raise InputError(f"n is {n}; allowed are 1 to {MOST_SHOWN}.")
        search = Search(how=how, text=text, image=image, like=like, n=n)
        if how == "words":
            return find_words(contents, search)
        if how == "like":
            contents.find([like])
        found = self._works.obtain(who, contents, "features", on_progress)
        if isinstance(found, Job):
            return found
        return self._finder.find(contents, read_vectors(found), search)

    def gallery(self, who: Person, collection: str, ids: Sequence[str]) -> tuple[GalleryMeme, ...]:
        """Return memes as a gallery shows them, in the order given; at most ``MOST_SHOWN``."""
        contents = self._open(who, collection)
        if len(ids) > MOST_SHOWN:
            raise InputError(f"{len(ids)} memes were asked for; allowed are {MOST_SHOWN} a page.")
        table = EMPTY
        for model in self._opinions.list(contents)[:1]:
            found = self._works.find(contents, f"predictions {model}")
            table = EMPTY if found is None else read_table(contents, model, found)
        return self._said.describe(contents, contents.find(ids), who, table)

    def thumbnail(self, who: Person, collection: str, meme: str) -> bytes:
        """Return a small picture of a meme as WebP; b"" without one."""
        # Not limited: a gallery asks for two hundred at once.
        self._people.require(who, "annotator", "see the memes of others")
        contents = self._library.open(collection, who)
        (place,) = contents.find([meme])
        own = (collection, contents.ids[place])
        known = self._thumbs.get(own)
        if known is None:
            known = self._make_thumb(who, contents, place)
            self._thumbs.put(own, known)
        return known

    def duplicates(self, who: Person, collection: str) -> Copies:
        """Return memes with the same text."""
        return list_copies(self._open(who, collection))

    def near_duplicates(
        self, who: Person, collection: str, *, on_progress: OnProgress | None = None
    ) -> Copies | Job:
        """Return memes with nearly the same text or picture, and the same picture of a dataset."""
        contents = self._open(who, collection)
        found = self._works.obtain(who, contents, "near", on_progress)
        if isinstance(found, Job):
            return found
        return list_near(contents, found)

    def suspects(
        self,
        who: Person,
        collection: str,
        task: str,
        *,
        n: int = MOST_SHOWN,
        on_progress: OnProgress | None = None,
    ) -> Suspects | Job:
        """Return labels of a task that are probably wrong and still unchanged, the worst first."""
        self._people.require(who, "reviewer", "look for labels that are probably wrong")
        contents = self._open(who, collection)
        own = self._said.task(contents, task)
        found = self._works.obtain(who, contents, f"suspects {own.key}", on_progress)
        if isinstance(found, Job):
            return found
        return list_suspects(contents, own, found, self._said.labels(contents)[own.key], n)

    # --- jobs -------------------------------------------------------------------------------

    def job(self, who: Person, collection: str, job: str) -> Job:
        """Return a job as it stands now."""
        self._people.require(who, "annotator", "see the memes of others", spends="read")
        return self._works.jobs.get(job, collection)

    def stop(self, who: Person, collection: str, job: str) -> Job:
        """Ask a job to stop at its next step."""
        self._people.require(who, "annotator", "stop a job", spends="job")
        return self._works.jobs.stop(job, collection)

    # --- what is done -----------------------------------------------------------------------

    def choose(self, who: Person, collection: str, ids: Sequence[str]) -> Chosen:
        """Keep memes of a project as a queue, in the order given; see ``QueueFilter.selection``.

        The last ten of each person are kept.

        Raises:
            InputError: if there are none or too many, or these are no project's.
        """
        contents, project = self._open_project(who, collection)
        if not 1 <= len(ids) <= MOST_CHOSEN:
            raise InputError(f"{len(ids):,} memes were chosen; allowed are 1 to {MOST_CHOSEN:,}.")
        places = contents.find(ids)
        name = keep_selection(self._database, project, who.name, places, time.time())
        return Chosen(project=project, selection=name, memes=len(places))

    def preview_correction(
        self,
        who: Person,
        collection: str,
        ids: Sequence[str],
        task: str,
        labels: tuple[str, ...],
        *,
        fill: bool = False,
    ) -> CorrectionPreview:
        """Return what ``correct_many`` would do, without doing it."""
        contents, project = self._open_project(who, collection)
        memes = [contents.ids[place] for place in contents.find(ids)]
        return self._corrector.preview(who, project, memes, task, labels, fill=fill)

    def correct_many(
        self,
        who: Person,
        collection: str,
        ids: Sequence[str],
        task: str,
        labels: tuple[str, ...],
        *,
        save: str,
        fill: bool = False,
    ) -> Corrected:
        """Give memes of a project another answer to a task; see ``BulkCorrector.correct``."""
        self._people.require(who, "annotator", "label memes", spends="save")
        contents, project = self._open_project(who, collection)
        memes = [contents.ids[place] for place in contents.find(ids)]
        return self._corrector.correct(who, project, memes, task, labels, save=save, fill=fill)

    def undo(self, who: Person, collection: str, save: str) -> Corrected:
        """Take a correction of many memes back; see ``BulkCorrector.undo``."""
        self._people.require(who, "annotator", "undo", spends="save")
        _, project = self._open_project(who, collection)
        return self._corrector.undo(who, project, save)

    # --- steps ------------------------------------------------------------------------------

    def _open(self, who: Person, collection: str) -> Contents:
        self._people.require(who, "annotator", "see the memes of others", spends="read")
        return self._library.open(collection, who)

    def _open_project(self, who: Person, collection: str) -> tuple[Contents, str]:
        contents = self._open(who, collection)
        if contents.project is None:
            raise InputError(
                "The memes of a dataset are not labelled here. Make a project of it first."
            )
        return contents, contents.project.key

    def _make_thumb(self, who: Person, contents: Contents, place: int) -> bytes:
        if not contents.has_image[place]:
            return b""
        if contents.project is not None:
            whole = self._preview(contents.project.key, who, contents.ids[place])
            return make_thumb(whole) if whole else b""
        try:
            data = self._library.read_image(contents, place)
            return b"" if data is None else shrink(self._finder.reader.picture(data), THUMB_SIDE)
        except ImageError:
            return b""


def _check(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"{name} is '{value[:80]}'; allowed are {', '.join(known)}.")
