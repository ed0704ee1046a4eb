"""Join the parts behind ``Projects`` and ``LabelQueue``."""

from __future__ import annotations

from collections.abc import Callable

from memeclip_core.image import ImageLimits
from memeclip_core.service.correcting import Corrector
from memeclip_core.service.engines import Engines
from memeclip_core.service.labelling.ahead import Ahead
from memeclip_core.service.labelling.bench import Benches
from memeclip_core.service.labelling.browsing import Browser
from memeclip_core.service.labelling.exporting import Exporter
from memeclip_core.service.labelling.giving import Giver
from memeclip_core.service.labelling.importing import Importer
from memeclip_core.service.labelling.jobs import ProjectJobs
from memeclip_core.service.labelling.ordering import Orderings
from memeclip_core.service.labelling.projects import Projects
from memeclip_core.service.labelling.queue import LabelQueue
from memeclip_core.service.labelling.refreshing import Refresher
from memeclip_core.service.labelling.relabelling import Relabeller
from memeclip_core.service.labelling.saving import Saver
from memeclip_core.service.people import People
from memeclip_core.service.reading import Reader
from memeclip_core.service.shelf import Shelf
from memeclip_core.stores.corrections import CorrectionStore
from memeclip_core.stores.feature_cache import FeatureCache
from memeclip_core.stores.images import ImageStore
from memeclip_core.stores.paths import Home
from memeclip_core.stores.project_exports import ProjectExports
from memeclip_core.stores.project_jobs import ProjectJobStore
from memeclip_core.stores.project_predictions import ProjectPredictions
from memeclip_core.stores.projects import ProjectStore
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
    jobs = ProjectJobs(home=home, store=ProjectJobStore(home))
    ahead = Ahead(
        home=home,
        projects=store,
        predictions=predictions,
        images=images,
        engines=engines,
        shelf=shelf,
        cache=cache,
        limits=limits,
    )
    refresher = Refresher(projects=store, ahead=ahead, jobs=jobs)
    shelf.listen(refresher.on_model)
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
            ahead=ahead,
            limits=limits,
        ),
        exporter=Exporter(projects=store, exports=exports, images=images, log=log),
        ahead=ahead,
        refresher=refresher,
        jobs=jobs,
        relabeller=Relabeller(
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
    on_saved: Callable[[str], None] = lambda key: None,
    to_retraining: Callable[[str], int | None] = lambda key: None,
) -> LabelQueue:
    """Return the queue of a home's projects; loads nothing heavy.

    Args:
        on_saved: called with a project's key after every save; returns at once.
        to_retraining: the decisions until a project's next retraining, or ``None``.
    """
    benches = Benches(
        home=home, projects=store, predictions=predictions, log=log, orderings=Orderings()
    )
    giver = Giver(benches=benches)
    return LabelQueue(
        people=people,
        benches=benches,
        giver=giver,
        saver=Saver(
            benches=benches,
            giver=giver,
            corrector=corrector,
            on_saved=on_saved,
            to_retraining=to_retraining,
        ),
        browser=Browser(benches=benches, projects=store, images=images, reader=reader),
        corrector=corrector,
    )
