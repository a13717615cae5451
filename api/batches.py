"""How is a batch taken in over HTTP? A chunk a transaction, each chunk once under a key, a verdict for every row."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.audit import Action, record
from api.bodies import NDJSON, Batch
from api.deps import database_of, intake_of
from api.idempotency import Attempt, Outcome, Work, attempt_of
from api.imports import ROADS, Noun
from api.records import Document, batch_document, subjects, verdict_document
from api.responses import JsonAnswer
from api.security import Client
from ingest.files import Row
from ingest.intake import Store
from ingest.strict_json import dump

WRITTEN: dict[Noun, Action] = {"vacancies": Action.VACANCY_WRITTEN, "seekers": Action.SEEKER_WRITTEN}
# A connection stays with the process that took it, and one process may have taken them all. After a batch it is closed:
# the next is taken by whichever process has nothing to do.
LET_GO = {"Connection": "close"}


def push(
    request: Request, noun: Noun, source: str, client: Client, batch: Batch, key: str | None, dry_run: bool
) -> Response:
    """The answer to a batch: as lines or as one document. A dry run stores nothing, not even that it was."""
    if dry_run:
        return _told(_tried(request, noun, source, batch), batch.as_lines, LET_GO)
    with attempt_of(request, client.name, key) as attempt:
        attempt.headers |= LET_GO
        return _told(_stored(request, noun, source, batch, attempt), batch.as_lines, attempt.headers)


def _tried(request: Request, noun: Noun, source: str, batch: Batch) -> Iterator[list[Document]]:
    for rows in batch.chunks:
        store = ROADS[noun](rows, intake_of(request, source, dry_run=True))
        with database_of(request).read() as session:
            verdicts = store(session)
        yield [verdict_document(verdict) for verdict in verdicts]


def _stored(request: Request, noun: Noun, source: str, batch: Batch, attempt: Attempt) -> Iterator[list[Document]]:
    def work(store: Store, session: Session) -> Outcome:
        verdicts = store(session)
        record(session, attempt.client, WRITTEN[noun], subjects(source, verdicts))
        return Outcome(200, [verdict_document(verdict) for verdict in verdicts])

    def read(rows: list[Row]) -> Work:
        return partial(work, ROADS[noun](rows, intake_of(request, source)))

    for number, rows in enumerate(batch.chunks):
        yield attempt.part(number, partial(read, rows)).document


def _told(chunks: Iterable[list[Document]], as_lines: bool, headers: dict[str, str]) -> Response:
    """The answer once the last chunk is stored; of lines only their bytes are kept meanwhile."""
    if not as_lines:
        return JsonAnswer(batch_document(list(chain.from_iterable(chunks))), headers=headers)
    body = b"".join(b"".join(dump(document) + b"\n" for document in chunk) for chunk in chunks)
    return Response(body, headers={"Cache-Control": "no-store", **headers}, media_type=NDJSON)
