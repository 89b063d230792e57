"""The checks as pytest tests: the whole test file of a plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from sdk.testing.faults import Fault
from sdk.testing.pytest_plugin import ACCEPTED
from sdk.testing.suite import (
    answering,
    belonging,
    concealing,
    continuing,
    counting,
    declaring,
    ending,
    fitting,
    identifying,
    mutating,
    publishing,
    receiving,
    simulating,
    tolerating,
)
from sdk.testing.suite.checking import (
    OfConnector,
    OfResource,
    findings,
    is_broken,
    is_unreadable,
    of_connector,
    of_resource,
)
from sdk.testing.suite.faulting import Faulting, faults_of, first_list, told
from sdk.testing.suite.findings import Finding
from sdk.testing.suite.subject import Subject

_FAULTING = pytest.StashKey[Faulting]()
_SUBJECTS = pytest.StashKey[dict[type, Subject]]()


class ConnectorSuite:
    """Hold a connector to what every connector promises.

    The recordings are taken from `cassettes/<connector>/` below pytest's root folder. Where there is none for a
    resource and the plugin offers a simulator, it is recorded from that, and played.

    Example:
        The whole test file of a plugin::

            from sdk.testing import ConnectorSuite


            class TestPlanets(ConnectorSuite):
                connector = "planets"

    Attributes:
        connector: The connector's name.
        accepted: Findings that are right for this API: the finding as it is shown in brackets (`misfit:planets`), or
            its code alone for all resources, with the reason; one column of it as `misfit:planets.mass`. One that
            does not occur any more fails.
        simulated: What the simulated account is like, in the words of `sdk.testing.simulator.serve`.
        asked: Query parameters that the connector sends on purpose and that change what its records hold, by
            resource, such as `{"planets": {"include": "moons"}}`; the simulator is asked with the same ones.
        faulted: The resources on which `pytest --faults` plays faults; default: the first that has no parent.

    .. versionadded:: 0.1
    """

    connector: ClassVar[str]
    accepted: ClassVar[Mapping[str, str]] = {}
    simulated: ClassVar[Mapping[str, Any]] = {}
    asked: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    faulted: ClassVar[Sequence[str]] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test of each resource, so that one that is bad fails its own tests only."""
        if "resource" in metafunc.fixturenames:
            subject = _subject(metafunc.config, type(self))
            metafunc.parametrize("resource", subject.resources, ids=str)
        if "fault" in metafunc.fixturenames:
            found = self._faults(metafunc.config) if metafunc.config.getoption("--faults") else []
            ids = [f"{resource}-{fault.group}-{fault.name}" for resource, fault in found]
            metafunc.parametrize(("faulted_resource", "fault"), found, ids=ids)

    def test_declaration(self, request: pytest.FixtureRequest) -> None:
        """The plugin is installed, its declaration has no mistakes, and it says what it is."""
        self._hold(request, declaring.declares)

    def test_settings(self, request: pytest.FixtureRequest) -> None:
        """Each setting says what it is for, and what is secret is declared so."""
        self._hold(request, declaring.settings)

    def test_retries(self, request: pytest.FixtureRequest) -> None:
        """What fails for a moment is asked again."""
        self._hold(request, tolerating.repeats)

    def test_no_secret_is_declared(self, request: pytest.FixtureRequest) -> None:
        """No key of an account stands in the declaration."""
        self._hold(request, concealing.declared)

    def test_names(self, request: pytest.FixtureRequest) -> None:
        """Distribution, entry point and connector have one name, and say which library they are for."""
        self._hold(request, publishing.names)

    def test_imports(self, request: pytest.FixtureRequest) -> None:
        """Nothing is imported from below the public names."""
        self._hold(request, publishing.imports)

    def test_readme(self, request: pytest.FixtureRequest) -> None:
        """The README names each setting and each table."""
        self._hold(request, publishing.readme)

    def test_simulator(self, request: pytest.FixtureRequest) -> None:
        """The simulator, if there is one, expects the secrets that the connector declares."""
        self._hold(request, simulating.agrees)

    def test_recordings_belong(self, request: pytest.FixtureRequest) -> None:
        """Each cassette is that of a resource, or of a test that the author wrote."""
        self._hold(request, answering.strays)

    def test_recording(self, request: pytest.FixtureRequest, resource: str) -> None:
        """There is a recording, or a simulator to record from, and it can be read."""
        self._hold_each(request, answering.recorded, resource)

    def test_reading(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Both runs of the recording are read without an error."""
        self._hold_each(request, answering.reads, resource)

    def test_records(self, request: pytest.FixtureRequest, resource: str) -> None:
        """There is a record at least, or a skip that the declaration names."""
        self._hold_each(request, answering.yields, resource)

    def test_requests(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Every answer of the cassette is asked for, once, and nothing else is asked."""
        self._hold_each(request, answering.asks, resource)

    def test_key_is_filled(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Each record has every part of its key."""
        self._hold_each(request, identifying.filled, resource)

    def test_key_is_unique(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No two records have the same key."""
        self._hold_each(request, identifying.unique, resource)

    def test_key_is_stable(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A record has the same key whenever it is read, and nothing that changes is part of it."""
        self._hold_each(request, identifying.stable, resource)

    def test_parents_are_told_apart(self, request: pytest.FixtureRequest, resource: str) -> None:
        """The parent's part of a key is another one for each parent."""
        self._hold_each(request, identifying.parents, resource)

    def test_columns_are_present(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Each declared column is a field of some record."""
        self._hold_each(request, fitting.present, resource)

    def test_columns_fit(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Each value of a declared column is of the declared type."""
        self._hold_each(request, fitting.fits, resource)

    def test_columns_are_tight(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No column is declared as less than what all of its values are."""
        self._hold_each(request, fitting.tight, resource)

    def test_every_object_arrives(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Of a list from which some objects are selected, all are."""
        self._hold_each(request, receiving.whole_lists, resource)

    def test_no_record_is_dropped(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A filter drops records knowingly."""
        self._hold_each(request, receiving.kept, resource)

    def test_every_field_arrives(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A record has all fields that the API sent, whatever a map or a hook makes of it."""
        self._hold_each(request, receiving.fields, resource)

    def test_numbers_count(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No number of a list moves further than what came."""
        self._hold_each(request, counting.passes_over_nothing, resource)

    def test_lists_end(self, request: pytest.FixtureRequest, resource: str) -> None:
        """The page that is taken for the last says nothing of another."""
        self._hold_each(request, ending.to_the_end, resource)

    def test_no_page_is_left_out(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No record lies before the first page or after the last."""
        self._hold_each(request, ending.beside, resource)

    def test_no_page_is_empty(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A page of which nothing is selected holds no list of objects anywhere."""
        self._hold_each(request, ending.selects, resource)

    def test_no_page_comes_twice(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No two pages of a list are the same."""
        self._hold_each(request, ending.advances, resource)

    def test_second_run(self, request: pytest.FixtureRequest, resource: str) -> None:
        """The second run of an incremental resource asks for what is new, and gets no more."""
        self._hold_each(request, continuing.continues, resource)

    def test_overlap(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A run begins no later than the one before it ended."""
        self._hold_each(request, tolerating.overlaps, resource)

    def test_appended(self, request: pytest.FixtureRequest, resource: str) -> None:
        """What is appended comes once."""
        self._hold_each(request, tolerating.appends, resource)

    def test_statuses(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No bad key, no limit and no failure of the server counts as "nothing here"."""
        self._hold_each(request, tolerating.statuses, resource)

    def test_not_found(self, request: pytest.FixtureRequest, resource: str) -> None:
        """A recording holds more than a "not found" that is skipped."""
        self._hold_each(request, tolerating.comes, resource)

    def test_children(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Each child carries its parent's key."""
        self._hold_each(request, belonging.belongs, resource)

    def test_secrets_sent(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Each request carries a secret in one place, and in its URL only where that is declared."""
        self._hold_each(request, concealing.sent, resource)

    def test_secrets_hidden(self, request: pytest.FixtureRequest, resource: str) -> None:
        """No record, no state, no skip and no cassette holds a secret."""
        self._hold_each(request, concealing.hidden, resource)

    def test_truth(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Reading all of a resource from the simulator, if there is one, gives every record that it holds."""
        self._hold_each(request, simulating.true, resource)

    def test_mutations(self, request: pytest.FixtureRequest, resource: str) -> None:
        """Played with answers that went wrong, each record arrives or the run ends in an error."""
        self._hold_each(request, mutating.holds, resource)

    @pytest.mark.faults
    def test_faults(self, request: pytest.FixtureRequest, faulted_resource: str, fault: Fault) -> None:
        """Between connector and API stands a fault: each record arrives, or the run ends in an error."""
        subject = _subject(request.config, type(self))
        outcome = _faulting(request.config).outcome(subject, faulted_resource, fault)
        finding = Finding(f"fault:{fault.name}", faulted_resource, "; ".join(outcome.problems))
        accepted = [name for name in finding.names if name in self.accepted]
        if outcome.held and accepted:
            pytest.fail(f"{accepted[0]!r} is accepted and not found any more; remove it", pytrace=False)
        if accepted:
            self._report(request, (finding,))
        elif not outcome.held:
            pytest.fail(f"{self.connector} {told(outcome, faulted_resource)}", pytrace=False)

    def test_accepted(self, request: pytest.FixtureRequest) -> None:
        """What is accepted still occurs."""
        subject = _subject(request.config, type(self))
        occurring = {name for one in findings(subject) for name in one.names} if self.accepted else set()
        # Faults are played one by one, and tell themselves.
        stale = [one for one in self.accepted if one not in occurring and not one.startswith("fault:")]
        if stale:
            text = "\n".join(f"{place!r} is accepted and not found any more; remove it" for place in stale)
            pytest.fail(text, pytrace=False)

    def _faults(self, config: pytest.Config) -> list[tuple[str, Fault]]:
        """Return the resources that faults are played on, each with those that fit it."""
        subject = _subject(config, type(self))
        resources = tuple(self.faulted) or first_list(subject)
        return [(name, fault) for name in resources for fault in faults_of(subject, name)]

    def _hold(self, request: pytest.FixtureRequest, check: OfConnector) -> None:
        """Fail with what *check* finds in the connector, except what is accepted."""
        subject = _subject(request.config, type(self))
        if check is not declaring.declares and is_broken(subject):
            pytest.skip("the connector does not declare")
        self._report(request, of_connector(check, subject))

    def _hold_each(self, request: pytest.FixtureRequest, check: OfResource, resource: str) -> None:
        """Fail with what *check* finds in a resource, except what is accepted."""
        subject = _subject(request.config, type(self))
        if check is not answering.recorded and is_unreadable(subject, resource):
            pytest.skip("there is no recording that can be read")
        self._report(request, of_resource(check, subject, resource))

    def _report(self, request: pytest.FixtureRequest, found: Iterable[Finding]) -> None:
        held: list[Finding] = []
        accepted = request.config.stash.setdefault(ACCEPTED, {})
        for one in found:
            reason = next((self.accepted[name] for name in one.names if name in self.accepted), None)
            if reason is None:
                held.append(one)
            else:
                accepted.setdefault((self.connector, one.code, reason), set()).add(one.resource)
        if held:
            pytest.fail("\n".join(f"{self.connector} {one}" for one in held), pytrace=False)


def _faulting(config: pytest.Config) -> Faulting:
    """Return where the faults of this session are played."""
    if _FAULTING not in config.stash:
        made = config.stash[_FAULTING] = Faulting()
        config.add_cleanup(made.leaving.close)
    return config.stash[_FAULTING]


def _subject(config: pytest.Config, suite: type[ConnectorSuite]) -> Subject:
    """Return the subject of *suite*: one for a session, so that each recording is played once."""
    subjects = config.stash.setdefault(_SUBJECTS, {})
    if suite not in subjects:
        name = getattr(suite, "connector", None)
        if not isinstance(name, str):
            raise pytest.UsageError(f'{suite.__name__} names no connector; write connector = "its name" in the class')
        subjects[suite] = Subject(name, config.rootpath / "cassettes", suite.simulated, suite.asked)
    return subjects[suite]
