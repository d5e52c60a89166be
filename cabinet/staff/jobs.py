"""The job queue for who runs the portal: what waits, runs and failed, the clock's jobs, two acts."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from cabinet.database import unit_of_work
from cabinet.i18n import N_, _
from cabinet.queue.service import (
    JobState,
    cancel_job,
    count_jobs,
    find_jobs,
    periodic_jobs,
    retry_job,
    task_names,
)
from cabinet.residents.person import Permission
from cabinet.staff.gate import Desk, desk_of
from cabinet.staff.menu import Section
from cabinet.staff.money_view import done
from cabinet.staff.words import Words, later
from cabinet.staff.work_view import BASE, WorkView, with_query

TASKS: Mapping[str, str] = {
    "apply_registry": N_("Taking a registry in"),
    "check_registry": N_("Checking a registry"),
    "roll_back_registry": N_("Taking a registry back"),
    "announce_autopay": N_("Telling residents of automatic payments"),
    "charge_autopay": N_("Charging automatic payments"),
    "delete_what_is_old": N_("Deleting what need not be kept"),
    "detach_card": N_("Forgetting a saved card at the processor"),
    "end_expired_access": N_("Ending access whose time is over"),
    "follow_autopay": N_("Following automatic payments that are under way"),
    "reconcile": N_("Comparing the books with the processor"),
    "reconcile_nightly": N_("Comparing the books with the processor every night"),
    "recount": N_("Recounting the books"),
    "register_sale": N_("Registering a fiscal receipt"),
    "revive_jobs": N_("Taking up jobs of a worker that was killed"),
    "send_forgotten_letters": N_("Finding letters that nobody sent"),
    "send_letter": N_("Sending a letter"),
    "send_reminders": N_("Reminding residents of readings and verification"),
    "sweep_payments": N_("Asking the processor about open payments"),
    "sweep_refunds": N_("Asking the processor about open refunds"),
    "tell_of_bill": N_("Telling a resident of a new bill"),
    "tell_of_notice": N_("Sending a notice to its audience"),
    "tell_of_notices": N_("Finding notices whose time has come"),
    "verify_ledger": N_("Recounting the books every night"),
    "close_silent_requests": N_("Closing requests that nobody answers any more"),
    "deliver_export": N_("Handing a registry over"),
    "deliver_waiting_exports": N_("Trying again to hand registries over"),
    "make_due_exports": N_("Making the registries that schedules ask for"),
    "send_due_webhooks": N_("Finding messages to programs that are due"),
    "send_webhook": N_("Telling a provider's program of an event"),
    "verify_registries": N_("Comparing the registries with the books"),
    "warn_of_ending_keys": N_("Warning of keys that end soon"),
}
"""What each task does, in words; a task that is not named here is shown by its name."""

JOB_STATES: Words = {
    JobState.TODO: N_("Waits"),
    JobState.DOING: N_("Runs"),
    JobState.FAILED: N_("Failed"),
    JobState.SUCCEEDED: N_("Done"),
    JobState.CANCELLED: N_("Canceled"),
    JobState.ABORTED: N_("Stopped"),
}
JOB_WORDS: dict[str, Any] = {
    "task": later(N_("Job")),
    "state": later(N_("State")),
    "number": later(N_("No.")),
    "attempts": later(N_("Attempts")),
    "due": later(N_("Not before")),
    "last": later(N_("Last change")),
    "all_tasks": later(N_("All jobs")),
    "any": later(N_("Any")),
    "show": later(N_("Show")),
    "retry": later(N_("Try again")),
    "cancel": later(N_("Cancel the job")),
    "earlier": later(N_("Earlier ones")),
    "latest": later(N_("To the latest")),
    "none": later(N_("There are no such jobs.")),
    "clock": later(N_("By the clock")),
    "ran": later(N_("Last run")),
    "runs": later(N_("Next run")),
    "never": later(N_("not yet")),
    "act": later(N_("Act")),
    "retried": later(N_("The job will begin again at once.")),
    "canceled": later(N_("The job is canceled.")),
}
_MESSAGES = frozenset({"retried", "canceled"})
_LONGEST_ID = 18


class JobsView(WorkView):
    """Jobs of the queue, without what they are about."""

    menu_label = later(N_("Jobs"))
    icon = "fa-solid fa-gears"
    section = Section.HOUSE
    place = 90
    path = "/jobs"
    route_name = "jobs"
    permission = Permission.SEE_JOBS

    @route("")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def index(self, request: Request) -> Response:
        """A page of jobs, and the clock."""
        return await self._list(request)

    @route("/{job_id}/retry", methods=["POST"], name="job-retry")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def retry(self, request: Request) -> Response:
        """Let a failed job begin again."""
        return await self._act(request, _retry(_id_in(request), desk_of(request)), "retried")

    @route("/{job_id}/cancel", methods=["POST"], name="job-cancel")  # pyright: ignore[reportUntypedFunctionDecorator]
    async def cancel(self, request: Request) -> Response:
        """Take back a job that waits."""
        return await self._act(request, _cancel(_id_in(request), desk_of(request)), "canceled")

    async def _act(self, request: Request, work: Any, message: str) -> Response:
        answer = await done(request, work, with_query(f"{BASE}/jobs", **_query(request), said=message))
        return await self._list(request, answer) if isinstance(answer, str) else answer

    async def _list(self, request: Request, error: str = "") -> Response:
        asked, session = _query(request), request.state.session
        state = JobState(asked["state"]) if asked.get("state") in set(JobState) else None
        before = asked.get("before", "")
        rows, more = await find_jobs(
            session=session,
            state=state,
            task=asked.get("task", ""),
            before=int(before) if _is_id(before) else None,
        )
        said = request.query_params.get("said", "")
        first = {name: text for name, text in asked.items() if name != "before"}
        return self.render(
            request,
            "jobs.html",
            error,
            w=JOB_WORDS,
            rows=rows,
            counts=await count_jobs(session=session),
            clock=await periodic_jobs(session=session),
            state=state,
            task=asked.get("task", ""),
            tasks=sorted(((name, say_task(name)) for name in task_names()), key=lambda one: one[1]),
            states=JOB_STATES,
            say_task=say_task,
            message=JOB_WORDS[said] if said in _MESSAGES else "",
            query=asked,
            with_query=with_query,
            next_page=with_query(f"{BASE}/jobs", **first, before=rows[-1].id) if more else "",
            first_page=with_query(f"{BASE}/jobs", **first) if before else "",
            JobState=JobState,
        )


def say_task(name: str) -> str:
    """What the task does, in the reader's language."""
    return _(TASKS[name]) if name in TASKS else name


def _query(request: Request) -> dict[str, str]:
    asked = request.query_params
    texts = {name: asked.get(name, "").replace("\x00", "") for name in ("state", "task", "before")}
    return {name: text for name, text in texts.items() if text}


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID


def _id_in(request: Request) -> int:
    text = request.path_params["job_id"]
    if not _is_id(text):
        raise HTTPException(404)
    return int(text)


async def _retry(job_id: int, desk: Desk) -> None:
    async with unit_of_work() as session:
        await retry_job(job_id, by=desk.person, address=desk.address, session=session)


async def _cancel(job_id: int, desk: Desk) -> None:
    async with unit_of_work() as session:
        await cancel_job(job_id, by=desk.person, address=desk.address, session=session)
