"""Join the parts behind ``Projects`` and ``LabelQueue``."""

from __future__ import annotations

from collections.abc import Callable

from memeclip_core.access.people import People
from memeclip_core.annotation.decisions.corrector import Corrector
from memeclip_core.annotation.decisions.log import CorrectionStore
from memeclip_core.annotation.decisions.saving import Saver
from memeclip_core.annotation.exchange.exports import Exporter, ProjectExports
from memeclip_core.annotation.exchange.imports import Importer
from memeclip_core.annotation.projects.jobs import ProjectJobs
from memeclip_core.annotation.projects.migration import Migrator
from memeclip_core.annotation.projects.precomputation import Precomputation
from memeclip_core.annotation.projects.predictions import ProjectPredictions
from memeclip_core.annotation.projects.projects import Projects
from memeclip_core.annotation.projects.store import ProjectStore
from memeclip_core.annotation.queue.assignment import Assigner
from memeclip_core.annotation.queue.browser import Browser
from memeclip_core.annotation.queue.queue import LabelQueue
from memeclip_core.annotation.queue.ranking import Orderings
from memeclip_core.annotation.queue.session import Benches
from memeclip_core.encoders.cache import FeatureCache
from memeclip_core.inference.engines import Engines
from memeclip_core.inference.reading import Reader
from memeclip_core.memes.image import ImageLimits
from memeclip_core.models.catalogue import Shelf
from memeclip_core.records.project import Project
from memeclip_core.storage.home import Home
from memeclip_core.storage.images import ImageStore
from memeclip_core.tasks import TaskSet


def join_projects(
    *,
    home: Home,
    people: People,
    task_sets: Callable[[str], TaskSet],
    store: ProjectStore,
    predictions: ProjectPredictions,
    images: ImageStore,
    log: CorrectionStore,
    corrector: Corrector,
    reader: Reader,
    engines: Engines,
    shelf: Shelf,
    cache: FeatureCache,
    limits: ImageLimits,
) -> Projects:
    """Return the projects of a home; loads nothing heavy."""
    jobs = ProjectJobs(home)
    precomputation = Precomputation(
        home=home,
        projects=store,
        predictions=predictions,
        images=images,
        engines=engines,
        shelf=shelf,
        cache=cache,
        limits=limits,
        jobs=jobs,
    )
    shelf.listen(precomputation.on_model)
    exports = ProjectExports(home)
    return Projects(
        people=people,
        task_sets=task_sets,
        store=store,
        predictions=predictions,
        exports=exports,
        importer=Importer(
            projects=store,
            images=images,
            reader=reader,
            engines=engines,
            precomputation=precomputation,
            limits=limits,
        ),
        exporter=Exporter(projects=store, exports=exports, images=images, log=log),
        precomputation=precomputation,
        jobs=jobs,
        migrator=Migrator(
            store=store, predictions=predictions, corrector=corrector, task_sets=task_sets
        ),
    )


def join_queue(
    *,
    home: Home,
    people: People,
    store: ProjectStore,
    predictions: ProjectPredictions,
    images: ImageStore,
    log: CorrectionStore,
    corrector: Corrector,
    reader: Reader,
    on_saved: Callable[[Project], None] = lambda project: None,
    to_retraining: Callable[[Project], int | None] = lambda project: None,
) -> LabelQueue:
    """Return the queue of a home's projects; loads nothing heavy.

    Args:
        on_saved: called with a project after every save; returns at once.
        to_retraining: the decisions until a project's next retraining, or ``None``.
    """
    benches = Benches(
        home=home, projects=store, predictions=predictions, log=log, orderings=Orderings()
    )
    assigner = Assigner(benches=benches)
    return LabelQueue(
        people=people,
        benches=benches,
        assigner=assigner,
        saver=Saver(
            benches=benches,
            assigner=assigner,
            corrector=corrector,
            on_saved=on_saved,
            to_retraining=to_retraining,
        ),
        browser=Browser(benches=benches, projects=store, images=images, reader=reader),
        corrector=corrector,
    )
