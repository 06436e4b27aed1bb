"""Addresses that servers listen on, taken apart into host and port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploycheck.python.resolution import resolve
from deploycheck.python.values import (
    Branch,
    Data,
    Failure,
    Listing,
    Literal,
    Operation,
    Text,
    Unknown,
    Value,
    Via,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SOCKETS = ("unix:", "fd://")


def host_of(address: Data, default: str = "0.0.0.0") -> str:  # noqa: S104 - what servers take an empty host for
    """Return the host of an address such as `0.0.0.0:80`, `[::1]:80` or `unix:/run/app.sock`."""
    text = _plain(address)
    if text.startswith(_SOCKETS):
        return text
    if "[" in text and "]" in text:
        return text.split("]")[0][1:].lower()
    return (text.partition(":")[0] or default).lower()


def port_of(address: Data, default: int = 8000) -> int | None:
    """Return the port of an address; None for a socket file; raises ValueError when it is no number."""
    text = _plain(address)
    if text.startswith(_SOCKETS):
        return None
    rest = text.partition("]")[2] if "[" in text and "]" in text else text
    _, colon, port = rest.partition(":")
    return int(port.partition(":")[0]) if colon else default


def _plain(address: Data) -> str:
    if not isinstance(address, str):
        raise TypeError("an address is text")
    return address.removeprefix("tcp://")


def host(bind: Value) -> Value:
    """Return the host that a bind value (an address, or a list of them) listens on."""
    return _each(bind, _host)


def port(bind: Value) -> Value:
    """Return the port that a bind value listens on."""
    return _each(bind, _port)


def _each(bind: Value, part: Callable[[Value], Value]) -> Value:
    """Follow hops and both arms of a branch down to the address, and take it apart there."""
    match bind:
        case Via():
            return Via(step=bind.step, inner=_each(bind.inner, part), at=bind.at)
        case Branch():
            then, otherwise = _each(bind.then, part), _each(bind.otherwise, part)
            return Branch(bind.test, then, otherwise, bind.text, at=bind.at)
        case Listing(items=items) if items:
            return _each(_open(items), part)
        case Unknown() | Failure():
            return bind
    return part(bind)


def _open(items: tuple[Value, ...]) -> Value:
    """Return the address of several that others can reach, where one can be told; else the first."""
    for item in items:
        resolved = resolve(item)
        if resolved.shape and host_of(resolved.shape) not in LOOPBACK:
            return item
    return items[0]


def _host(address: Value) -> Value:
    if isinstance(address, Text) and address.parts:
        first = address.parts[0]
        if isinstance(first, Literal) and ":" in str(first.data):
            return Literal(host_of(first.data), at=first.at or address.at)
    return Operation(_first_host, (address,), "the host", at=address.at)


def _port(address: Value) -> Value:
    if isinstance(address, Text) and len(address.parts) > 1:
        known, last = address.parts[:-1], address.parts[-1]
        colon = isinstance(known[-1], Literal) and str(known[-1].data).endswith(":")
        if colon and not isinstance(last, Literal):
            return Operation(_whole, (last,), "int", at=last.at or address.at)
    if isinstance(address, Literal) and not _has_port(address.data):
        return Failure("malformed", f"`{address.data}` has no port that is a number", at=address.at)
    return Operation(_first_port, (address,), "the port", at=address.at)


def _has_port(address: Data) -> bool:
    try:
        _first_port(address)
    except (ValueError, TypeError):
        return False
    return True


def _whole(data: Data) -> Data:
    return int(data)  # type: ignore[call-overload]


def _first(address: Data) -> Data:
    """Return the address itself; of a list or a comma-separated text the one that others can reach."""
    several = address.split(",") if isinstance(address, str) else address
    if not isinstance(several, (list, tuple)) or not several:
        return address
    addresses = [str(a).strip() for a in several]
    return next((a for a in addresses if host_of(a) not in LOOPBACK), addresses[0])


def _first_host(address: Data) -> Data:
    return host_of(_first(address))


def _first_port(address: Data) -> Data:
    return port_of(_first(address))
