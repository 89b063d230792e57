"""Words of other dialects in a dictionary, turned into dlt's: each repair is told, and none is guessed silently.

Dictionaries that were written by hand, or translated from another tool, use words that dlt does not have: `basic` for
its `http_basic`, an `error_handler`, a page size on any paginator, an empty list for the body itself, a parent that
only the path names. What they mean is clear enough to be done, and worth telling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from attrs import field, frozen

from sdk.dialects.documents import ConfigError, declared
from sdk.dialects.known import Told
from sdk.dialects.parents import parent, unnamed
from sdk.dialects.reports import Note, Report
from sdk.dialects.values import Check, Problems, fault, keyed, optional
from sdk.dialects.vocabulary import joined, name_of
from sdk.retry import RETRIED_STATUSES, RetryPolicy

# Answers to which a repeat is no cure: of a parent whose children are still refused after it, there are none.
_PERMANENT: Final = frozenset({403, 404})

_TOO_MANY: Final = 429

_STATUSES: Final = range(100, 600)
_LARGEST_FACTOR: Final = 1e6


@frozen
class Extra:
    """What a dictionary says of one resource, and dlt's words cannot.

    Attributes:
        retry: What is repeated, and when.
        passed_over: Statuses that, after the repeats, mean that a parent has no children.
        size: The page size.
        size_param: The parameter that it is sent in.
        size_guessed: The document does not name that parameter.
        token_params: The parameters that a token may be meant for, where the document names none.
        parents: The resources whose records name what to read, where there are several.
        parent_as: What those records are.
        told: What connectors know of it.
    """

    retry: RetryPolicy | None = None
    passed_over: frozenset[int] = frozenset()
    size: int | None = None
    size_param: str | None = None
    size_guessed: bool = False
    token_params: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    parent_as: str | None = None
    told: Told = field(factory=Told)


@frozen
class Repaired:
    """A dictionary in dlt's words.

    Attributes:
        config: The dictionary; the one that was given is not changed.
        extras: By the resources' names.
        mistakes: What is wrong with the words that were turned.
    """

    config: Mapping[str, Any]
    extras: Mapping[str, Extra] = field(factory=dict)
    mistakes: tuple[str, ...] = ()

    def check(self) -> None:
        """Raise if there is a mistake in the dictionary.

        Raises:
            ConfigError: With every one of them.
        """
        mistakes = list(self.mistakes)
        try:
            declared(self.config)
        except ConfigError as error:
            mistakes += error.problems
        if mistakes:
            raise ConfigError("the dictionary", mistakes)


def repaired(config: Any, report: Report) -> Repaired:
    """Return *config* in dlt's words, with a note on *report* for each word that was another.

    What is neither dlt's nor known here stays as it is, and is found by the check of dlt's words.
    """
    if not isinstance(config, Mapping) or not isinstance(config.get("resources"), list | tuple):
        return Repaired(config)
    made, mistakes = dict(config), list[str]()
    resources = [_plain(one) for one in config["resources"]]
    above = _above(made, resources, report, mistakes)
    extras: dict[str, Extra] = {}
    for number, one in enumerate(resources):
        name = name_of(one)
        own = one.get("endpoint") if isinstance(one, dict) else None
        given = frozenset(own) if isinstance(own, dict) else frozenset[str]()
        facts = {key: value for words, told in above for key, value in told.items() if words not in given}
        if isinstance(own, dict):
            path = joined(joined("resources", number), "endpoint")
            facts |= _borrow(own, resources, path, report)
            facts |= _endpoint(own, path, report, mistakes)
            facts |= parent(one, resources, path, report, made)
            mistakes += unnamed(own, path)
            facts = _passing_over(facts, own)
        if facts and name is not None:
            extras[name] = Extra(**facts)
    made["resources"] = resources
    return Repaired(made, extras, tuple(mistakes))


def _above(
    made: dict[str, Any], resources: Sequence[Any], report: Report, mistakes: list[str]
) -> list[tuple[str, dict[str, Any]]]:
    """Repair in place what *made* says of all resources; return it by the key under which a resource says its own."""
    found: list[tuple[str, dict[str, Any]]] = []
    if isinstance(made.get("client"), Mapping):
        client = made["client"] = _with_auth(dict(made["client"]), "client", report)
        found.append(("paginator", _borrow(client, resources, "client", report) | _paging(client, "client", report)))
    defaults = made.get("resource_defaults")
    if isinstance(defaults, Mapping) and isinstance(defaults.get("endpoint"), Mapping):
        endpoint, path = dict(defaults["endpoint"]), "resource_defaults.endpoint"
        made["resource_defaults"] = {**defaults, "endpoint": endpoint}
        if "paginator" in endpoint:
            found.clear()
        found.append(("error_handler", _errors(endpoint, path, report, mistakes)))
        token = _borrow(endpoint, resources, path, report)
        found.append(("paginator", token | _endpoint(endpoint, path, report, mistakes)))
    return found


def _passing_over(facts: dict[str, Any], endpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Return *facts* with the statuses after which a parent is passed over.

    Of a list that stays refused nothing is known; of one parent's, that this parent has none to show.
    """
    policy, gone = facts.get("retry"), facts.pop("gone", frozenset[int]())
    lasting = policy.statuses & _PERMANENT if policy is not None and _is_child(endpoint) else frozenset[int]()
    return {**facts, "passed_over": gone | lasting} if gone or lasting else facts


def _plain(resource: Any) -> Any:
    """Return a copy of a resource whose endpoint, if it has one, is a mapping."""
    if not isinstance(resource, dict):
        return resource
    endpoint = resource.get("endpoint")
    if isinstance(endpoint, str):
        endpoint = {"path": endpoint}
    return {**resource, **({"endpoint": dict(endpoint)} if isinstance(endpoint, dict) else {})}


def _with_auth(holder: dict[str, Any], path: str, report: Report) -> dict[str, Any]:
    auth = holder.get("auth")
    where = joined(path, "auth")
    if auth == "basic":
        holder["auth"] = "http_basic"
    elif type(auth) is dict and auth.get("type") == "basic":
        holder["auth"] = {**auth, "type": "http_basic"}
        where = joined(where, "type")
    else:
        return holder
    report.note(Note(where, "repaired", "'basic'", "'http_basic' was taken", "that is dlt's word"))
    return holder


def _endpoint(endpoint: dict[str, Any], path: str, report: Report, mistakes: list[str]) -> dict[str, Any]:
    """Repair *endpoint* in place, and return what goes into its `Extra`."""
    _with_auth(endpoint, path, report)
    if endpoint.get("data_selector") == []:
        endpoint["data_selector"] = "$"
        where = joined(path, "data_selector")
        report.note(Note(where, "repaired", "an empty list", "'$' was taken, the body itself", "no step leads nowhere"))
    return {**_errors(endpoint, path, report, mistakes), **_paging(endpoint, path, report)}


def _errors(endpoint: dict[str, Any], path: str, report: Report, mistakes: list[str]) -> dict[str, Any]:
    where = joined(path, "error_handler")
    handler = endpoint.pop("error_handler", None)
    if handler is None:
        return {}
    found = list(keyed(handler, where, _ERROR_HANDLER))
    mistakes += found
    if found:
        return {}
    statuses = frozenset(handler.get("retry_on_status_codes") or ())
    retries, factor = handler.get("max_retries", 4), float(handler.get("backoff_factor", 2))
    taken = f"an answer {', '.join(map(str, sorted(statuses))) or 'that fails'} is repeated {retries} times"
    lasting = statuses & _PERMANENT and (_is_child(endpoint) or "path" not in endpoint)
    why = "a parent whose children are still refused then is passed over, and told" if lasting else ""
    report.note(Note(where, "repaired", "a key that dlt does not have", taken, why))
    facts: dict[str, Any] = {"refusals": retries + 1} if _TOO_MANY in statuses else {}
    # Below one it is what it is elsewhere: the first wait, which then doubles.
    facts |= {"factor": factor} if factor >= 1 else {"initial": factor}
    policy = RetryPolicy(attempts=retries + 1, statuses=RETRIED_STATUSES | statuses, **facts)
    return {"retry": policy}


def _is_count(value: Any, path: str) -> Problems:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield fault(path, value, "a whole number from 0 on")


def _is_factor(value: Any, path: str) -> Problems:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _LARGEST_FACTOR:
        yield fault(path, value, "a number from 0 on")


def _are_statuses(value: Any, path: str) -> Problems:
    if not isinstance(value, list | tuple):
        yield fault(path, value, "a list of statuses, such as [429, 503]")
        return
    for number, one in enumerate(value):
        if not isinstance(one, int) or isinstance(one, bool) or one not in _STATUSES:
            yield fault(joined(path, number), one, "a status, such as 429")


_ERROR_HANDLER: Final[Mapping[str, Check]] = {
    "retry_on_status_codes": optional(_are_statuses),
    "max_retries": _is_count,
    "backoff_factor": _is_factor,
}


def _is_child(endpoint: Mapping[str, Any]) -> bool:
    """Return whether a place in *endpoint* is filled by a parent, named or not."""
    params = endpoint.get("params")
    held = params.values() if isinstance(params, Mapping) else ()
    resolved = any(isinstance(one, Mapping) and one.get("type") == "resolve" for one in held)
    return resolved or any("{" in str(one) for one in (endpoint.get("path"), *held))


def _paging(endpoint: dict[str, Any], path: str, report: Report) -> dict[str, Any]:
    given = endpoint.get("paginator")
    if type(given) is not dict or given.get("type") == "offset":
        return {}
    where, paginator, facts = joined(path, "paginator"), dict(given), {}
    limit = paginator.get("limit")
    if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0:
        named = paginator.pop("limit_param", None)
        param = named or "limit"
        del paginator["limit"]
        facts = {"size": limit, "size_param": param, "size_guessed": named is None}
        taken = f"{param}={limit} is sent"
        report.note(Note(joined(where, "limit"), "repaired", f"a page size on {given.get('type', 'auto')!r}", taken))
    token = paginator.get("cursor_param")
    if paginator.get("type") == "cursor" and "cursor_path" not in paginator and isinstance(token, str) and "." in token:
        paginator["cursor_path"] = token
        taken = f"it was taken for the place of the token in the answer, cursor_path={token!r}, too"
        report.note(
            Note(joined(where, "cursor_param"), "repaired", f"{token!r}, a path", taken, "cursor_path is missing")
        )
    elif paginator.get("type") == "cursor" and "cursor_path" not in paginator:
        note = Note(where, "guessed", "no cursor_path", "'cursors.next' was taken", "that is dlt's default")
        report.note(note)
    endpoint["paginator"] = paginator
    return facts


def _borrow(endpoint: dict[str, Any], resources: Sequence[Any], path: str, report: Report) -> dict[str, Any]:
    """Where a document does not say where a token is, find the parameters that it may be meant for.

    A path that is given for a parameter is the token's place. The first candidate is then the parameter of another
    endpoint whose token is called alike, the last ones are those of all other endpoints.
    """
    paginator = endpoint.get("paginator")
    if type(paginator) is not dict or paginator.get("type") != "cursor" or "cursor_path" in paginator:
        return {}
    token = paginator.get("cursor_param")
    if not isinstance(token, str) or "." not in token:
        return {"token_params": (token or "cursor",)} if "cursor_body_path" not in paginator else {}
    last = token.rpartition(".")[2]
    own = (token, last.removeprefix("next_"), last)
    others = {name: told for one in resources if (told := _token(one)) is not None and (name := name_of(one))}
    known = tuple(str(told["cursor_param"]) for told in others.values())
    for name, told in others.items():
        if str(told["cursor_path"]).rpartition(".")[2] == last:
            param = str(told["cursor_param"])
            endpoint["paginator"] = {**paginator, "cursor_path": token, "cursor_param": param}
            taken = f"it was taken for the place of the token, which is sent as {param!r} as by {name!r}"
            where = joined(joined(path, "paginator"), "cursor_param")
            report.note(Note(where, "repaired", f"{token!r}, a path", taken, "cursor_path is missing"))
            return {"token_params": tuple(dict.fromkeys((param, *own[1:], token, *known)))}
    return {"token_params": tuple(dict.fromkeys((*own, *known)))}


def _token(resource: Any) -> Mapping[str, Any] | None:
    """Return the cursor paginator of *resource*, where it says all of it."""
    endpoint = resource.get("endpoint") if isinstance(resource, dict) else None
    told = endpoint.get("paginator") if isinstance(endpoint, dict) else None
    return told if isinstance(told, dict) and {"cursor_path", "cursor_param"} <= told.keys() else None
