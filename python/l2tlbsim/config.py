# SPDX-License-Identifier: MulanPSL-2.0
"""Configurations of a machine: presets, revisions, sizes, rules, errata."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, MutableMapping, Union

from ._core import Error, Path, c_text, check, ffi, lib, new, path_bytes, setting, text

ConfigLike = Union[None, str, Mapping[str, Any], "Config"]


def _key(key: Any, value: Any, explanation: Any, ctx: Any) -> int:
    """A key of l2tlb_cfg_each()."""
    ffi.from_handle(ctx).append((text(key), text(value), text(explanation)))
    return 0


ffi.def_extern(name="py_key", error=1)(_key)


class Config(MutableMapping[str, str]):
    """A configuration as a mapping of keys to values, both as text.

    Keys are those of `l2tlb config`: "preset" (minimal, default, minimal-bitmap, bitmap, cvm), "revision" (2025-05,
    2026-03, 2026-07, 2026-07-v2), sizes ("pagecache.l0_sets", "llptw.size", ...), "errata" and "errata.ID" (as-rtl,
    fixed), "rule.NAME" (yes, no). "preset" and "revision" set the sizes again, so they come first.

    >>> c = Config("default", {"revision": "2026-03"})
    >>> c["pagecache.l0_sets"] = 64
    >>> c["pagecache.l0_sets"]
    '64'
    """

    def __init__(
        self, preset: str | None = None, settings: Mapping[str, Any] | None = None, *, replay: bool = False
    ):
        """`replay`: with errata.L3 fixed, as `l2tlb replay` has it (as the RTL is, the L1 side may hang)."""
        maker = lib.l2tlb_replay_cfg_new if replay else lib.l2tlb_cfg_new
        try:
            self._c = new(maker, "l2tlb_config", lib.l2tlb_cfg_free, c_text(preset or "default"))
        except Error as e:
            raise type(e)(f"preset {preset}: {e}") from None
        for key, value in (settings or {}).items():
            self[key] = value

    @classmethod
    def of(cls, what: ConfigLike, *, replay: bool = False) -> Config:
        """A configuration of its own from a preset's name, settings ("preset" among them), or another one."""
        if isinstance(what, Config):
            return what.copy()
        if what is None or isinstance(what, str):
            return cls(what, replay=replay)
        settings = dict(what)
        preset = settings.pop("preset", None)
        first = {k: settings.pop(k) for k in ("revision",) if k in settings}
        return cls(preset, {**first, **settings}, replay=replay)

    @classmethod
    def from_ini(cls, path: Path) -> Config:
        """From an INI file, as `l2tlb --config` reads it."""
        config = cls()
        check(lib.l2tlb_cfg_load(config._c, path_bytes(path)), lib.l2tlb_cfg_message(config._c))
        return config

    def copy(self) -> Config:
        """Another configuration of the same values."""
        other = Config.__new__(Config)
        other._c = new(lib.l2tlb_cfg_copy, "l2tlb_config", lib.l2tlb_cfg_free, self._c)
        return other

    def validate(self) -> None:
        """SettingError says which values are not possible together."""
        check(lib.l2tlb_cfg_check(self._c), lib.l2tlb_cfg_message(self._c))

    def rows(self) -> list[tuple[str, str, str]]:
        """(key, value, explanation) of all keys, in the order of `l2tlb config`."""
        found: list[tuple[str, str, str]] = []
        handle = ffi.new_handle(found)
        lib.l2tlb_cfg_each(self._c, lib.py_key, handle)
        return found

    def __getitem__(self, key: str) -> str:
        room = ffi.new("char[4096]")
        status = lib.l2tlb_cfg_get(self._c, c_text(key), room, 4096)
        if status == lib.L2TLB_BAD_KEY:
            raise KeyError(key)
        check(status, lib.l2tlb_cfg_message(self._c))
        return text(room)

    def __setitem__(self, key: str, value: Any) -> None:
        status = lib.l2tlb_cfg_set(self._c, c_text(key), setting(value))
        check(status, lib.l2tlb_cfg_message(self._c))

    def __delitem__(self, key: str) -> None:
        raise TypeError("a key of a configuration cannot be removed")

    def __iter__(self) -> Iterator[str]:
        return iter([key for key, _, _ in self.rows()])

    def __len__(self) -> int:
        return len(self.rows())

    def __repr__(self) -> str:
        return f"Config(preset={self['preset']!r}, revision={self['revision']!r})"
